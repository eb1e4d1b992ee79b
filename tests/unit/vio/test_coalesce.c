// SPDX-License-Identifier: BSD-2-Clause
// The interrupt policy as a function: every mode, every bound.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vio/coalesce.h"

#define BOUND 40000ull
#define GAP   1000ull /* enough packets come within the bound */

static const struct vio_coalesce_settings at_once,
	fixed = {.delay_ticks = 500}, adaptive = {.delay_ticks = BOUND, .adaptive = true};
static const struct vio_coalesce_history nothing;

static struct vio_coalesce_state waiting(void)
{
	return (struct vio_coalesce_state){
		.now = 1000,
		.first = 900,
		.last_interrupt = 100,
		.frames = 3,
		.ring_size = 256,
		.ring_left = 200,
		.asked = true,
	};
}

/* Packets at even distance until tick end; returns what was learnt. */
static struct vio_coalesce_history steady(uint64_t gap, uint64_t end)
{
	struct vio_coalesce_history history = {0};

	for (unsigned i = 2000; i--;)
		vio_coalesce_observe(&history, &adaptive, end - i * gap, end - i * gap, 1);
	return history;
}

static void is_silent_unless_asked(void **state)
{
	struct vio_coalesce_state s = waiting();

	(void)state;
	s.asked = false;
	s.ring_left = 0;
	assert_true(vio_coalesce(&at_once, &nothing, &s) == VIO_COALESCE_NEVER);
	assert_true(vio_coalesce(&fixed, &nothing, &s) == VIO_COALESCE_NEVER);
	assert_true(vio_coalesce(&adaptive, &nothing, &s) == VIO_COALESCE_NEVER);
}

static void posts_at_once_without_delay(void **state)
{
	struct vio_coalesce_settings settings = {.frames = 100};
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&settings, &nothing, &s), 1000);
	/* Adaptive, but no delay is allowed. */
	settings.adaptive = true;
	assert_int_equal(vio_coalesce(&settings, &nothing, &s), 1000);
}

static void delays_from_the_first_packet(void **state)
{
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&fixed, &nothing, &s), 1400);
	s.now = 1400;
	assert_int_equal(vio_coalesce(&fixed, &nothing, &s), 1400);
	s.frames = 1000000;
	s.now = 1100;
	assert_int_equal(vio_coalesce(&fixed, &nothing, &s), 1400);
}

static void frames_end_the_delay(void **state)
{
	struct vio_coalesce_settings settings = {.delay_ticks = 500, .frames = 4};
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&settings, &nothing, &s), 1400);
	s.frames = 4;
	assert_int_equal(vio_coalesce(&settings, &nothing, &s), 1000);
	settings.frames = 1;
	s.frames = 1;
	assert_int_equal(vio_coalesce(&settings, &nothing, &s), 1000);
}

static void a_ring_running_out_ends_the_delay(void **state)
{
	struct vio_coalesce_settings rate = {.spacing_ticks = 5000};
	struct vio_coalesce_state s = waiting();

	(void)state;
	s.ring_left = 64;
	assert_int_equal(vio_coalesce(&fixed, &nothing, &s), 1000);
	assert_int_equal(vio_coalesce(&rate, &nothing, &s), 1000);
	s.ring_left = 65;
	assert_int_equal(vio_coalesce(&fixed, &nothing, &s), 1400);
	assert_int_equal(vio_coalesce(&rate, &nothing, &s), 5100);
}

static void a_fixed_rate_counts_from_the_last_interrupt(void **state)
{
	struct vio_coalesce_settings rate = {.spacing_ticks = 5000};
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&rate, &nothing, &s), 5100);
	s.last_interrupt = 0;
	assert_int_equal(vio_coalesce(&rate, &nothing, &s), 1000);
}

