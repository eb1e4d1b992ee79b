/* SPDX-License-Identifier: BSD-2-Clause */
/* Departure times: exact rates, Poisson arrivals, bursts, ends, and that they repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/wire/histogram.h"
#include "tools/wire/schedule.h"

#define US     WIRE_PS_PER_US
#define MS     WIRE_PS_PER_MS
#define SECOND (1000 * MS)

/* Frames of len bytes without CRC that begin in the first second. */
static uint64_t count_second(struct schedule_config config, size_t len)
{
	struct schedule s;

	config.duration = SECOND;
	schedule_init(&s, &config, 1, 7 * MS);
	while (schedule_next(&s, len) != WIRE_NEVER)
		;
	return s.frames;
}

static void line_rate_is_exact(void **state)
{
	const struct schedule_config line = {.unit = RATE_LINE};
	const struct schedule_config full = {.unit = RATE_MBPS, .rate = 10000};
	const struct schedule_config more = {.unit = RATE_PPS, .rate = 100000000};

	(void)state;
	/* 10^10 / (8 * 84) and 10^10 / (8 * 1538), and the one that has begun */
	assert_int_equal(count_second(line, 60), 14880953);
	assert_int_equal(count_second(line, 1514), 812744);
	assert_int_equal(count_second(full, 60), 14880953);
	assert_int_equal(count_second(full, 1514), 812744);
	/* The line does not go faster than it can. */
	assert_int_equal(count_second(more, 1514), 812744);
}

static void paced_rate_does_not_drift(void **state)
{
	const struct schedule_config config = {.unit = RATE_PPS, .rate = 3000000};
	struct schedule s;

	(void)state;
	schedule_init(&s, &config, 0, 5 * US);
	for (uint64_t n = 0; n < 3000000; n++) {
		const wire_time_t exact = 5 * US + n * 1000000 / 3;

		if (schedule_next(&s, 60) != exact)
			fail_msg("frame %u is not at %llu", (unsigned)n, (unsigned long long)exact);
	}
	/* Half the line's bits are half its frames. */
	assert_int_equal(
		count_second((struct schedule_config){.unit = RATE_MBPS, .rate = 5000}, 60),
		7440477);
}

/* At 100,000 a second the line hardly ever delays one: mean 10 us, and so is the deviation. */
static void poisson_gaps_have_mean_and_variance(void **state)
{
	const struct schedule_config config = {.unit = RATE_PPS, .rate = 100000, .poisson = true};
	const unsigned n = 1000000;
	double mean, sum = 0, squares = 0;
	unsigned above_mean = 0;
	wire_time_t last = 0;
	struct schedule s;

	(void)state;
	schedule_init(&s, &config, 42, 0);
	for (unsigned i = 0; i < n; i++) {
		const wire_time_t when = schedule_next(&s, 60);
		const double gap = (double)(when - last) / (double)US;

		assert_true(!i || when - last >= wire_frame_time(60));
		sum += gap;
		squares += gap * gap;
		above_mean += gap > 10.0;
		last = when;
	}
	mean = sum / n;
	assert_true(mean > 9.95 && mean < 10.05);
	assert_true(squares / n - mean * mean > 98.0 && squares / n - mean * mean < 102.0);
	/* e^-1 */
	assert_in_range(above_mean, 365000, 371000);
}

static void bursts_keep_their_times(void **state)
{
	const struct schedule_config config = {
		.unit = RATE_PPS, .rate = 1000000, .on = 10 * US, .off = 90 * US};
	struct schedule s;

	(void)state;
	schedule_init(&s, &config, 0, 3 * MS);
	for (unsigned n = 0; n < 1000; n++)
		assert_int_equal(schedule_next(&s, 60), 3 * MS + n / 10 * 100 * US + n % 10 * US);
}

static void ends_are_kept(void **state)
{
	struct schedule_config config = {.unit = RATE_PPS, .rate = 1000000, .count = 5};
	struct schedule s;

	(void)state;
	schedule_init(&s, &config, 0, 0);
	for (unsigned n = 0; n < 5; n++)
		assert_int_equal(schedule_next(&s, 60), n * US);
	assert_true(schedule_next(&s, 60) == WIRE_NEVER);
	config.count = 0;
	config.stop = 3 * US;
	schedule_init(&s, &config, 0, US);
	assert_int_equal(schedule_next(&s, 60), US);
	assert_int_equal(schedule_next(&s, 60), 2 * US);
	assert_true(schedule_next(&s, 60) == WIRE_NEVER);
}

static void same_seed_same_times(void **state)
{
	const struct schedule_config config = {.unit = RATE_MBPS, .rate = 777, .poisson = true};
	struct schedule a, b, c;
	unsigned same = 0;

	(void)state;
	schedule_init(&a, &config, 5, 0);
	schedule_init(&b, &config, 5, 0);
	schedule_init(&c, &config, 6, 0);
	for (unsigned i = 0; i < 10000; i++) {
		const wire_time_t when = schedule_next(&a, 60 + i % 1000);

		assert_int_equal(schedule_next(&b, 60 + i % 1000), when);
		same += schedule_next(&c, 60 + i % 1000) == when;
	}
	assert_true(same < 10);
}

static void histogram_tells_quantiles(void **state)
{
	static struct histogram h;

	(void)state;
	assert_int_equal(histogram_quantile(&h, 500), 0);
	for (uint64_t v = 1; v <= 100000; v++)
		histogram_add(&h, v * 1000);
	assert_int_equal(h.min, 1000);
	assert_int_equal(h.max, 100000000);
	assert_int_equal(histogram_mean(&h), 50000500);
	assert_in_range(histogram_quantile(&h, 500), 49500000, 50500000);
	assert_in_range(histogram_quantile(&h, 990), 98010000, 99990000);
	assert_int_equal(histogram_quantile(&h, 1000), 100000000);
	histogram_add(&h, (1ull << 48) - 1);
	assert_true(histogram_quantile(&h, 1000) >= (1ull << 48) / 100 * 99);
}

static void small_values_are_exact(void **state)
{
	static struct histogram h;

	(void)state;
	for (uint64_t v = 0; v < 128; v++)
		histogram_add(&h, v);
	for (unsigned v = 0; v < 128; v += 16)
		assert_int_equal(histogram_quantile(&h, (v + 1) * 1000 / 128), v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_rate_is_exact),
		cmocka_unit_test(paced_rate_does_not_drift),
		cmocka_unit_test(poisson_gaps_have_mean_and_variance),
		cmocka_unit_test(bursts_keep_their_times),
		cmocka_unit_test(ends_are_kept),
		cmocka_unit_test(same_seed_same_times),
		cmocka_unit_test(histogram_tells_quantiles),
		cmocka_unit_test(small_values_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
