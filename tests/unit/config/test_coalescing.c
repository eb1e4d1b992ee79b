// SPDX-License-Identifier: BSD-2-Clause
// The configuration of interrupt coalescing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/config.h"

static struct config config;
static char error[256];

static int parse(const char *command_line)
{
	return config_parse(&config, "", 0, command_line, error, sizeof(error));
}

static void is(uint32_t usecs, uint32_t frames, uint32_t adaptive, uint32_t spacing_us)
{
	assert_int_equal(config.coalescing.usecs, usecs);
	assert_int_equal(config.coalescing.frames, frames);
	assert_int_equal(config.coalescing.adaptive, adaptive);
	assert_int_equal(config.coalescing.spacing_us, spacing_us);
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	is(VIO_USECS_DEFAULT, 0, 1, 0);
	assert_int_equal(parse("coalescing=adaptive"), 0);
	is(VIO_USECS_DEFAULT, 0, 1, 0);
	assert_int_equal(parse("coalescing=none"), 0);
	is(0, 0, 0, 0);
	assert_int_equal(parse("coalescing=rate:4000"), 0);
	is(0, 0, 0, 250);
	assert_int_equal(parse("coalescing=rate:1000"), 0);
	is(0, 0, 0, 1000);
	assert_int_equal(parse("coalescing=static:50:32"), 0);
	is(50, 32, 0, 0);
	assert_int_equal(parse("coalescing=static:1000:4096"), 0);
	is(1000, 4096, 0, 0);
}

static void test_mistakes(void **state)
{
	static const char *const wrong[] = {
		"coalescing=some",          "coalescing=none:1",       "coalescing=adaptive:",
		"coalescing=rate",          "coalescing=rate:999",     "coalescing=rate:1000001",
		"coalescing=rate:1000:1",   "coalescing=static:50",    "coalescing=static:1001:0",
		"coalescing=static:0:4097", "coalescing=static:1:2:3",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_true(parse(wrong[i]) < 0);
		assert_non_null(strstr(error, "rate:1000 to rate:1000000"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