static void does_not_delay_what_comes_after_idle(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_true(vio_coalesce_delay(&adaptive, &history, 5000000 + BOUND) > 0);
	assert_int_equal(vio_coalesce_delay(&adaptive, &history, 5000000 + 4 * BOUND), 0);
	s.now = s.first = 5000000 + 4 * BOUND;
	s.frames = 1;
	vio_coalesce_observe(&history, &adaptive, s.now, s.now, 1);
	assert_int_equal(history.gap, 0);
	assert_int_equal(vio_coalesce(&adaptive, &history, &s), s.now);
	/* Nor the first packets of all. */
	assert_int_equal(vio_coalesce_delay(&adaptive, &nothing, 0), 0);
}

/* More load, no longer a delay; never above the bound; none where it would gather little. */
static void adapts_the_delay_to_the_rate(void **state)
{
	uint64_t last = UINT64_MAX;

	(void)state;
	for (uint64_t gap = 100; gap <= 50000; gap += 100) {
		struct vio_coalesce_history history = steady(gap, 100000000);
		uint64_t delay = vio_coalesce_delay(&adaptive, &history, 100000000);

		assert_in_range(delay, 0, BOUND);
		if (gap > BOUND)
			assert_int_equal(delay, 0);
		else if (gap < BOUND / 2)
			assert_true(delay >= 2 * gap);
		if (gap < BOUND / 12)
			assert_in_range(delay, 12 * gap, 13 * gap);
		/* It grows with the gap, then shrinks to nothing, without a jump. */
		if (last != UINT64_MAX)
			assert_true(delay < last + 2000 && last < delay + 2000);
		last = delay;
	}
}

/* Where few gather, completions come at once, while their sender is awake. */
static void does_not_delay_few_completions(void **state)
{
	struct vio_coalesce_settings transmit = adaptive;
	struct vio_coalesce_history history = steady(BOUND / 3, 100000000);

	(void)state;
	transmit.transmit = true;
	assert_true(vio_coalesce_delay(&adaptive, &history, 100000000) > 0);
	assert_int_equal(vio_coalesce_delay(&transmit, &history, 100000000), 0);
	history = steady(BOUND / 9, 100000000);
	assert_int_equal(vio_coalesce_delay(&transmit, &history, 100000000), BOUND);
}

static void ends_a_burst_early(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	struct vio_coalesce_state s = waiting();
	uint64_t due;

	(void)state;
	/* Two packets at once, then silence: no need to wait for the whole delay. */
	s.now = s.first = 5000000;
	due = vio_coalesce(&adaptive, &history, &s);
	assert_true(due > s.now && due <= s.now + 9 * GAP);
	/* Very many are enough. */
	s.frames = 1000;
	assert_int_equal(vio_coalesce(&adaptive, &history, &s), s.now);
}

static void delivers_before_buffers_run_out(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	struct vio_coalesce_state s = waiting();

	(void)state;
	s.now = s.first = 5000000;
	s.ring_left = 66;
	assert_true(vio_coalesce(&adaptive, &history, &s) <= s.now + 2 * history.gap);
	s.ring_left = 64;
	assert_int_equal(vio_coalesce(&adaptive, &history, &s), s.now);
}

/* Whatever is observed, a packet waits no longer than the bound. */
static void never_passes_the_bound(void **state)
{
	struct vio_coalesce_history history = {0};
	uint64_t now = 1, random = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		struct vio_coalesce_state s = waiting();
		uint64_t due;

		random = random * 6364136223846793005u + 1442695040888963407u;
		now += random >> 60 ? random >> 50 : random >> 40;
		vio_coalesce_observe(&history, &adaptive, now - (random & 0xff), now,
				     (uint32_t)(random >> 58));
		s.now = now;
		s.first = now - (random >> 20) % BOUND;
		s.frames = 1 + (random >> 10) % 100;
		s.ring_left = (random >> 30) % 257;
		due = vio_coalesce(&adaptive, &history, &s);
		assert_true(due <= s.first + BOUND || due == s.now);
		if (due <= now)
			vio_coalesce_posted(&history, &adaptive, now);
	}
}

