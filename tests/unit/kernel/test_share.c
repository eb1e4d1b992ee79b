// SPDX-License-Identifier: BSD-2-Clause
/* Proportional shares: who gets how much of a simulated core, and how soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/machine.h"
#include "kernel/share.h"

#define US      1000ull /* ticks */
#define LEAD_US 100
#define LEAVES  4

static struct share root, group[2], leaf[LEAVES];
static struct share *running;
static uint64_t used[LEAVES];
static unsigned switches;

static int setup(void **state)
{
	(void)state;
	share_add(NULL, &root, 100, LEAD_US);
	running = NULL;
	switches = 0;
	for (unsigned i = 0; i < LEAVES; i++)
		used[i] = 0;
	return 0;
}

static void add_leaf(unsigned number, struct share *parent, uint32_t weight)
{
	share_add(parent, &leaf[number], weight, LEAD_US);
	share_set_active(&leaf[number], true);
}

/* Runs the core for that long; a leaf keeps it until it has to ask, at most `most`. */
static void run(uint64_t ticks, uint64_t most)
{
	while (ticks) {
		uint64_t stay;
		struct share *next = share_pick(&root, running, &stay);

		if (!next)
			return;
		switches += next != running;
		running = next;
		if (stay > most)
			stay = most;
		if (stay > ticks)
			stay = ticks;
		share_charge(running, stay);
		used[running - leaf] += stay;
		ticks -= stay;
	}
}

static void assert_share(unsigned number, uint64_t all, unsigned percent)
{
	assert_in_range(used[number] * 1000 / all, percent * 10 - 10, percent * 10 + 10);
}

static void test_nobody_wants_it(void **state)
{
	uint64_t stay;

	(void)state;
	share_add(&root, &leaf[0], 100, LEAD_US);
	assert_null(share_pick(&root, NULL, &stay));
}

static void test_alone_is_not_asked_again(void **state)
{
	uint64_t stay;

	(void)state;
	add_leaf(0, &root, 100);
	assert_ptr_equal(share_pick(&root, NULL, &stay), &leaf[0]);
	assert_true(stay == UINT64_MAX);
}

static void test_proportional_to_weights(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 200);
	add_leaf(2, &root, 700);
	run(100000 * US, UINT64_MAX);
	assert_share(0, 100000 * US, 10);
	assert_share(1, 100000 * US, 20);
	assert_share(2, 100000 * US, 70);
}

/* Two equals: each runs from a lead behind to a lead ahead, and is not asked in between. */
static void test_slices(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	run(20000 * US, UINT64_MAX);
	assert_in_range(switches, 98, 102);
	switches = 0;
	run(20000 * US, 7 * US);
	assert_in_range(switches, 90, 102);
}

static void test_groups_count_not_their_members(void **state)
{
	(void)state;
	share_add(&root, &group[0], 100, LEAD_US);
	share_add(&root, &group[1], 100, LEAD_US);
	add_leaf(0, &group[0], 100);
	add_leaf(1, &group[0], 100);
	add_leaf(2, &group[0], 100);
	add_leaf(3, &group[1], 100);
	run(100000 * US, 50 * US);
	assert_share(3, 100000 * US, 50);
	for (unsigned i = 0; i < 3; i++)
		assert_in_range(used[i] * 1000 / (100000 * US), 156, 177);
}

static void test_who_sleeps_leaves_it_to_the_others(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	share_set_active(&leaf[1], false);
	run(1000 * US, 50 * US);
	assert_int_equal(used[0], 1000 * US);
	share_set_active(&leaf[0], false);
	assert_false(root.active);
}

/* One that slept for long runs at once, but does not shut the others out. */
static void test_wake_up(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	share_set_active(&leaf[1], false);
	run(1000000 * US, 50 * US);
	share_set_active(&leaf[1], true);
	run(1, UINT64_MAX);
	assert_int_equal(used[1], 1);
	used[0] = used[1] = 0;
	run(LEAD_US * US, 10 * US);
	assert_int_equal(used[0], 0);
	used[0] = used[1] = 0;
	run(100000 * US, 10 * US);
	assert_share(0, 100000 * US, 50);
}

/* Sleeping often and shortly brings no more than the share. */
static void test_short_sleeps_bring_nothing(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	for (unsigned i = 0; i < 10000; i++) {
		run(10 * US, 10 * US);
		share_set_active(&leaf[1], i & 1);
	}
	assert_true(used[1] <= used[0]);
}

/* What is used up in bursts is paid back: over the share on one day, behind on the next. */
static void test_debt_survives_sleep(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	share_charge(&leaf[1], 5000 * US);
	share_set_active(&leaf[1], false);
	share_set_active(&leaf[1], true);
	run(4000 * US, 10 * US);
	assert_int_equal(used[1], 0);
}

static void test_lead_out_of_turn_is_bounded(void **state)
{
	unsigned out_of_turn = 0;

	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	while (share_may_lead(&leaf[1])) {
		share_charge(&leaf[1], 10 * US);
		out_of_turn++;
	}
	assert_int_equal(out_of_turn, LEAD_US / 10 + 1);
	share_set_active(&leaf[1], false);
	assert_false(share_may_lead(&leaf[1]));
}

static void test_give_way(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	share_charge(&leaf[1], 50 * US);
	share_give_way(&leaf[0], &leaf[1]);
	assert_true(leaf[0].time == leaf[1].time);
	share_give_way(&leaf[0], &root);
	assert_true(leaf[0].time == leaf[1].time);
}

static void test_new_ones_start_level(void **state)
{
	(void)state;
	add_leaf(0, &root, 100);
	run(1000000 * US, 50 * US);
	add_leaf(1, &root, 100);
	used[0] = 0;
	run(100000 * US, 50 * US);
	assert_share(0, 100000 * US, 50);
	share_set_active(&leaf[0], false);
	share_remove(&leaf[0]);
	assert_ptr_equal(root.children, &leaf[1]);
	assert_null(leaf[1].next);
}

/* Virtual time wraps after some weeks at the lowest weight. */
static void test_wrap(void **state)
{
	(void)state;
	root.clock = UINT64_MAX - 1000 * US;
	add_leaf(0, &root, 100);
	add_leaf(1, &root, 100);
	run(100000 * US, 50 * US);
	assert_share(0, 100000 * US, 50);
	share_set_active(&leaf[1], false);
	run(100000 * US, 50 * US);
	share_set_active(&leaf[1], true);
	assert_true(share_may_lead(&leaf[1]));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody_wants_it),
		TEST(test_alone_is_not_asked_again),
		TEST(test_proportional_to_weights),
		TEST(test_slices),
		TEST(test_groups_count_not_their_members),
		TEST(test_who_sleeps_leaves_it_to_the_others),
		TEST(test_wake_up),
		TEST(test_short_sleeps_bring_nothing),
		TEST(test_debt_survives_sleep),
		TEST(test_lead_out_of_turn_is_bounded),
		TEST(test_give_way),
		TEST(test_new_ones_start_level),
		TEST(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
