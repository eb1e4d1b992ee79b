/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch of exits, and the handlers too small for a file of their own. */
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/platform/hypercalls.h"
#include "arch/x86/platform/platform.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/config.h"
#include "kernel/errno.h"
#include "kernel/meter.h"

#define AC_VECTOR 17
#define DR7_GD    BIT(13)

/* Exit qualification of I/O instructions */
#define IO_BYTES(q) ((unsigned)((q)&7) + 1)
#define IO_IN       BIT(3)
#define IO_STRING   BIT(4)
#define IO_PORT(q)  ((uint16_t)((q) >> 16))

static void skip(struct vmx_vcpu *v)
{
	vcpu_skip_instruction(v->vcpu, vcpu_exit_instruction_bytes(v->vcpu));
}

/* The event that the entry or the processor was about to deliver goes first at the next entry. */
static void requeue_event(struct vmx_vcpu *v)
{
	uint32_t info = (uint32_t)vmread(IDT_VECTORING_INFORMATION);
	uint64_t type = info & INTERRUPTION_TYPE;

	v->idt_vectoring = info & INTERRUPTION_VALID ? info : 0;
	if (!v->idt_vectoring)
		return;
	v->event.info = (uint32_t)(info & (INTERRUPTION_VALID | INTERRUPTION_TYPE |
					   INTERRUPTION_ERROR_CODE | INTERRUPTION_VECTOR));
	if (info & INTERRUPTION_ERROR_CODE)
		v->event.error_code = (uint32_t)vmread(IDT_VECTORING_ERROR_CODE);
	if (type == INTERRUPTION_SOFTWARE || type == INTERRUPTION_PRIVILEGED ||
	    type == INTERRUPTION_SOFT_EXCEPTION)
		v->event.instruction_bytes = (uint32_t)vmread(EXIT_INSTRUCTION_LENGTH);
	if (type == INTERRUPTION_NMI)
		vmwrite(GUEST_INTERRUPTIBILITY_STATE,
			vmread(GUEST_INTERRUPTIBILITY_STATE) & ~BLOCKING_BY_NMI);
}

/* Whether the exit was caused by an IRET that had already ended the blocking of NMIs. */
static bool iret_unblocked_nmis(const struct vmx_vcpu *v, unsigned reason)
{
	uint64_t info;

	if (v->idt_vectoring || !vmx_caps.virtual_nmis)
		return false;
	if (reason == REASON_EPT_VIOLATION)
		return vmread(EXIT_QUALIFICATION) & INTERRUPTION_NMI_UNBLOCKED;
	if (reason != REASON_EXCEPTION_OR_NMI)
		return false;
	info = vmread(EXIT_INTERRUPTION_INFORMATION);
	return (info & INTERRUPTION_NMI_UNBLOCKED) && (info & INTERRUPTION_VECTOR) != VECTOR_DF;
}

/* The IRET is done again (SDM volume 3, "Resuming Guest Software after Handling an Exception"). */
static void restore_nmi_blocking(const struct vmx_vcpu *v, unsigned reason)
{
	if (iret_unblocked_nmis(v, reason))
		vmwrite(GUEST_INTERRUPTIBILITY_STATE,
			vmread(GUEST_INTERRUPTIBILITY_STATE) | BLOCKING_BY_NMI);
}

/* Done by the time the handlers run, or asked for only to get an exit. */
static void exit_nothing(struct vmx_vcpu *v)
{
	(void)v;
}

bool exit_is_machine_check(const struct vmx_vcpu *v)
{
	unsigned reason = v->reason & 0xffff;

	return reason == REASON_ENTRY_FAILURE_MACHINE_CHECK ||
	       (reason == REASON_EXCEPTION_OR_NMI &&
		(vmread(EXIT_INTERRUPTION_INFORMATION) & INTERRUPTION_VECTOR) == VECTOR_MC);
}

/*
 * Where the guest steps through its code and interrupts are blocked by STI or MOV SS, entries want
 * the step to be pending (SDM volume 3, "Checks on Guest Non-Register State"), which an exit
 * for #DB does not save.
 */
