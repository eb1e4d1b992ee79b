// SPDX-License-Identifier: BSD-2-Clause
/* Detection of VT-x by the capability MSRs: what is needed, what has a fallback. */
#include "arch/x86/vmx/capabilities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/vmx/controls.h"
#include "kernel/config.h"
#include "tests/unit/host/machine_host.h"

/* The MSRs of SDM volume 3, appendix A, from IA32_VMX_BASIC on. */
#define FEATURE_CONTROL 0x03a
#define BASIC           0x480
#define PIN             0x481
#define PRIMARY         0x482
#define EXIT            0x483
#define ENTRY           0x484
#define MISC            0x485
#define SECONDARY       0x48b
#define EPT_VPID        0x48c
#define TRUE_PIN        0x48d
#define TRUE_PRIMARY    0x48e
#define TRUE_EXIT       0x48f
#define TRUE_ENTRY      0x490
#define MSRS            0x500

/* Controls that are 1 by default; the true MSRs allow to clear some. */
#define DEFAULT_PIN     0x16u
#define DEFAULT_PRIMARY 0x0401e172u
#define TRUE_PRIMARY_1  0x04006172u

static uint64_t msr[MSRS];
static bool present[MSRS];
static bool has_vmx;
static uint32_t xcr0; /* bits that exist; 0: no XSAVE */

uint64_t msr_read(uint32_t number)
{
	assert_true(number < MSRS && present[number]);
	return msr[number];
}

void msr_write(uint32_t number, uint64_t value)
{
	assert_true(number < MSRS && present[number]);
	msr[number] = value;
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	if (leaf == 1)
		return (struct cpuid){.ecx = (has_vmx ? CPUID_1_ECX_VMX : 0) |
					     (xcr0 ? CPUID_1_ECX_XSAVE : 0)};
	if (leaf == 0xd)
		return (struct cpuid){.eax = xcr0};
	return leaf == 0x80000008 ? (struct cpuid){.eax = 0x3027} : (struct cpuid){0};
}

static void set(uint32_t number, uint64_t value)
{
	msr[number] = value;
	present[number] = true;
}

static void set_allowed(uint32_t number, uint32_t fixed1, uint32_t allowed1)
{
	set(number, (uint64_t)allowed1 << 32 | fixed1);
}

/* Takes bits of what a control MSR allows to be 1. */
static void take(uint32_t number, uint64_t bits)
{
	msr[number] &= ~(bits << 32);
}

/* A processor that has everything. */
static int setup(void **state)
{
	(void)state;
	memset(present, 0, sizeof(present));
	memset(&vmx_caps, 0, sizeof(vmx_caps));
	memset(host_log_count, 0, sizeof(host_log_count));
	has_vmx = true;
	xcr0 = 0;
	set(FEATURE_CONTROL, 5);
	set(BASIC, 1ull << 55 | 0x2a);
	set_allowed(PIN, DEFAULT_PIN, 0xff);
	set_allowed(TRUE_PIN, DEFAULT_PIN, 0xff);
	set_allowed(PRIMARY, DEFAULT_PRIMARY, ~0u);
	set_allowed(TRUE_PRIMARY, TRUE_PRIMARY_1, ~0u);
	set_allowed(EXIT, 0x36dff, ~0u);
	set_allowed(TRUE_EXIT, 0x36dfb, ~0u);
	set_allowed(ENTRY, 0x11ff, ~0u);
	set_allowed(TRUE_ENTRY, 0x11fb, ~0u);
	set(MISC, 7);
	set_allowed(SECONDARY, 0, ~0u);
	set(EPT_VPID, EPT_CAP_4_LEVELS | EPT_CAP_WB | EPT_CAP_2MB | EPT_CAP_INVEPT |
			      EPT_CAP_INVEPT_SINGLE | VPID_CAP_INVVPID | VPID_CAP_INVVPID_SINGLE);
	for (uint32_t i = 0x486; i <= 0x489; i++) /* what CR0 and CR4 must have */
		set(i, 0);
	return 0;
}

static void test_complete(void **state)
{
	(void)state;
	vmx_detect(0);
	assert_true(vmx_caps.usable);
	assert_non_null(strstr(host_log_line, "missing: nothing"));
	assert_int_equal(vmx_caps.revision, 0x2a);
	assert_int_equal(vmx_caps.delivery, DELIVERY_POSTED);
	assert_int_equal(vmx_caps.preemption_timer_shift, 7);
	assert_int_equal(vmx_caps.physical_bits, 39);
	assert_int_equal(vmx_caps.primary.fixed1, TRUE_PRIMARY_1);
}