static void after_a_century(void **state)
{
	struct vio_coalesce_history history = steady(GAP, UINT64_MAX / 2);
	struct vio_coalesce_state s = waiting();

	(void)state;
	s.now = s.first = UINT64_MAX / 2;
	assert_true(vio_coalesce(&adaptive, &history, &s) > s.now);
	assert_true(vio_coalesce(&adaptive, &history, &s) <= s.first + BOUND);
}

/* One packet to each interrupt, delayed or not, as with a client that waits for answers. */
static void learns_that_delays_gather_nothing(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	unsigned delayed = 0;
	uint64_t now = 5000000;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		now += GAP;
		vio_coalesce_observe(&history, &adaptive, now, now, 1);
		if (vio_coalesce_delay(&adaptive, &history, now))
			delayed++;
		vio_coalesce_posted(&history, &adaptive, now);
	}
	assert_in_range(delayed, 1, 200);
}

static const struct vio_coalesce_settings shared = {
	.delay_ticks = BOUND, .adaptive = true, .shared = true};

/*
 * On a shared core, the backend's rounds: of a guest that is interrupted in each every_round-th
 * that is not delayed (0: in none), and in each delayed one if in any, with so many packets in a
 * round. Returns how many of 20000 rounds were delayed.
 */
static unsigned run_rounds(unsigned every_round, unsigned at_once_packets, unsigned delayed_packets)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	unsigned delayed_count = 0;
	uint64_t now = 5000000;

	for (unsigned i = 0; i < 20000; i++) {
		bool delayed = vio_coalesce_delay(&shared, &history, now);
		unsigned packets = delayed ? delayed_packets : at_once_packets;
		uint64_t since = now;

		delayed_count += delayed;
		now += packets * GAP;
		vio_coalesce_observe(&history, &shared, since, now, packets);
		if (every_round && (delayed || i % every_round == 0))
			vio_coalesce_posted(&history, &shared, now);
	}
	return delayed_count;
}

/*
 * A guest that is woken for each packet keeps polling, and asks for hardly any interrupt: yet
 * delays pay, because each packet that is not delayed takes the core from it.
 */
static void learns_what_rounds_bring(void **state)
{
	(void)state;
	assert_in_range(run_rounds(32, 2, 6), 20000 * 19 / 20, 19999);
	assert_in_range(run_rounds(0, 1, 2), 20000 * 19 / 20, 19999);
	/* Senders that wait: one packet to a round anyway, and to an interrupt, or to a poll. */
	assert_in_range(run_rounds(1, 1, 1), 1, 200);
	assert_in_range(run_rounds(0, 1, 1), 1, 200);
	/* Two to an interrupt that is delayed, four to one that is not, and polls on. */
	assert_in_range(run_rounds(4, 1, 2), 1, 200);
}

/*
 * Another guest's queue keeps the backend from gathering, so that delays change nothing in its
 * rounds of two packets each; but they do in how often this guest is woken.
 */
static void learns_that_delays_save_interrupts(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	unsigned at_once_count = 0;
	uint64_t now = 5000000;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		bool delayed = vio_coalesce_delay(&shared, &history, now);

		at_once_count += !delayed;
		now += 2 * GAP;
		vio_coalesce_observe(&history, &shared, now, now, 2);
		if (!delayed || i % 4 == 0)
			vio_coalesce_posted(&history, &shared, now);
	}
	assert_in_range(at_once_count, 1, 20000 / 20);
}

/* Of so many interrupts those that went out at once, if they and delayed ones serve so many
 * packets. */
static unsigned count_at_once(unsigned interrupts, uint32_t at_once_frames, uint32_t delayed_frames)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	uint64_t now = 5000000;
	unsigned count = 0;

	for (unsigned i = 0; i < interrupts; i++) {
		bool delayed = vio_coalesce_delay(&adaptive, &history, now);
		uint32_t frames = delayed ? delayed_frames : at_once_frames;

		count += !delayed;
		for (; frames; frames--) {
			now += GAP;
			vio_coalesce_observe(&history, &adaptive, now, now, 1);
		}
		vio_coalesce_posted(&history, &adaptive, now);
	}
	return count;
}

