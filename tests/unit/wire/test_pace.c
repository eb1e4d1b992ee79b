/* SPDX-License-Identifier: BSD-2-Clause */
/* Simulated against real time: ahead is told, behind is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/wire/pace.h"

static void time_ahead_adds_up(void **state)
{
	struct pace pace = {0};

	(void)state;
	assert_int_equal(pace_ahead(&pace, 5000, 77 * WIRE_PS_PER_NS), 0);
	assert_int_equal(pace_ahead(&pace, 5100, 277 * WIRE_PS_PER_NS), 100);
	assert_int_equal(pace_ahead(&pace, 5100, 377 * WIRE_PS_PER_NS), 200);
	assert_int_equal(pace_ahead(&pace, 5250, 377 * WIRE_PS_PER_NS), 50);
}

static void time_behind_is_not_caught_up(void **state)
{
	struct pace pace = {0};

	(void)state;
	assert_int_equal(pace_ahead(&pace, 1000, 0), 0);
	assert_int_equal(pace_ahead(&pace, 9000, 100 * WIRE_PS_PER_NS), 0);
	assert_int_equal(pace_ahead(&pace, 9010, 150 * WIRE_PS_PER_NS), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_ahead_adds_up),
		cmocka_unit_test(time_behind_is_not_caught_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
