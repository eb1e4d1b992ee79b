// SPDX-License-Identifier: BSD-2-Clause
/* Exits for exceptions, and what they leave for the next entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/vectors.h"
#include "arch/x86/platform/platform.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/meter.h"
#include "tests/unit/vmx/fake_vmcs.h"

#define RFLAGS_TF BIT(8)
#define DR6_B0    BIT(0)
#define DR6_BS    BIT(14)
#define RIP       0x1000u

struct vmx_capabilities vmx_caps;

static struct vm vm = {.name = "test"};
static struct vcpu vcpu = {.vm = &vm};
static struct vmx_vcpu v;
static char stop_reason[200];

void vmcs_make_current(struct vmx_vcpu *other)
{
	assert_ptr_equal(other, &v);
}

uint64_t vmcs_guest_cr0(void)
{
	return 0;
}

uint64_t vmcs_guest_cr3(const struct vmx_vcpu *of)
{
	(void)of;
	return 0;
}

uint64_t vmcs_guest_cr4(void)
{
	return 0;
}

uint64_t vmcs_guest_efer(const struct vmx_vcpu *of)
{
	(void)of;
	return 0;
}

void vm_stop(struct vm *of, bool reboot, const char *format, ...)
{
	va_list arguments;

	assert_false(reboot);
	assert_ptr_equal(of, &vm);
	va_start(arguments, format);
	vsnprintf(stop_reason, sizeof(stop_reason), format, arguments);
	va_end(arguments);
}

bool vm_yield_to_holder(struct vcpu *spinner)
{
	(void)spinner;
	return false;
}

int meter_take(void)
{
	return 0;
}

void meter_log(void)
{
}

uint32_t platform_io_read(struct vcpu *of, uint16_t port, unsigned bytes)
{
	(void)of;
	(void)port;
	(void)bytes;
	return 0;
}

void platform_io_write(struct vcpu *of, uint16_t port, unsigned bytes, uint32_t value)
{
	(void)of;
	(void)port;
	(void)bytes;
	(void)value;
}

const char *vmx_exit_name(unsigned reason)
{
	(void)reason;
	return "exit";
}

#define UNEXPECTED(handler)                 \
	void handler(struct vmx_vcpu *of)   \
	{                                   \
		(void)of;                   \
		fail_msg("%s()", #handler); \
	}
UNEXPECTED(exit_rdmsr)
UNEXPECTED(exit_wrmsr)
UNEXPECTED(exit_cr_access)
UNEXPECTED(exit_xsetbv)
UNEXPECTED(exit_apic_access)
UNEXPECTED(exit_apic_write)
UNEXPECTED(exit_virtualized_eoi)
UNEXPECTED(exit_ept_misconfiguration)

/* An instruction that is emulated. */
void exit_cpuid(struct vmx_vcpu *of)
{
	vcpu_skip_instruction(of->vcpu, vcpu_exit_instruction_bytes(of->vcpu));
}

void exit_ept_violation(struct vmx_vcpu *of)
{
	(void)of;
}

static int setup(void **state)
{
	(void)state;
	fake_vmcs_reset();
	memset(&v, 0, sizeof(v));
	v.vcpu = &vcpu;
	vcpu.arch = &v;
	vmx_caps = (struct vmx_capabilities){.virtual_nmis = true};
	stop_reason[0] = 0;
	vmwrite(GUEST_RIP, RIP);
	vmwrite(GUEST_CS_ACCESS_RIGHTS, ACCESS_LONG);
	return 0;
}

static void leave(uint32_t reason)
{
	v.reason = reason;
	exit_handle(&v);
	assert_string_equal(stop_reason, "");
}

static void leave_by_exception(uint64_t info)
{
	vmwrite(EXIT_INTERRUPTION_INFORMATION, INTERRUPTION_VALID | info);
	leave(REASON_EXCEPTION_OR_NMI);
}

static void expect_entry(uint64_t event)
{
	const char *refusal = fake_vmcs_refusal(v.event.info, v.event.instruction_bytes);

	if (refusal)
		fail_msg("the VM entry fails: %s", refusal);
	assert_int_equal(v.event.info, event ? event | INTERRUPTION_VALID : 0);
}

/* A code breakpoint behind MOV SS, or a step over STI, of a guest that steps through its code. */
static void test_debug_exception_in_a_shadow(void **state)
{
	static const uint64_t shadows[] = {0, BLOCKING_BY_STI, BLOCKING_BY_MOV_SS};

	for (unsigned i = 0; i < ARRAY_SIZE(shadows); i++) {
		for (unsigned steps = 0; steps < 2; steps++) {
			setup(state);
			vmwrite(GUEST_RFLAGS, steps ? RFLAGS_TF : 0);
			vmwrite(GUEST_INTERRUPTIBILITY_STATE, shadows[i]);
			vmwrite(EXIT_QUALIFICATION, DR6_B0);
			leave_by_exception(INTERRUPTION_EXCEPTION | VECTOR_DB);
			expect_entry(INTERRUPTION_EXCEPTION | VECTOR_DB);
			assert_int_equal(fake_dr6 & 15, DR6_B0);
			assert_int_equal(vmread(GUEST_RIP), RIP);
		}
	}
}

/* Steps from branch to branch only: a step must not be pending. */
static void test_branch_steps_in_a_shadow(void **state)
{
	(void)state;
	vmwrite(GUEST_RFLAGS, RFLAGS_TF);
	vmwrite(GUEST_IA32_DEBUGCTL, BIT(1));
	vmwrite(GUEST_INTERRUPTIBILITY_STATE, BLOCKING_BY_MOV_SS);
	leave_by_exception(INTERRUPTION_EXCEPTION | VECTOR_DB);
	expect_entry(INTERRUPTION_EXCEPTION | VECTOR_DB);
}

