// SPDX-License-Identifier: BSD-2-Clause
// At every load no control has both fewer interrupts and less latency than our policy.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/policy/simulate.h"
#include "vio/vio_net.h"

#define LOADS_MOST 32
#define PACKETS    100000

/* Interrupts per packet and latencies as near as this count as equal: trials and chance. */
#define EQUAL_PERCENT 1

static struct load loads[LOADS_MOST];
static size_t load_count;

static int prepare(void **state)
{
	(void)state;
	load_count = traffic_loads(loads, LOADS_MOST, machine_default.guest_packet, PACKETS);
	return 0;
}

static struct result run(const struct machine *machine, unsigned control, struct load *load)
{
	struct result result;

	assert_int_equal(simulate(machine, &controls[control], &load->traffic, &result), 0);
	assert_int_equal(result.packets + result.lost, PACKETS);
	return result;
}

/* Interrupts of a to those of b, per packet each, as products. */
static bool is_more(uint64_t a, uint64_t b)
{
	return a * 100 > b * (100 + EQUAL_PERCENT);
}

static uint64_t rate_of(const struct result *a, const struct result *b)
{
	return a->interrupts * b->packets;
}

static void compare(const struct machine *machine)
{
	for (size_t i = 0; i < load_count; i++) {
		struct result ours = run(machine, 0, &loads[i]);

		for (unsigned c = 1; c < controls_count; c++) {
			struct result other = run(machine, c, &loads[i]);
			uint64_t mine = rate_of(&ours, &other), others = rate_of(&other, &ours);

			if ((mine >= others && is_more(ours.p99, other.p99)) ||
			    (ours.p99 >= other.p99 && is_more(mine, others)))
				fail_msg("%s: %s is better: %llu interrupts, p99 %llu ticks; ours "
					 "%llu, %llu",
					 loads[i].name, controls[c].name,
					 (unsigned long long)other.interrupts,
					 (unsigned long long)other.p99,
					 (unsigned long long)ours.interrupts,
					 (unsigned long long)ours.p99);
		}
	}
}

static void is_on_the_frontier(void **state)
{
	(void)state;
	compare(&machine_default);
}

static void is_on_the_frontier_with_a_polling_backend(void **state)
{
	struct machine machine = machine_default;

	(void)state;
	machine.backend_polls = true;
	compare(&machine);
}

/* The settings' bound, the card's share included, and the simulated round that finds it over. */
static void holds_its_bound(void **state)
{
	struct machine machine = machine_default;

	(void)state;
	for (unsigned polls = 0; polls < 2; polls++) {
		machine.backend_polls = polls;
		for (size_t i = 0; i < load_count; i++) {
			struct result result = run(&machine, 0, &loads[i]);
			uint64_t round = machine.backend_wake + machine.backend_round +
					 machine.card_ring * machine.backend_packet;

			assert_true(result.longest_delay <=
				    VIO_USECS_DEFAULT * TICKS_PER_US + round);
		}
	}
}

static size_t find_load(const char *name)
{
	for (size_t i = 0; i < load_count; i++)
		if (!__builtin_strcmp(loads[i].name, name))
			return i;
	fail_msg("no load %s", name);
	return 0;
}

/* At 2,000 packets a second nothing is given up for interrupts that cannot be saved. */
static void costs_no_latency_at_low_load(void **state)
{
	struct load *load = &loads[find_load("2000-per-second")];
	struct result ours = run(&machine_default, 0, load), none = run(&machine_default, 1, load);

	(void)state;
	assert_false(is_more(ours.p50 * 100, none.p50 * 105));
	assert_false(is_more(ours.p99 * 100, none.p99 * 105));
}

/* A quarter of the interrupts between a tenth and half of the guest's capacity, or nearly. */
static void saves_interrupts_under_load(void **state)
{
	static const char *const names[] = {"poisson-10", "poisson-25", "poisson-50"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct load *load = &loads[find_load(names[i])];

		assert_true(run(&machine_default, 0, load).interrupts * 10 <=
			    run(&machine_default, 1, load).interrupts * 3);
	}
}

/* The card wakes the backend less often than without moderation, too. */
static void moderates_the_card(void **state)
{
	struct load *load = &loads[find_load("poisson-50")];

	(void)state;
	assert_true(run(&machine_default, 0, load).wakes * 2 <
		    run(&machine_default, 1, load).wakes);
}

static void repeats_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < load_count; i++) {
		struct result first = run(&machine_default, 0, &loads[i]),
			      second = run(&machine_default, 0, &loads[i]);

		assert_memory_equal(&first, &second, sizeof(first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_on_the_frontier),
		cmocka_unit_test(is_on_the_frontier_with_a_polling_backend),
		cmocka_unit_test(holds_its_bound),
		cmocka_unit_test(costs_no_latency_at_low_load),
		cmocka_unit_test(saves_interrupts_under_load),
		cmocka_unit_test(moderates_the_card),
		cmocka_unit_test(repeats_itself),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
