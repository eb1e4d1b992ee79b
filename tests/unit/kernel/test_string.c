// SPDX-License-Identifier: BSD-2-Clause
/* kernel/string.c, compiled under other names beside the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/string.h"

#define AREA 4096

static uint8_t source[AREA], area[AREA], expected[AREA];

static void fill(void)
{
	for (size_t i = 0; i < AREA; i++) {
		source[i] = (uint8_t)(i * 7 + i / 256);
		area[i] = expected[i] = (uint8_t)(i ^ 0xa5);
	}
}

static void check(void)
{
	for (size_t i = 0; i < AREA; i++)
		assert_int_equal(area[i], expected[i]);
}

static void test_memcpy(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < 700; bytes++) {
		for (size_t shift = 0; shift < 3; shift++) {
			fill();
			for (size_t i = 0; i < bytes; i++)
				expected[100 + shift + i] = source[50 + 2 * shift + i];
			assert_ptr_equal(memcpy(area + 100 + shift, source + 50 + 2 * shift, bytes),
					 area + 100 + shift);
			check();
		}
	}
}

static void test_memmove(void **state)
{
	static const int distances[] = {0, 1, 7, 8, 9, 64, 500, -1, -7, -8, -9, -64, -500};

	(void)state;
	for (size_t d = 0; d < sizeof(distances) / sizeof(distances[0]); d++) {
		for (size_t bytes = 0; bytes < 600; bytes += bytes < 40 ? 1 : 37) {
			uint8_t *from = area + 1000, *to = from + distances[d];
			uint8_t copy[600];

			fill();
			for (size_t i = 0; i < bytes; i++)
				copy[i] = from[i];
			for (size_t i = 0; i < bytes; i++)
				expected[to - area + (long)i] = copy[i];
			assert_ptr_equal(memmove(to, from, bytes), to);
			check();
		}
	}
}

static void test_memset(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < 100; bytes++) {
		fill();
		for (size_t i = 0; i < bytes; i++)
			expected[33 + i] = 0x9c;
		assert_ptr_equal(memset(area + 33, 0x59c, bytes), area + 33);
		check();
	}
}

static void test_comparisons(void **state)
{
	(void)state;
	assert_int_equal(memcmp("abc", "abc", 3), 0);
	assert_true(memcmp("abc", "abd", 3) < 0);
	assert_true(memcmp("\xff", "\x01", 1) > 0);
	assert_int_equal(memcmp("a", "b", 0), 0);
	assert_int_equal(strcmp("", ""), 0);
	assert_true(strcmp("ab", "abc") < 0);
	assert_true(strcmp("b", "abc") > 0);
	assert_int_equal(strncmp("abcd", "abxy", 2), 0);
	assert_true(strncmp("abcd", "abxy", 3) < 0);
	assert_int_equal(strncmp("ab", "ab", 10), 0);
}

static void test_searches(void **state)
{
	const char *text = "configuration";

	(void)state;
	assert_int_equal(strlen(""), 0);
	assert_int_equal(strlen(text), 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy),   cmocka_unit_test(test_memmove),
		cmocka_unit_test(test_memset),   cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