static void expect_unusable(const char *reason)
{
	vmx_detect(0);
	assert_false(vmx_caps.usable);
	assert_int_equal(host_log_count[0], 1);
	assert_non_null(strstr(host_log_line, reason));
	assert_non_null(strstr(host_log_line, "guests cannot start"));
}

/* Neither reads an MSR that is not there. */
static void test_no_vmx(void **state)
{
	(void)state;
	memset(present, 0, sizeof(present));
	has_vmx = false;
	expect_unusable("the processor has no VT-x");
}

static void test_locked_off(void **state)
{
	(void)state;
	set(FEATURE_CONTROL, 1);
	expect_unusable("switched off in the firmware's setup");
}

/* Firmware, or KVM, leaves it to us. */
static void test_not_locked(void **state)
{
	(void)state;
	set(FEATURE_CONTROL, 0);
	vmx_detect(0);
	assert_true(vmx_caps.usable);
	assert_int_equal(msr[FEATURE_CONTROL], 5);
}

static void test_no_secondary_controls(void **state)
{
	(void)state;
	take(TRUE_PRIMARY, CPU_SECONDARY_CONTROLS);
	present[SECONDARY] = present[EPT_VPID] = false;
	expect_unusable("no EPT");
}

static void test_no_ept(void **state)
{
	(void)state;
	take(SECONDARY, CPU2_ENABLE_EPT | CPU2_ENABLE_VPID);
	present[EPT_VPID] = false;
	expect_unusable("no EPT");
}

static void test_needed(void **state)
{
	static const struct {
		uint32_t number;
		uint64_t bits;
		const char *reason;
	} needed[] = {
		{TRUE_PRIMARY, CPU_USE_MSR_BITMAPS, "MSR bitmaps"},
		{TRUE_PRIMARY, CPU_USE_TSC_OFFSETTING, "TSC offsetting"},
		{TRUE_EXIT, EXIT_ACKNOWLEDGE_INTERRUPT, "acknowledge interrupts"},
		{TRUE_EXIT, EXIT_SAVE_IA32_EFER, "IA32_EFER"},
		{TRUE_EXIT, EXIT_LOAD_IA32_PAT, "IA32_PAT"},
		{TRUE_ENTRY, ENTRY_LOAD_IA32_EFER, "IA32_EFER"},
		{TRUE_ENTRY, ENTRY_LOAD_IA32_PAT, "IA32_PAT"},
	};
	static const uint64_t ept[] = {EPT_CAP_4_LEVELS, EPT_CAP_WB, EPT_CAP_INVEPT};

	for (unsigned i = 0; i < ARRAY_SIZE(needed); i++) {
		setup(state);
		take(needed[i].number, needed[i].bits);
		expect_unusable(needed[i].reason);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(ept); i++) {
		setup(state);
		msr[EPT_VPID] &= ~ept[i];
		expect_unusable("4-level walk, write-back memory or INVEPT");
	}
}

static void detect_missing(const char *missing)
{
	vmx_detect(0);
	assert_true(vmx_caps.usable);
	assert_non_null(strstr(strstr(host_log_line, "missing: "), missing));
}

/* As nested KVM on a processor without APICv, or with enable_apicv=0, has it. */
static void test_apicv(void **state)
{
	static const uint64_t parts[] = {CPU2_VIRTUALIZE_APIC_ACCESSES, CPU2_APIC_REGISTER_VIRT,
					 CPU2_VIRTUAL_INTERRUPT_DELIVERY};

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		setup(state);
		take(SECONDARY, parts[i]);
		detect_missing("APIC virtualization");
		assert_int_equal(vmx_caps.delivery, DELIVERY_INJECTION);
		assert_true(vmx_caps.x2apic_mode); /* in software */
	}
	setup(state);
	take(TRUE_PIN, PIN_PROCESS_POSTED_INTERRUPTS);
	detect_missing("posted interrupts");
	assert_int_equal(vmx_caps.delivery, DELIVERY_VIRTUAL);
	setup(state);
	take(TRUE_PRIMARY, CPU_USE_TPR_SHADOW);
	detect_missing("TPR shadow");
	assert_int_equal(vmx_caps.delivery, DELIVERY_INJECTION);
	setup(state);
	take(SECONDARY, CPU2_VIRTUALIZE_X2APIC_MODE);
	detect_missing("x2APIC mode");
	assert_int_equal(vmx_caps.delivery, DELIVERY_POSTED);
}