/* Eight packets to a delayed interrupt, two to others: delays stay, and trials are rare. */
static void learns_that_delays_pay(void **state)
{
	(void)state;
	assert_in_range(count_at_once(20000, 2, 8), 1, 20000 / 20);
}

/* Bursts that a guest takes in one go: an interrupt or two for each, however late. */
static void leaves_plenty_alone(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	uint64_t now = 5000000;

	(void)state;
	/* The end of an overload is not plenty. */
	vio_coalesce_observe(&history, &adaptive, now, now, 1000000);
	for (unsigned i = 0; i < 8; i++) {
		vio_coalesce_posted(&history, &adaptive, now);
		vio_coalesce_observe(&history, &adaptive, now, now, 2);
	}
	assert_false(history.at_once);
	for (unsigned i = 0; i < 8; i++) {
		vio_coalesce_observe(&history, &adaptive, now, now, i & 1 ? 1 : 1000);
		vio_coalesce_posted(&history, &adaptive, now);
	}
	assert_true(history.at_once);
}

/* Delays that make plenty of few are kept; those that find plenty are not needed. */
static void keeps_delays_that_make_plenty(void **state)
{
	(void)state;
	assert_in_range(count_at_once(4000, 40, 400), 1, 4000 / 20);
	assert_in_range(count_at_once(4000, 400, 600), 4000 - 4000 / 20, 4000);
	assert_in_range(count_at_once(4000, 300, 600), 4000 - 4000 / 20, 4000);
}

static void silence_unseen_is_not_silence(void **state)
{
	struct vio_coalesce_history seen = steady(GAP, 5000000), unseen = seen;
	uint64_t now = 5000000;

	(void)state;
	/* Twenty packets each 20 gaps: in a burst, or since the last look. */
	for (unsigned i = 0; i < 2000; i++) {
		now += 20 * GAP;
		vio_coalesce_observe(&seen, &adaptive, now, now, 20);
		vio_coalesce_observe(&unseen, &adaptive, now - 20 * GAP, now, 20);
	}
	assert_true(seen.gap < GAP / 2);
	assert_in_range(unseen.gap, GAP * 9 / 10, GAP * 11 / 10);
}

/* Delays that did not pay for one traffic may for the next. */
static void forgets_its_verdict(void **state)
{
	struct vio_coalesce_history history = steady(GAP, 5000000);
	uint64_t now = 5000000 + 10 * BOUND;

	(void)state;
	history.at_once = true;
	vio_coalesce_observe(&history, &adaptive, now, now, 1);
	assert_true(history.at_once);
	now += 1000 * BOUND;
	vio_coalesce_observe(&history, &adaptive, now, now, 1);
	assert_false(history.at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_silent_unless_asked),
		cmocka_unit_test(posts_at_once_without_delay),
		cmocka_unit_test(delays_from_the_first_packet),
		cmocka_unit_test(frames_end_the_delay),
		cmocka_unit_test(a_ring_running_out_ends_the_delay),
		cmocka_unit_test(a_fixed_rate_counts_from_the_last_interrupt),
		cmocka_unit_test(does_not_delay_what_comes_after_idle),
		cmocka_unit_test(adapts_the_delay_to_the_rate),
		cmocka_unit_test(ends_a_burst_early),
		cmocka_unit_test(delivers_before_buffers_run_out),
		cmocka_unit_test(never_passes_the_bound),
		cmocka_unit_test(after_a_century),
		cmocka_unit_test(learns_that_delays_gather_nothing),
		cmocka_unit_test(learns_that_delays_pay),
		cmocka_unit_test(learns_what_rounds_bring),
		cmocka_unit_test(learns_that_delays_save_interrupts),
		cmocka_unit_test(silence_unseen_is_not_silence),
		cmocka_unit_test(forgets_its_verdict),
		cmocka_unit_test(leaves_plenty_alone),
		cmocka_unit_test(keeps_delays_that_make_plenty),
		cmocka_unit_test(does_not_delay_few_completions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