static void keep_single_step(void)
{
	uint64_t blocking = BLOCKING_BY_STI | BLOCKING_BY_MOV_SS;

	if ((vmread(GUEST_INTERRUPTIBILITY_STATE) & blocking) && vmcs_single_steps())
		vmwrite(GUEST_PENDING_DEBUG_EXCEPTIONS,
			vmread(GUEST_PENDING_DEBUG_EXCEPTIONS) | PENDING_DEBUG_BS);
}

/* To the guest with what the processor would have left in DR6 and DR7. */
static void exit_debug(struct vmx_vcpu *v, uint64_t type)
{
	uint64_t dr6 = dr6_read();

	if (type == INTERRUPTION_PRIVILEGED)
		skip(v); /* INT1: its handler returns behind it */
	dr6_write((dr6 & ~0xfull) | vmread(EXIT_QUALIFICATION));
	vmwrite(GUEST_DR7, vmread(GUEST_DR7) & ~DR7_GD);
	keep_single_step();
	vcpu_inject(v, INTERRUPTION_EXCEPTION | VECTOR_DB, 0);
}

/*
 * #DB and #AC are looked at because a guest that takes one while it delivers it would never
 * leave the processor's microcode; both are handed on. NMIs and #MC were the host's (run.c).
 */
static void exit_exception(struct vmx_vcpu *v)
{
	uint64_t info = vmread(EXIT_INTERRUPTION_INFORMATION);

	if ((info & INTERRUPTION_TYPE) == INTERRUPTION_NMI)
		return;
	switch (info & INTERRUPTION_VECTOR) {
	case VECTOR_DB:
		exit_debug(v, info & INTERRUPTION_TYPE);
		break;
	case AC_VECTOR:
		vcpu_inject(v, INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE | AC_VECTOR,
			    (uint32_t)vmread(EXIT_INTERRUPTION_ERROR_CODE));
		break;
	default:
		vcpu_stop_vm(v, "unexpected exit for exception %u",
			     (unsigned)(info & INTERRUPTION_VECTOR));
	}
}

static void exit_triple_fault(struct vmx_vcpu *v)
{
	vcpu_triple_fault(v);
}

static void exit_task_switch(struct vmx_vcpu *v)
{
	vcpu_stop_vm(v, "task switch, which is not supported");
}

static void exit_hlt(struct vmx_vcpu *v)
{
	skip(v);
	v->activity = VCPU_HALTED;
}

static void exit_skip(struct vmx_vcpu *v)
{
	skip(v);
}

/* run.c lets the thread called on run, if it is on this core. */
static void exit_pause(struct vmx_vcpu *v)
{
	skip(v);
	WRITE_ONCE(v->vcpu->spins, true);
	v->counts->directed_yields += vm_yield_to_holder(v->vcpu);
}

static void exit_invalid_opcode(struct vmx_vcpu *v)
{
	vcpu_inject_ud(v->vcpu);
}

static void exit_protected(struct vmx_vcpu *v)
{
	vcpu_inject_gp(v->vcpu);
}

static int call(const struct vcpu *vcpu, uint64_t number)
{
	if (number != HYPERCALL_TAKE_COUNTERS && number != HYPERCALL_LOG_COUNTERS)
		return -ENOTSUP;
	if (!vcpu->vm->config->meter)
		return -EPERM;
	if (number == HYPERCALL_TAKE_COUNTERS)
		return meter_take();
	meter_log();
	return 0;
}

/* One from outside ring 0 is not even answered. */
static void exit_vmcall(struct vmx_vcpu *v)
{
	struct vcpu_mode mode;

	vcpu_get_mode(v->vcpu, &mode);
	if (mode.cpl != 0) {
		vcpu_inject_ud(v->vcpu);
		return;
	}
	vcpu_registers(v->vcpu)[VCPU_RAX] =
		(uint64_t)call(v->vcpu, vcpu_registers(v->vcpu)[VCPU_RAX]);
	skip(v);
}

