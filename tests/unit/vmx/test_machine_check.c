// SPDX-License-Identifier: BSD-2-Clause
/* The machine-check architecture, by a processor of MSRs: arming, what is left, the report. */
#include "arch/x86/cpu/machine_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/core.h"
#include "machine_host.h"

#define MCG_CAP    0x179
#define MCG_STATUS 0x17a
#define MCG_CTL    0x17b
#define CTL(i)     (0x400 + 4 * (i))
#define STATUS(i)  (0x401 + 4 * (i))
#define ADDR(i)    (0x402 + 4 * (i))
#define MISC(i)    (0x403 + 4 * (i))
#define MSRS       0x800

#define FATAL         0xb200000000000005ull /* valid, uncorrected, enabled, context corrupt */
#define WITH_BOTH     0xbe0000000000009full /* address and MISC too */
#define CORRECTED     0x9c0000000000009full
#define SKYLAKE_X     0x50654
#define CORE_2        0x10676
#define MCE_AND_MCA   (1u << 7 | 1u << 14)
#define WARNING_LEVEL 1

struct core cores[CORES_MOST];

static unsigned this_core;
static uint64_t msr[CORES_MOST][MSRS];
static bool present[MSRS];
static uint32_t signature, features;
static char console[2000];

struct core *core_this(void)
{
	return &cores[this_core];
}

uint64_t msr_read(uint32_t number)
{
	assert_true(number < MSRS && present[number]);
	return msr[this_core][number];
}

/* STATUS takes zeros only. */
void msr_write(uint32_t number, uint64_t value)
{
	assert_true(number < MSRS && present[number]);
	if (number >= 0x400 && number % 4 == 1)
		assert_int_equal(value, 0);
	msr[this_core][number] = value;
}

bool msr_probe(uint32_t number, uint64_t *value)
{
	if (number >= MSRS || !present[number])
		return false;
	*value = msr[this_core][number];
	return true;
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	return leaf == 1 ? (struct cpuid){.eax = signature, .edx = features} : (struct cpuid){0};
}

void console_printf(const char *format, ...)
{
	size_t used = strlen(console);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(console + used, sizeof(console) - used, format, arguments);
	va_end(arguments);
}

static void make_banks(unsigned banks, bool has_ctl)
{
	for (unsigned core = 0; core < CORES_MOST; core++)
		msr[core][MCG_CAP] = banks | (has_ctl ? 1u << 8 : 0);
	present[MCG_CAP] = present[MCG_STATUS] = true;
	present[MCG_CTL] = has_ctl;
	for (unsigned i = 0; i < banks && CTL(i) < MSRS; i++)
		present[CTL(i)] = present[STATUS(i)] = present[ADDR(i)] = present[MISC(i)] = true;
}

static int setup(void **state)
{
	(void)state;
	memset(msr, 0, sizeof(msr));
	memset(present, 0, sizeof(present));
	memset(host_log_count, 0, sizeof(host_log_count));
	for (unsigned i = 0; i < CORES_MOST; i++)
		cores[i].id = i;
	console[0] = 0;
	this_core = 0;
	signature = SKYLAKE_X;
	features = MCE_AND_MCA;
	return 0;
}

static void test_every_bank_is_armed(void **state)
{
	(void)state;
	make_banks(20, true);
	machine_check_init_core();
	assert_true(msr[0][MCG_CTL] == UINT64_MAX);
	for (unsigned i = 0; i < 20; i++)
		assert_true(msr[0][CTL(i)] == UINT64_MAX);
	assert_int_equal(msr[0][CTL(20)], 0);
	assert_int_equal(host_log_count[WARNING_LEVEL], 0);
}

static void test_without_global_control(void **state)
{
	(void)state;
	make_banks(6, false); /* touching MCG_CTL would fail */
	machine_check_init_core();
	assert_true(msr[0][CTL(5)] == UINT64_MAX);
}

/* Bank 0's control is the firmware's there. */
static void test_old_bank_0(void **state)
{
	(void)state;
	make_banks(6, false);
	signature = CORE_2;
	machine_check_init_core();
	assert_int_equal(msr[0][CTL(0)], 0);
	assert_true(msr[0][CTL(1)] == UINT64_MAX);
}

/* Told, and cleared; MCIP too, with which the next machine check would shut down. */
static void test_left_from_before(void **state)
{
	(void)state;
	make_banks(4, false);
	this_core = 3;
	msr[3][STATUS(2)] = WITH_BOTH;
	msr[3][ADDR(2)] = 0x12345000;
	msr[3][MISC(2)] = 0x86;
	msr[3][MCG_STATUS] = 4;
	machine_check_init_core();
	assert_int_equal(host_log_count[WARNING_LEVEL], 1);
	assert_string_equal(host_log_line,
			    "core 3: machine check from before this boot: bank 2 status "
			    "be0000000000009f address 12345000 misc 86 (uncorrected, context "
			    "corrupt)");
	assert_int_equal(msr[3][STATUS(2)], 0);
	assert_int_equal(msr[3][MCG_STATUS], 0);
}

/* None of these may touch an MSR of the architecture: they would fault. */
static void test_processors_without_it(void **state)
{
	(void)state;
	make_banks(0, false);
	machine_check_init_core();
	setup(state);
	features = 1u << 7; /* MCE alone, as the first Pentiums */
	machine_check_init_core();
	machine_check_record();
	setup(state); /* an emulator that says MCA, and has no MSRs */
	machine_check_init_core();
	machine_check_record();
	machine_check_print();
	assert_string_equal(console, "");
}

static void test_more_banks_than_msrs(void **state)
{
	(void)state;
	make_banks(255, false);
	machine_check_init_core();
	assert_true(msr[0][CTL(63)] == UINT64_MAX);
	assert_int_equal(msr[0][CTL(64)], 0);
}

/*
 * All cores take it, one has the reason: every valid bank of every core is told, with MCG_STATUS.
 * The records are kept for good, so this is the last test.
 */
static void test_report(void **state)
{
	(void)state;
	make_banks(20, true);
	for (this_core = 0; this_core < 3; this_core++)
		msr[this_core][MCG_STATUS] = this_core < 2 ? 5 : 0;
	msr[1][STATUS(5)] = FATAL;
	msr[1][STATUS(7)] = CORRECTED | 1ull << 62;
	msr[1][ADDR(7)] = 0xabc000;
	msr[1][MISC(7)] = 0x8c;
	for (this_core = 0; this_core < 3; this_core++)
		machine_check_record();
	msr[1][STATUS(5)] = 0; /* recorded once, on the stop NMI of a core that already has */
	this_core = 1;
	machine_check_record();
	this_core = 0;
	machine_check_print();
	assert_string_equal(
		console,
		"core 0: machine check: MCG_STATUS 5, 0 banks valid\n"
		"core 1: machine check: MCG_STATUS 5, 2 banks valid\n"
		"core 1: bank 5: status b200000000000005 address 0 misc 0 (uncorrected, context "
		"corrupt)\n"
		"core 1: bank 7: status dc0000000000009f address abc000 misc 8c (corrected, others "
		"before it are lost)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_bank_is_armed, setup),
		cmocka_unit_test_setup(test_without_global_control, setup),
		cmocka_unit_test_setup(test_old_bank_0, setup),
		cmocka_unit_test_setup(test_left_from_before, setup),
		cmocka_unit_test_setup(test_processors_without_it, setup),
		cmocka_unit_test_setup(test_more_banks_than_msrs, setup),
		cmocka_unit_test_setup(test_report, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
