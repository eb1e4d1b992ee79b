// SPDX-License-Identifier: BSD-2-Clause
/* MSRs that exit: what a guest is told of the processor's susceptibilities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/cpuid.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "tests/unit/vmx/fake_vmcs.h"

#define ARCH_CAPABILITIES 0x10a

struct vmx_capabilities vmx_caps;

static struct vm vm = {.name = "test", .vcpus = 1};
static struct vcpu vcpu = {.vm = &vm};
static struct vmx_vcpu v;
static uint64_t registers[VCPU_REGISTERS];
static bool injected_gp, skipped, host_has_it;
static uint64_t host_value;

uint64_t msr_read(uint32_t msr)
{
	assert_int_equal(msr, ARCH_CAPABILITIES);
	assert_true(host_has_it);
	return host_value;
}

void msr_write(uint32_t msr, uint64_t value)
{
	fail_msg("WRMSR %#x %#lx", msr, (unsigned long)value);
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	return (struct cpuid){.edx = leaf == 7 && host_has_it ? BIT(29) : 0};
}

uint64_t ticks_per_second(void)
{
	return 1000000000;
}

uint64_t vmcs_guest_cr0(void)
{
	return 0;
}

uint64_t vmcs_guest_cr4(void)
{
	return 0;
}

uint64_t *vcpu_registers(struct vcpu *of)
{
	(void)of;
	return registers;
}

unsigned vcpu_exit_instruction_bytes(struct vcpu *of)
{
	(void)of;
	return 2;
}

void vcpu_skip_instruction(struct vcpu *of, unsigned bytes)
{
	(void)of;
	skipped = bytes == 2;
}

void vcpu_inject_gp(struct vcpu *of)
{
	(void)of;
	injected_gp = true;
}

bool lapic_msr_read(struct vcpu *of, uint32_t msr, uint64_t *value)
{
	(void)of;
	(void)msr;
	(void)value;
	return false;
}

bool lapic_msr_write(struct vcpu *of, uint32_t msr, uint64_t value)
{
	(void)of;
	(void)msr;
	(void)value;
	return false;
}

bool lapic_base_write(struct vcpu *of, uint64_t value)
{
	(void)of;
	(void)value;
	return false;
}

void lapic_timer_write_deadline(struct lapic *lapic, uint64_t value, uint64_t tsc_offset)
{
	(void)lapic;
	(void)value;
	(void)tsc_offset;
}

void msr_bitmap_set_adjust(uint8_t *bitmap, bool direct)
{
	(void)bitmap;
	(void)direct;
}

static int setup(void **state)
{
	(void)state;
	fake_vmcs_reset();
	memset(&v, 0, sizeof(v));
	memset(registers, 0, sizeof(registers));
	v.vcpu = &vcpu;
	vcpu.arch = &v;
	injected_gp = skipped = false;
	host_has_it = true;
	host_value = 0;
	registers[VCPU_RCX] = ARCH_CAPABILITIES;
	return 0;
}

static uint64_t guest_reads(void)
{
	exit_rdmsr(&v);
	assert_true(skipped && !injected_gp);
	return registers[VCPU_RDX] << 32 | registers[VCPU_RAX];
}

/* IBRS_ALL 1, SKIP_L1DFL_VMENTRY 3, TSX_CTRL 7, MCU_CONTROL 9, MISC_PACKAGE_CTLS 10,
 * ENERGY_FILTERING_CTL 11, DOITM 12, FB_CLEAR_CTRL 18, XAPIC_DISABLE_STATUS 21, OVERCLOCKING_STATUS
 * 23, GDS_CTRL 25: each stands for an MSR, or for a hypervisor. */
static void test_only_what_needs_no_control(void **state)
{
	static const unsigned hidden[] = {1, 3, 7, 9, 10, 11, 12, 18, 21, 23, 25};

	host_value = UINT64_MAX;
	for (unsigned i = 0; i < ARRAY_SIZE(hidden); i++) {
		setup(state);
		host_value = UINT64_MAX;
		assert_false(guest_reads() >> hidden[i] & 1);
	}
	/* Cascade Lake: RDCL_NO, IBRS_ALL, SKIP_L1DFL_VMENTRY, MDS_NO, IF_PSCHANGE_MC_NO, TSX_CTRL.
	 */
	setup(state);
	host_value = 0xeb;
	assert_int_equal(guest_reads(), 0x61);
	/* No reserved bit, and nothing that the host does not have. */
	setup(state);
	host_value = BIT(22) | BIT(40) | BIT(62) | BIT(63);
	assert_true(guest_reads() == BIT(62));
}

static void test_cpuid_tells(void **state)
{
	(void)state;
	assert_true(cpuid_guest(7, 0).edx & BIT(29));
	host_has_it = false;
	assert_false(cpuid_guest(7, 0).edx & BIT(29));
	exit_rdmsr(&v);
	assert_true(injected_gp && !skipped);
}

static void test_read_only(void **state)
{
	(void)state;
	exit_wrmsr(&v);
	assert_true(injected_gp && !skipped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_only_what_needs_no_control, setup),
		cmocka_unit_test_setup(test_cpuid_tells, setup),
		cmocka_unit_test_setup(test_read_only, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
