// SPDX-License-Identifier: BSD-2-Clause
/* The VMCS of a guest: control registers that the host shares, controls, flushes of the TLB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/descriptors.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "tests/unit/vmx/fake_vmcs.h"

#define CR4_PKE  BIT(22)
#define CR4_SMAP BIT(21)

struct vmx_capabilities vmx_caps;
struct core cores[CORES_MOST];

static struct arch_core arch_core;
static struct vmx_vm vmx_of_vm;
static struct vm vm = {.name = "test", .arch = &vmx_of_vm};
static struct vcpu vcpu = {.vm = &vm, .core = &cores[0]};
static struct vmx_vcpu v;
static uint8_t page[4096] __attribute__((aligned(4096)));
static uint8_t vmcs[4096] __attribute__((aligned(4096)));
static uint8_t bitmap[4096];
static uint64_t registers[VCPU_REGISTERS];
static bool injected_gp;

const uint8_t world_switch_exit[1];

struct core *core_this(void)
{
	return &cores[0];
}

uint64_t msr_read(uint32_t msr)
{
	return msr == IA32_EFER ? IA32_EFER_LME | IA32_EFER_LMA : 0;
}

void msr_write(uint32_t msr, uint64_t value)
{
	fail_msg("WRMSR %#x %#lx", msr, (unsigned long)value);
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){0};
}

/* A guest's processor with all that CR4 has bits for. */
struct cpuid cpuid_guest(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){~0u, ~0u, ~0u, ~0u};
}

uint64_t vmcs_guest_efer(const struct vmx_vcpu *of)
{
	(void)of;
	return vmread(GUEST_IA32_EFER);
}

void *vm_memory(const struct vm *of, uint64_t address, uint64_t bytes)
{
	(void)of;
	(void)address;
	(void)bytes;
	return NULL;
}

uint64_t *vcpu_registers(struct vcpu *of)
{
	(void)of;
	return registers;
}

void vcpu_get_mode(struct vcpu *of, struct vcpu_mode *mode)
{
	(void)of;
	*mode = (struct vcpu_mode){.code64 = true};
}

unsigned vcpu_exit_instruction_bytes(struct vcpu *of)
{
	(void)of;
	return 3;
}

void vcpu_skip_instruction(struct vcpu *of, unsigned bytes)
{
	(void)of;
	(void)bytes;
}

void vcpu_inject_gp(struct vcpu *of)
{
	(void)of;
	injected_gp = true;
}

void vcpu_stop_vm(struct vmx_vcpu *of, const char *format, ...)
{
	(void)of;
	fail_msg("%s", format);
}

void context_set_xcr0(struct vmx_context *context, uint64_t value)
{
	context->xcr0 = value;
}

void unpaged_enter(struct vmx_vcpu *of)
{
	(void)of;
	fail();
}

void unpaged_leave(struct vmx_vcpu *of)
{
	(void)of;
	fail();
}

static int setup(void **state)
{
	static const struct vmx_allowed all = {0, ~0u};

	(void)state;
	fake_vmcs_reset();
	memset(&v, 0, sizeof(v));
	memset(registers, 0, sizeof(registers));
	cores[0].arch = &arch_core;
	v.vcpu = &vcpu;
	vcpu.arch = &v;
	v.vmcs = vmcs;
	v.msr_bitmap = bitmap;
	v.lapic.page = page;
	injected_gp = false;
	vmx_caps = (struct vmx_capabilities){
		.pin = all,
		.primary = all,
		.secondary = all,
		.exit = all,
		.entry = all,
		.cr4_fixed1 = ~0ull,
		.cr0_fixed1 = ~0ull,
		.delivery = DELIVERY_POSTED,
		.vpid = true,
		.invept_single = true,
		.invvpid_single = true,
		.x2apic_mode = true,
		.unrestricted_guest = true,
		.tpr_shadow = true,
	};
	lapic_reset(&v.lapic, 0, true);
	vmcs_init(&v, NULL);
	return 0;
}

static void expect_machine_checks_on(void)
{
	assert_int_equal(vmread(GUEST_CR4) & CR4_MCE, CR4_MCE);
	assert_int_equal(vmread(CR4_GUEST_HOST_MASK) & CR4_MCE, CR4_MCE);
}

static void guest_writes_cr4(uint64_t value)
{
	registers[VCPU_RAX] = value;
	vmwrite(EXIT_QUALIFICATION, 4); /* MOV to CR4 from RAX */
	exit_cr_access(&v);
	assert_false(injected_gp);
	assert_int_equal(vmcs_guest_cr4(), value);
}

/* Whatever the guest writes, a machine check exits; and it reads what it wrote. */
static void test_machine_checks_cannot_be_turned_off(void **state)
{
	(void)state;
	expect_machine_checks_on();
	assert_int_equal(vmcs_guest_cr4(), 0);
	guest_writes_cr4(CR4_PAE | CR4_MCE);
	expect_machine_checks_on();
	guest_writes_cr4(CR4_PAE);
	expect_machine_checks_on();
	guest_writes_cr4(CR4_PAE | CR4_PGE | CR4_SMAP | CR4_PKE);
	expect_machine_checks_on();
	vmcs_set_startup(&v, 0x9f);
	expect_machine_checks_on();
	assert_int_equal(vmcs_guest_cr4(), 0);
	v.unpaged = true;
	vmcs_set_cr4(&v, CR4_SMAP);
	expect_machine_checks_on();
	assert_int_equal(vmcs_guest_cr4(), CR4_SMAP);
}

static void test_enclaves(void **state)
{
	(void)state;
	assert_int_equal(v.secondary & CPU2_ENCLS_EXITING, 0);
	vmx_caps.encls_exiting = true;
	vmcs_init(&v, NULL);
	assert_int_equal(v.secondary & CPU2_ENCLS_EXITING, CPU2_ENCLS_EXITING);
	assert_true(vmread(ENCLS_EXITING_BITMAP) == UINT64_MAX);
}

static bool virtualizes_accesses(void)
{
	return vmread(SECONDARY_PROCESSOR_CONTROLS) & CPU2_VIRTUALIZE_APIC_ACCESSES;
}

static void set_apic_mode(uint64_t mode)
{
	v.lapic.base = 0xfee00000 | mode;
	vmcs_apic_mode_changed(&v);
}

/* Off, and on again: what the TLB has of the page meanwhile is not the APIC's. */
static void test_apic_accesses_go_on_again(void **state)
{
	(void)state;
	set_apic_mode(IA32_APIC_BASE_EN);
	assert_true(virtualizes_accesses());
	for (unsigned i = 0; i < 2; i++) {
		set_apic_mode(i ? IA32_APIC_BASE_EN | IA32_APIC_BASE_EXTD : 0);
		assert_false(virtualizes_accesses());
		fake_invept = fake_invvpid = 0;
		set_apic_mode(IA32_APIC_BASE_EN);
		assert_true(virtualizes_accesses());
		assert_int_equal(fake_invept, 1);
		assert_int_equal(fake_invvpid, 1);
		set_apic_mode(IA32_APIC_BASE_EN);
		assert_int_equal(fake_invept, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_machine_checks_cannot_be_turned_off, setup),
		cmocka_unit_test_setup(test_enclaves, setup),
		cmocka_unit_test_setup(test_apic_accesses_go_on_again, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
