// SPDX-License-Identifier: BSD-2-Clause
/* Registers at addresses that cannot be mapped at themselves are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/paging.h"
#include "kernel/boot.h"
#include "kernel/memory.h"
#include "machine_host.h"

/* The image is where sluice.ld puts it. */
__asm__(".globl image_start, image_end, text_end, rodata_end, boot_stack_guard\n"
	".set image_start, 0x200000\n"
	".set text_end, 0x240000\n"
	".set rodata_end, 0x250000\n"
	".set boot_stack_guard, 0x260000\n"
	".set image_end, 0x300000\n");

struct boot_info boot_info;

void *memory_alloc(size_t bytes, size_t align)
{
	(void)bytes;
	(void)align;
	fail_msg("a page table for an address that cannot be");
	return NULL;
}

static void check_refused(uint64_t physical, size_t bytes)
{
	char address[32];

	snprintf(address, sizeof(address), "%#lx", physical);
	host_log_count[0] = 0;
	assert_null(mmio_map(physical, bytes));
	assert_int_equal(host_log_count[0], 1);
	assert_non_null(strstr(host_log_line, address));
}

static void test_end_of_addresses(void **state)
{
	uint32_t bits = cpuid_leaf(0x80000008, 0).eax & 0xff;

	(void)state;
	check_refused(1ull << 47, PAGE_BYTES);
	check_refused((1ull << 47) - PAGE_BYTES, 2 * PAGE_BYTES);
	check_refused(1ull << 63, 16);
	check_refused(UINT64_MAX - 15, 16);
	check_refused(0x380000000000ull | 1ull << 52, 0x80000);
	if (bits && bits < 47) {
		check_refused(1ull << bits, PAGE_BYTES);
		check_refused((1ull << bits) - 16, 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end_of_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
