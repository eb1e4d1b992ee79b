// SPDX-License-Identifier: BSD-2-Clause
/* The TSC's frequency: what CPUID tells, and whether it is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/tsc.h"

#define MHZ 1000000ull

static struct cpuid leaf1, hypervisor, ratio, base;

static struct cpuid read(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	return leaf == 1            ? leaf1
	       : leaf == 0x40000010 ? hypervisor
	       : leaf == 0x15       ? ratio
	       : leaf == 0x16       ? base
				    : (struct cpuid){0};
}

static int setup(void **state)
{
	(void)state;
	leaf1 = hypervisor = ratio = base = (struct cpuid){0};
	return 0;
}

static void test_nothing(void **state)
{
	struct tsc_told told = tsc_read_told(read);

	(void)state;
	assert_int_equal(told.hz, 0);
	assert_false(tsc_prefers_told(&told, 0));
	assert_false(tsc_prefers_told(&told, 2400 * MHZ));
}

static void test_ratio(void **state)
{
	struct tsc_told told;

	(void)state;
	ratio = (struct cpuid){2, 192, 25 * MHZ, 0};
	base.eax = 2300;
	told = tsc_read_told(read);
	assert_int_equal(told.hz, 2400 * MHZ);
	assert_true(told.exact);
	assert_true(tsc_prefers_told(&told, 0));
	assert_true(tsc_prefers_told(&told, 2410 * MHZ)); /* the measurement was less exact */
	assert_false(tsc_prefers_told(&told, 2500 * MHZ));
	assert_false(tsc_prefers_told(&told, 100 * MHZ)); /* an emulator */
}

/* Without the crystal's frequency there is only the nominal one, which is better than none. */
static void test_base(void **state)
{
	struct tsc_told told;

	(void)state;
	ratio = (struct cpuid){2, 192, 0, 0};
	base.eax = 0xabcd0000 | 2300;
	told = tsc_read_told(read);
	assert_int_equal(told.hz, 2300 * MHZ);
	assert_true(tsc_prefers_told(&told, 0));
	assert_false(tsc_prefers_told(&told, 2301 * MHZ));
}

/* A hypervisor knows best what it gives; its leaf means nothing on a bare machine. */
static void test_hypervisor(void **state)
{
	struct tsc_told told;

	(void)state;
	hypervisor.eax = 2095078;
	ratio = (struct cpuid){2, 192, 25 * MHZ, 0};
	told = tsc_read_told(read);
	assert_int_equal(told.hz, 2400 * MHZ);
	leaf1.ecx = CPUID_1_ECX_HYPERVISOR;
	told = tsc_read_told(read);
	assert_int_equal(told.hz, 2095078000);
	assert_true(tsc_prefers_told(&told, 2095 * MHZ));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_ratio),
		TEST(test_base),
		TEST(test_hypervisor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
