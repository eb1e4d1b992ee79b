// SPDX-License-Identifier: BSD-2-Clause
/* What the allocator gets of a machine's memory: all that is usable and that nobody occupies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/boot.h"
#include "kernel/memory.h"
#include "kernel/memory_pages.h"

#define MB 0x100000ull
#define GB 0x40000000ull

/* The image is where sluice.ld puts it, 1 MB of it. */
__asm__(".globl image_start, image_end\n"
	".set image_start, 0x200000\n"
	".set image_end, 0x300000\n");

struct boot_info boot_info;

static struct {
	uint64_t start, end;
	bool early;
} added[32];
static unsigned count;
static bool mapped;
static jmp_buf refusal;
static char refused[200];

void memory_add(uint64_t start, uint64_t bytes)
{
	assert_int_equal(start % PAGE_BYTES, 0);
	added[count].start = start;
	added[count].end = start + bytes;
	added[count++].early = !mapped;
}

void paging_init(void)
{
	mapped = true;
}

uint64_t memory_available(void)
{
	return 0;
}

_Noreturn void boot_refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(refused, sizeof(refused), format, arguments);
	va_end(arguments);
	longjmp(refusal, 1);
}

static void range(uint64_t start, uint64_t end, bool usable)
{
	boot_info.range[boot_info.ranges++] = (struct boot_range){start, end - start, usable};
}

static void module(uint64_t start, uint64_t bytes)
{
	struct boot_module *m = &boot_info.module[boot_info.modules++];

	m->data = (const uint8_t *)start;
	m->bytes = bytes;
}

static int setup(void **state)
{
	(void)state;
	memset(&boot_info, 0, sizeof(boot_info));
	count = 0;
	mapped = false;
	range(0, 0x9fc00, true);
	range(0x9fc00, MB, false);
	return 0;
}

static void expect(unsigned index, uint64_t start, uint64_t end)
{
	assert_int_equal(added[index].start, start);
	assert_int_equal(added[index].end, end);
}

static void test_around_image_and_modules(void **state)
{
	(void)state;
	range(MB, 512 * MB, true);
	module(8 * MB + 0x123, 0x4000);
	module(16 * MB, 0);
	module(400 * MB, 10 * MB);
	memory_init();
	assert_int_equal(count, 4);
	expect(0, MB, 2 * MB);
	expect(1, 3 * MB, 8 * MB);
	expect(2, 8 * MB + 0x5000, 400 * MB);
	expect(3, 410 * MB, 512 * MB);
}

static void test_above_4_gb_only_when_mapped(void **state)
{
	(void)state;
	range(MB, 3 * GB, true);
	range(4 * GB, 6 * GB, true);
	memory_init();
	assert_int_equal(count, 3);
	expect(2, 4 * GB, 6 * GB);
	assert_true(added[0].early && added[1].early && !added[2].early);
}

static void test_range_across_4_gb(void **state)
{
	(void)state;
	range(GB, 5 * GB, true);
	memory_init();
	assert_int_equal(count, 2);
	expect(0, GB, 4 * GB);
	expect(1, 4 * GB, 5 * GB);
	assert_true(added[0].early && !added[1].early);
}

/* Reserved ranges win over usable ones, and memory listed twice is taken once. */
static void test_overlaps(void **state)
{
	(void)state;
	range(4 * MB, 100 * MB, true);
	range(50 * MB, 200 * MB, true);
	range(60 * MB + 1, 61 * MB, false);
	memory_init();
	assert_int_equal(count, 3);
	expect(0, 4 * MB, 60 * MB);
	expect(1, 61 * MB, 100 * MB);
	expect(2, 100 * MB, 200 * MB);
}

static void test_too_little(void **state)
{
	(void)state;
	range(MB, 32 * MB, true);
	if (!setjmp(refusal)) {
		memory_init();
		fail();
	}
	assert_non_null(strstr(refused, "31 MB"));
	assert_non_null(strstr(refused, "at least 64 MB"));
	assert_int_equal(count, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_around_image_and_modules),
		TEST(test_above_4_gb_only_when_mapped),
		TEST(test_range_across_4_gb),
		TEST(test_overlaps),
		TEST(test_too_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
