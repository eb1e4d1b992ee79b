// SPDX-License-Identifier: BSD-2-Clause
/* kernel/format.c says what the C library says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/format.h"

#define SAME(...)                                                               \
	do {                                                                    \
		char ours[128], theirs[128];                                    \
		size_t length = format_string(ours, sizeof(ours), __VA_ARGS__); \
		int expected = snprintf(theirs, sizeof(theirs), __VA_ARGS__);   \
		assert_string_equal(ours, theirs);                              \
		assert_int_equal(length, expected);                             \
	} while (0)

static void test_integers(void **state)
{
	(void)state;
	SAME("%d %d %d", 0, -1, 42);
	SAME("%u %u", 0u, UINT32_MAX);
	SAME("%ld %ld", INT64_MIN, INT64_MAX);
	SAME("%lu %llu %zu", UINT64_MAX, 1ull << 63, (size_t)77);
	SAME("%x %lx %#x %#lx", 0xabcu, 0xdeadbeefcafef00dul, 0x10u, 0x20ul);
	SAME("%d", INT32_MIN);
	SAME("%zd", (ssize_t)-5);
}

static void test_width_and_flags(void **state)
{
	(void)state;
	SAME("[%5d] [%-5d] [%05d]", 42, 42, 42);
	SAME("[%5d] [%-5d] [%05d]", -42, -42, -42);
	SAME("[%08x] [%#10x] [%#010x]", 0x1234u, 0x1234u, 0x1234u);
	SAME("[%2d]", 12345);
	SAME("[%*d] [%-*d] [%*d]", 6, 7, 6, 7, -6, 7);
	SAME("[%016lx]", 0x1ul);
}

static void test_strings(void **state)
{
	(void)state;
	SAME("%s and %s", "one", "");
	SAME("[%8s] [%-8s] [%.2s] [%6.2s]", "abc", "abc", "abc", "abc");
	SAME("[%.*s]", 3, "abcdef");
	SAME("%c%c%%", 'x', 'y');
	SAME("%p", (void *)0x1234);
}

static void test_null_string(void **state)
{
	char text[16];
	const char *volatile nothing = NULL;

	(void)state;
	format_string(text, sizeof(text), "%s", nothing);
	assert_string_equal(text, "(null)");
}

static void test_precision_needs_no_terminator(void **state)
{
	char source[3] = {'a', 'b', 'c'}; /* the sanitizer sees a read beyond it */
	char text[16];

	(void)state;
	format_string(text, sizeof(text), "%.3s", source);
	assert_string_equal(text, "abc");
}

static void test_cut(void **state)
{
	char text[8];

	(void)state;
	memset(text, 'z', sizeof(text));
	assert_int_equal(format_string(text, 5, "%s", "abcdefgh"), 4);
	assert_string_equal(text, "abcd");
	assert_int_equal(text[5], 'z');
	assert_int_equal(format_string(text, 1, "%d", 99), 0);
	assert_string_equal(text, "");
}

/* A long value loses its end, not the text behind it: what was expected stays. */
static void test_long_strings_give_way(void **state)
{
	char value[2048], text[64];

	(void)state;
	memset(value, 'v', sizeof(value));
	assert_int_equal(format_string(text, sizeof(text), "line %u: \"%.*s\": expected %s", 7,
				       (int)sizeof(value), value, "yes or no"),
			 sizeof(text) - 1);
	assert_string_equal(text,
			    "line 7: \"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv...\": expected yes or no");
	/* All that are longer than the rest allows. */
	value[500] = 0;
	format_string(text, 56, "%s, %s and %s", value, "short", value + 400);
	assert_string_equal(text, "vvvvvvvvvvvvvvvvvv..., short and vvvvvvvvvvvvvvvvvv...");
	/* Nothing is cut that fits to the last character. */
	value[31] = 0;
	assert_int_equal(format_string(text, 32, "%s", value), 31);
	assert_string_equal(text, value);
}

/* A mistake in a message must not hide the message. */
static void test_unknown_conversion(void **state)
{
	const char *wrong = "a %q b %";
	char text[16];

	(void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	format_string(text, sizeof(text), wrong);
#pragma GCC diagnostic pop
	assert_string_equal(text, wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_width_and_flags),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_null_string),
		cmocka_unit_test(test_precision_needs_no_terminator),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_strings_give_way),
		cmocka_unit_test(test_unknown_conversion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