static void exit_io(struct vmx_vcpu *v)
{
	uint64_t qualification = vmread(EXIT_QUALIFICATION);
	uint64_t *rax = &vcpu_registers(v->vcpu)[VCPU_RAX];
	unsigned bytes = IO_BYTES(qualification);
	uint16_t port = IO_PORT(qualification);
	uint64_t mask = bytes == 4 ? 0xffffffff : (1ull << (8 * bytes)) - 1;

	if (qualification & IO_STRING) {
		vcpu_stop_vm(v, "string I/O with port 0x%x, which is not supported", port);
		return;
	}
	if (qualification & IO_IN) {
		uint64_t value = platform_io_read(v->vcpu, port, bytes) & mask;

		*rax = bytes == 4 ? value : (*rax & ~mask) | value;
	} else {
		platform_io_write(v->vcpu, port, bytes, (uint32_t)(*rax & mask));
	}
	skip(v);
}

static void (*const handlers[VMX_EXIT_REASONS])(struct vmx_vcpu *v) = {
	[REASON_EXCEPTION_OR_NMI] = exit_exception,
	[REASON_EXTERNAL_INTERRUPT] = exit_nothing,
	[REASON_TRIPLE_FAULT] = exit_triple_fault,
	[REASON_INTERRUPT_WINDOW] = exit_nothing,
	[REASON_NMI_WINDOW] = exit_nothing,
	[REASON_TASK_SWITCH] = exit_task_switch,
	[REASON_CPUID] = exit_cpuid,
	[REASON_GETSEC] = exit_invalid_opcode,
	[REASON_HLT] = exit_hlt,
	[REASON_INVD] = exit_skip, /* all memory is write-back, no device bypasses the caches */
	[REASON_RDPMC] = exit_protected,
	[REASON_VMCALL] = exit_vmcall,
	[REASON_VMCLEAR] = exit_invalid_opcode,
	[REASON_VMLAUNCH] = exit_invalid_opcode,
	[REASON_VMPTRLD] = exit_invalid_opcode,
	[REASON_VMPTRST] = exit_invalid_opcode,
	[REASON_VMREAD] = exit_invalid_opcode,
	[REASON_VMRESUME] = exit_invalid_opcode,
	[REASON_VMWRITE] = exit_invalid_opcode,
	[REASON_VMXOFF] = exit_invalid_opcode,
	[REASON_VMXON] = exit_invalid_opcode,
	[REASON_CR_ACCESS] = exit_cr_access,
	[REASON_IO_INSTRUCTION] = exit_io,
	[REASON_RDMSR] = exit_rdmsr,
	[REASON_WRMSR] = exit_wrmsr,
	[REASON_MWAIT] = exit_invalid_opcode,
	[REASON_MONITOR] = exit_invalid_opcode,
	[REASON_PAUSE] = exit_pause,
	[REASON_TPR_BELOW_THRESHOLD] = exit_nothing,
	[REASON_APIC_ACCESS] = exit_apic_access,
	[REASON_VIRTUALIZED_EOI] = exit_virtualized_eoi,
	[REASON_EPT_VIOLATION] = exit_ept_violation,
	[REASON_EPT_MISCONFIGURATION] = exit_ept_misconfiguration,
	[REASON_INVEPT] = exit_invalid_opcode,
	[REASON_PREEMPTION_TIMER] = exit_nothing,
	[REASON_INVVPID] = exit_invalid_opcode,
	[REASON_WBINVD] = exit_skip,
	[REASON_XSETBV] = exit_xsetbv,
	[REASON_APIC_WRITE] = exit_apic_write,
	[REASON_VMFUNC] = exit_invalid_opcode,
	[REASON_ENCLS] = exit_invalid_opcode,
};

void exit_handle(struct vmx_vcpu *v)
{
	unsigned reason = v->reason & 0xffff;
	const char *name = vmx_exit_name(reason);

	if (v->reason >> 31) {
		vcpu_stop_vm(v, "VM entry refused: %s, qualification 0x%llx", name ? name : "?",
			     (unsigned long long)vmread(EXIT_QUALIFICATION));
		return;
	}
	requeue_event(v);
	restore_nmi_blocking(v, reason);
	WRITE_ONCE(v->vcpu->spins, false);
	if (reason < VMX_EXIT_REASONS && handlers[reason])
		handlers[reason](v);
	else
		vcpu_stop_vm(v, "unexpected exit, reason %u (%s)", reason, name ? name : "unknown");
}