/* INT1: its handler must return behind it. */
static void test_int1(void **state)
{
	for (unsigned steps = 0; steps < 2; steps++) {
		setup(state);
		vmwrite(GUEST_RFLAGS, steps ? RFLAGS_TF : 0);
		vmwrite(GUEST_INTERRUPTIBILITY_STATE, BLOCKING_BY_MOV_SS);
		vmwrite(EXIT_INSTRUCTION_LENGTH, 1);
		leave_by_exception(INTERRUPTION_PRIVILEGED | VECTOR_DB);
		expect_entry(INTERRUPTION_EXCEPTION | VECTOR_DB);
		assert_int_equal(vmread(GUEST_RIP), RIP + 1);
		assert_int_equal(fake_dr6 & DR6_BS, 0);
	}
}

/* A step over an instruction that is emulated ends behind it, in #DB. */
static void test_step_over_emulated_instruction(void **state)
{
	(void)state;
	vmwrite(EXIT_INSTRUCTION_LENGTH, 2);
	leave(REASON_CPUID);
	expect_entry(0);
	vmwrite(GUEST_RFLAGS, RFLAGS_TF);
	vmwrite(GUEST_INTERRUPTIBILITY_STATE, BLOCKING_BY_MOV_SS);
	vmwrite(GUEST_PENDING_DEBUG_EXCEPTIONS, PENDING_DEBUG_BS);
	leave(REASON_CPUID);
	expect_entry(INTERRUPTION_EXCEPTION | VECTOR_DB);
	assert_int_equal(fake_dr6 & DR6_BS, DR6_BS);
	assert_int_equal(vmread(GUEST_RIP), RIP + 4);
	assert_int_equal(vmread(GUEST_INTERRUPTIBILITY_STATE), 0);
	assert_int_equal(vmread(GUEST_PENDING_DEBUG_EXCEPTIONS), 0);
}

static bool blocks_nmis(void)
{
	return vmread(GUEST_INTERRUPTIBILITY_STATE) & BLOCKING_BY_NMI;
}

/* IRET has faulted, with NMIs no longer blocked; it is run again. */
static void test_iret_that_unblocked_nmis(void **state)
{
	uint64_t fault = INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE | 17;

	leave_by_exception(fault);
	assert_false(blocks_nmis());
	leave_by_exception(fault | INTERRUPTION_NMI_UNBLOCKED);
	assert_true(blocks_nmis());
	setup(state);
	vmwrite(EXIT_QUALIFICATION, INTERRUPTION_NMI_UNBLOCKED);
	leave(REASON_EPT_VIOLATION);
	assert_true(blocks_nmis());
	/* Not while an event was delivered, where the bit means nothing, ... */
	setup(state);
	vmwrite(EXIT_QUALIFICATION, INTERRUPTION_NMI_UNBLOCKED);
	vmwrite(IDT_VECTORING_INFORMATION, INTERRUPTION_VALID | INTERRUPTION_EXTERNAL | 0x31);
	leave(REASON_EPT_VIOLATION);
	assert_false(blocks_nmis());
	/* ... nor without virtual NMIs, nor at exits whose bit 12 is another. */
	setup(state);
	vmx_caps.virtual_nmis = false;
	leave_by_exception(fault | INTERRUPTION_NMI_UNBLOCKED);
	assert_false(blocks_nmis());
	setup(state);
	vmwrite(EXIT_QUALIFICATION, INTERRUPTION_NMI_UNBLOCKED);
	leave(REASON_CPUID);
	assert_false(blocks_nmis());
}

/* An NMI whose delivery an exit cut short goes in again. */
static void test_nmi_cut_short(void **state)
{
	(void)state;
	vmwrite(IDT_VECTORING_INFORMATION, INTERRUPTION_VALID | INTERRUPTION_NMI | VECTOR_NMI);
	vmwrite(GUEST_INTERRUPTIBILITY_STATE, BLOCKING_BY_NMI);
	leave(REASON_EPT_VIOLATION);
	expect_entry(INTERRUPTION_NMI | VECTOR_NMI);
}

static void test_machine_checks(void **state)
{
	static const struct {
		uint32_t reason;
		uint64_t info;
		bool expected;
	} cases[] = {
		{REASON_EXCEPTION_OR_NMI, INTERRUPTION_EXCEPTION | VECTOR_MC, true},
		{REASON_EXCEPTION_OR_NMI, INTERRUPTION_EXCEPTION | VECTOR_DB, false},
		{REASON_EXCEPTION_OR_NMI, INTERRUPTION_NMI | VECTOR_NMI, false},
		{(uint32_t)(BIT(31) | REASON_ENTRY_FAILURE_MACHINE_CHECK), 0, true},
		{(uint32_t)(BIT(31) | REASON_ENTRY_FAILURE_GUEST_STATE), 0, false},
		{REASON_EXTERNAL_INTERRUPT, INTERRUPTION_EXTERNAL | VECTOR_MC, false},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		v.reason = cases[i].reason;
		vmwrite(EXIT_INTERRUPTION_INFORMATION, INTERRUPTION_VALID | cases[i].info);
		assert_int_equal(exit_is_machine_check(&v), cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_debug_exception_in_a_shadow, setup),
		cmocka_unit_test_setup(test_branch_steps_in_a_shadow, setup),
		cmocka_unit_test_setup(test_int1, setup),
		cmocka_unit_test_setup(test_step_over_emulated_instruction, setup),
		cmocka_unit_test_setup(test_iret_that_unblocked_nmis, setup),
		cmocka_unit_test_setup(test_nmi_cut_short, setup),
		cmocka_unit_test_setup(test_machine_checks, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