static void test_optional(void **state)
{
	static const struct {
		uint32_t number;
		uint64_t bits;
		const char *missing;
	} optional[] = {
		{SECONDARY, CPU2_UNRESTRICTED_GUEST, "unrestricted guest"},
		{SECONDARY, CPU2_ENABLE_VPID, "VPID"},
		{SECONDARY, CPU2_PAUSE_LOOP_EXITING, "PAUSE-loop exiting"},
		{TRUE_PIN, PIN_PREEMPTION_TIMER, "preemption timer"},
		{TRUE_PIN, PIN_VIRTUAL_NMIS, "virtual NMIs"},
		{TRUE_PRIMARY, CPU_NMI_WINDOW_EXITING, "virtual NMIs"},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(optional); i++) {
		setup(state);
		take(optional[i].number, optional[i].bits);
		detect_missing(optional[i].missing);
	}
	setup(state);
	take(SECONDARY, CPU2_ENABLE_RDTSCP | CPU2_ENABLE_INVPCID | CPU2_WBINVD_EXITING);
	detect_missing("nothing");
	assert_false(vmx_caps.rdtscp || vmx_caps.invpcid);
	assert_true(vmx_caps.encls_exiting);
	setup(state);
	take(SECONDARY, CPU2_ENCLS_EXITING);
	detect_missing("nothing");
	assert_false(vmx_caps.encls_exiting);
}

/* What is known of what is there: AVX-512 with all its parts, not MPX, not AMX. */
static void test_xcr0(void **state)
{
	static const struct {
		uint32_t exist, mask;
	} cases[] = {{0, 0}, {3, 3}, {7, 7}, {0x602ff, 0x2e7}, {0x267, 0x207}, {0xe7, 0xe7}};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		xcr0 = cases[i].exist;
		vmx_detect(0);
		assert_int_equal(vmx_caps.xcr0_mask, cases[i].mask);
	}
}

static void test_flushing(void **state)
{
	msr[EPT_VPID] &= ~(EPT_CAP_INVEPT_SINGLE | EPT_CAP_2MB);
	detect_missing("single INVEPT");
	assert_true(vmx_caps.vpid && !vmx_caps.ept_2mb);
	setup(state);
	msr[EPT_VPID] &= ~VPID_CAP_INVVPID_SINGLE;
	detect_missing("single INVVPID");
	assert_true(vmx_caps.vpid);
	setup(state);
	msr[EPT_VPID] &= ~VPID_CAP_INVVPID;
	detect_missing("VPID");
	assert_false(vmx_caps.vpid);
}

/* The old MSRs only: controls that are 1 by default stay 1. */
static void test_no_true_controls(void **state)
{
	(void)state;
	set(BASIC, 0x2a);
	for (uint32_t i = TRUE_PIN; i <= TRUE_ENTRY; i++)
		present[i] = false;
	detect_missing("true controls");
	assert_int_equal(vmx_caps.delivery, DELIVERY_POSTED);
	assert_int_equal(vmx_adjust(&vmx_caps.primary, 0), DEFAULT_PRIMARY);
	assert_true(vmx_adjust(&vmx_caps.primary, 0) & CPU_CR3_LOAD_EXITING);
}

/* Whatever is hidden is missing, and all of it together leaves a processor that can run guests. */
static void test_hide(void **state)
{
	for (uint32_t bit = HIDE_POSTED_INTERRUPTS; bit <= HIDE_TRUE_CONTROLS; bit <<= 1) {
		if (bit == HIDE_TSC_DEADLINE) /* of the host's own timer */
			continue;
		setup(state);
		vmx_detect(bit);
		assert_true(vmx_caps.usable);
		assert_null(strstr(host_log_line, "missing: nothing"));
	}
	setup(state);
	vmx_detect((HIDE_TRUE_CONTROLS << 1) - 1 - HIDE_VMX);
	assert_true(vmx_caps.usable);
	assert_non_null(strstr(host_log_line, "VT-x: EPT; missing: "));
	setup(state);
	vmx_detect(HIDE_VMX);
	assert_false(vmx_caps.usable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_complete, setup),
		cmocka_unit_test_setup(test_no_vmx, setup),
		cmocka_unit_test_setup(test_locked_off, setup),
		cmocka_unit_test_setup(test_not_locked, setup),
		cmocka_unit_test_setup(test_no_secondary_controls, setup),
		cmocka_unit_test_setup(test_no_ept, setup),
		cmocka_unit_test_setup(test_needed, setup),
		cmocka_unit_test_setup(test_apicv, setup),
		cmocka_unit_test_setup(test_optional, setup),
		cmocka_unit_test_setup(test_xcr0, setup),
		cmocka_unit_test_setup(test_flushing, setup),
		cmocka_unit_test_setup(test_no_true_controls, setup),
		cmocka_unit_test_setup(test_hide, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
