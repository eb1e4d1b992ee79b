// SPDX-License-Identifier: BSD-2-Clause
/* The text screen, in memory of this process at the VGA's address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "arch/x86/cpu/vga.h"

#define COLUMNS 80

static uint16_t *memory;

static int setup(void **state)
{
	(void)state;
	if (!memory)
		memory = mmap((void *)0xb8000, 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_equal(memory, (void *)0xb8000);
	memset(memory, 0xff, COLUMNS * VGA_ROWS * 2);
	vga_init();
	return 0;
}

static void put(const char *text)
{
	while (*text)
		vga_put(*text++);
}

static void show(void)
{
	for (unsigned row = 0; row < VGA_ROWS; row++)
		vga_show(row);
}

/* Row begins with text, and the rest of it is blank. */
static void expect_row(unsigned row, const char *text)
{
	for (unsigned column = 0; column < COLUMNS; column++) {
		char c = column < strlen(text) ? text[column] : ' ';

		assert_int_equal(memory[row * COLUMNS + column], 0x0700 | (uint8_t)c);
	}
}

/* Whoever writes does not touch the screen. */
static void test_shown_later(void **state)
{
	(void)state;
	put("one\r\ntwo\b\x1b[31mx\r\n");
	expect_row(0, "");
	vga_show(0);
	expect_row(0, "one");
	expect_row(1, "");
	show();
	expect_row(1, "twx");
}

/* A row that has not changed is not looked at. */
static void test_changed_rows(void **state)
{
	(void)state;
	show();
	put("one\r\n");
	assert_true(vga_has_changed(0));
	assert_false(vga_has_changed(1));
	show();
	assert_false(vga_has_changed(0));
	for (unsigned i = 0; i < VGA_ROWS; i++)
		put("\r\n");
	for (unsigned row = 0; row < VGA_ROWS; row++)
		assert_true(vga_has_changed(row));
}

static void test_scrolls(void **state)
{
	char line[] = "line A\r\n";

	(void)state;
	for (unsigned i = 0; i < 26; i++) {
		line[5] = (char)('A' + i);
		put(line);
	}
	show();
	expect_row(0, "line C");
	expect_row(23, "line Z");
	expect_row(24, "");
}

static void test_wraps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 81; i++)
		vga_put('x');
	show();
	expect_row(1, "x");
}

/* Only what has changed is written. */
static void test_writes_changes_only(void **state)
{
	(void)state;
	put("same");
	show();
	memory[0] = 0x1234;
	put("\rsame");
	show();
	assert_int_equal(memory[0], 0x1234);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shown_later), TEST(test_changed_rows),        TEST(test_scrolls),
		TEST(test_wraps),       TEST(test_writes_changes_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
