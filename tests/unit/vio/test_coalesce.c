// SPDX-License-Identifier: BSD-2-Clause
// The interrupt policy as a function.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vio/coalesce.h"

static struct vio_coalesce_state waiting(void)
{
	return (struct vio_coalesce_state){
		.now = 1000,
		.first = 900,
		.frames = 3,
		.ring_size = 256,
		.ring_posted = 200,
		.asked = true,
		.receive = true,
	};
}

static void is_silent_unless_asked(void **state)
{
	struct vio_coalesce_settings at_once = {0}, delayed = {.delay_ticks = 50};
	struct vio_coalesce_state s = waiting();

	(void)state;
	s.asked = false;
	assert_true(vio_coalesce(&at_once, &s) == VIO_COALESCE_NEVER);
	assert_true(vio_coalesce(&delayed, &s) == VIO_COALESCE_NEVER);
}

static void posts_at_once_without_delay(void **state)
{
	struct vio_coalesce_settings settings = {.frames = 100};
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&settings, &s), 1000);
}

static void delays_from_the_first_packet(void **state)
{
	struct vio_coalesce_settings settings = {.delay_ticks = 500};
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&settings, &s), 1400);
	s.now = 1400;
	assert_int_equal(vio_coalesce(&settings, &s), 1400);
	s.frames = 1000000;
	s.now = 1100;
	assert_int_equal(vio_coalesce(&settings, &s), 1400);
}

static void frames_end_the_delay(void **state)
{
	struct vio_coalesce_settings settings = {.delay_ticks = 500, .frames = 4};
	struct vio_coalesce_state s = waiting();

	(void)state;
	assert_int_equal(vio_coalesce(&settings, &s), 1400);
	s.frames = 4;
	assert_int_equal(vio_coalesce(&settings, &s), 1000);
	settings.frames = 1;
	s.frames = 1;
	assert_int_equal(vio_coalesce(&settings, &s), 1000);
}

static void few_receive_buffers_end_the_delay(void **state)
{
	struct vio_coalesce_settings settings = {.delay_ticks = 500};
	struct vio_coalesce_state s = waiting();

	(void)state;
	s.ring_posted = 63;
	assert_int_equal(vio_coalesce(&settings, &s), 1000);
	s.ring_posted = 64;
	assert_int_equal(vio_coalesce(&settings, &s), 1400);
	s.ring_posted = 0;
	s.receive = false;
	assert_int_equal(vio_coalesce(&settings, &s), 1400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_silent_unless_asked),
		cmocka_unit_test(posts_at_once_without_delay),
		cmocka_unit_test(delays_from_the_first_packet),
		cmocka_unit_test(frames_end_the_delay),
		cmocka_unit_test(few_receive_buffers_end_the_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
