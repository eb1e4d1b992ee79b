// SPDX-License-Identifier: BSD-2-Clause
/* What errata hide, and what is said about the processor's clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/cpu_clock.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/errata.h"
#include "arch/x86/cpu/msr.h"
#include "kernel/config.h"
#include "machine_host.h"

static int setup(void **state)
{
	(void)state;
	memset(host_log_count, 0, sizeof(host_log_count));
	host_log_line[0] = 0;
	return 0;
}

static void test_errata(void **state)
{
	static const struct {
		uint32_t signature, microcode, hide;
	} cases[] = {
		/* Haswell-EP, stepping 2: cured in 3Ah. */
		{0x306f2, 0x39, HIDE_TSC_DEADLINE},
		{0x306f2, 0x3a, 0},
		{0x306f4, 0x0e, HIDE_TSC_DEADLINE},
		{0x306f4, 0x0f, 0},
		{0x306f3, 0x01, 0},
		/* Broadwell-EP, every stepping. */
		{0x406f1, 0x0b00001f, HIDE_TSC_DEADLINE},
		{0x406f1, 0x0b000020, 0},
		/* Broadwell-DE: each stepping has a series of revisions of its own. */
		{0x50662, 0x10, HIDE_TSC_DEADLINE},
		{0x50663, 0x0700000d, HIDE_TSC_DEADLINE},
		{0x50664, 0x0f00000b, HIDE_TSC_DEADLINE},
		{0x50665, 0x0e000002, HIDE_TSC_DEADLINE},
		{0x50665, 0x0e000003, 0},
		/* Skylake-SP; Cascade Lake has the same model. */
		{0x50654, 0x02000013, HIDE_TSC_DEADLINE},
		{0x50654, 0x02000014, 0},
		{0x50657, 1, 0},
		{0x306c3, 0x21, HIDE_TSC_DEADLINE},
		{0x906ea, 0x51, HIDE_TSC_DEADLINE},
		/* Emulators tell no revision. */
		{0x50654, 0, 0},
		/* Nehalem and others, whatever the microcode; reserved bits do not matter. */
		{0x106a5, 0x1d, HIDE_PREEMPTION_TIMER},
		{0xf000c000 | 0x106e5, 0, HIDE_PREEMPTION_TIMER},
		{0x20655, 7, HIDE_PREEMPTION_TIMER},
		{0x206e6, 7, HIDE_PREEMPTION_TIMER},
		{0x306a8, 7, HIDE_PREEMPTION_TIMER},
		/* Westmere-EP, Sandy Bridge-EP, Ivy Bridge-EP. */
		{0x206c2, 1, 0},
		{0x206d7, 1, 0},
		{0x306e4, 1, 0},
		{0x306a9, 1, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setup(NULL);
		assert_int_equal(errata_hide(cases[i].signature, cases[i].microcode),
				 cases[i].hide);
		assert_int_equal(host_log_count[1], cases[i].hide ? 1 : 0);
	}
}

static void test_errata_are_named(void **state)
{
	(void)state;
	errata_hide(0x306f2, 0x2b);
	assert_non_null(strstr(host_log_line, "signature 0x306f2, microcode 0x2b"));
	assert_non_null(strstr(host_log_line, "TSC deadline"));
	assert_non_null(strstr(host_log_line, "microcode 0x3a"));
}

static uint64_t status, misc, power;
static bool turbo, has_power;

static struct cpuid read_cpuid(uint32_t leaf, uint32_t subleaf)
{
	assert_int_equal(leaf, 6);
	assert_int_equal(subleaf, 0);
	return (struct cpuid){.eax = turbo ? 2 : 0};
}

static bool read_msr(uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case 0x198:
		*value = status;
		return true;
	case 0xce:
		*value = 0x80000f3012200ull;
		return true;
	case 0x1a0:
		*value = misc;
		return true;
	case 0x1fc:
		*value = power;
		return has_power;
	default:
		fail();
		return false;
	}
}

static void test_clock(void **state)
{
	(void)state;
	has_power = turbo = true;
	status = 0x2200;
	misc = 0;
	power = 2;
	cpu_clock_report(read_cpuid, read_msr);
	assert_string_equal(host_log_line,
			    "CPU: clock ratio 34 now, 34 without turbo; turbo on, C1E on");
	assert_int_equal(host_log_count[1], 0);
	turbo = false;
	power = 0;
	cpu_clock_report(read_cpuid, read_msr);
	assert_non_null(strstr(host_log_line, "turbo off, C1E off"));
	turbo = true;
	misc = 1ull << 38;
	cpu_clock_report(read_cpuid, read_msr);
	assert_non_null(strstr(host_log_line, "turbo off"));
}

static void test_clock_slow(void **state)
{
	(void)state;
	status = 0x0c00;
	cpu_clock_report(read_cpuid, read_msr);
	assert_int_equal(host_log_count[1], 1);
	assert_non_null(strstr(host_log_line, "slower"));
}

/* Processors without these registers, and emulators in which they read as 0. */
static void test_clock_untold(void **state)
{
	(void)state;
	status = 0;
	cpu_clock_report(read_cpuid, read_msr);
	has_power = false;
	status = 0x2200;
	cpu_clock_report(read_cpuid, read_msr);
	assert_int_equal(host_log_count[1] + host_log_count[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_errata, setup),
		cmocka_unit_test_setup(test_errata_are_named, setup),
		cmocka_unit_test_setup(test_clock, setup),
		cmocka_unit_test_setup(test_clock_slow, setup),
		cmocka_unit_test_setup(test_clock_untold, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
