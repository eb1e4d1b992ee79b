/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of a vCPU's thread: serve others, sleep, enter the guest, handle its exit. */
#include "arch/x86/cpu/nmi.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/instruction_error.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "arch/x86/vmx/world_switch.h"
#include "kernel/console.h"
#include "kernel/interrupt.h"
#include "kernel/trace.h"
#include "kernel/vm_arch.h"

static uint32_t take_requests(struct vmx_vcpu *v)
{
	return __atomic_fetch_and(&v->requests, REQUEST_LEVEL, __ATOMIC_SEQ_CST) & ~REQUEST_LEVEL;
}

/* Events from other vCPUs that do not go through the interrupt registers. */
static void serve_requests(struct vmx_vcpu *v)
{
	uint32_t requests;

	if (!(READ_ONCE(v->requests) & ~REQUEST_LEVEL))
		return;
	requests = take_requests(v);
	vmcs_make_current(v);
	if (requests & REQUEST_INIT) {
		lapic_reset(&v->lapic, v->lapic.id, v->vcpu->id == 0);
		vmcs_set_startup(v, 0);
		vmcs_apic_mode_changed(v);
		v->nmi_pending = false;
		v->activity = VCPU_WAIT_FOR_SIPI;
	}
	if (requests & REQUEST_WAKE) {
		lapic_reset(&v->lapic, v->lapic.id, v->vcpu->id == 0);
		vmcs_set_start(v, &vmx_vm(v->vcpu->vm)->further, READ_ONCE(v->wakeup_rip));
		vmcs_apic_mode_changed(v);
		v->nmi_pending = false;
		v->activity = VCPU_ACTIVE;
	}
	if ((requests & REQUEST_SIPI) && v->activity == VCPU_WAIT_FOR_SIPI) {
		if (!vmx_caps.unrestricted_guest) {
			vcpu_stop_vm(v, "a start-up IPI, for which this processor's VT-x needs "
					"unrestricted guest");
			return;
		}
		vmcs_set_startup(v, (uint8_t)READ_ONCE(v->sipi_vector));
		v->activity = VCPU_ACTIVE;
	}
	if (requests & REQUEST_NMI)
		v->nmi_pending = true;
}

/* In HLT, or not started: until something happens. Nothing is lost, see posted.h. */
static void sleep_until_event(struct vmx_vcpu *v)
{
	vmcs_make_current(v);
	smp_mb(); /* in_guest was cleared before what is posted is looked at */
	interrupts_collect(v);
	if (v->activity == VCPU_HALTED && interrupts_would_wake(v)) {
		v->activity = VCPU_ACTIVE;
		return;
	}
	thread_block(v->activity == VCPU_HALTED ? v->lapic.deadline : UINT64_MAX);
}

static bool core_is_shared(const struct core *core)
{
	return core->threads > 1 || READ_ONCE(core->incoming);
}

/* Whether something came up that the thread's loop has to see first. Interrupts are off. */
static bool has_other_duties(struct vmx_vcpu *v)
{
	return READ_ONCE(v->vcpu->vm->stop_requested) ||
	       (READ_ONCE(v->requests) & ~REQUEST_LEVEL) || READ_ONCE(v->vcpu->thread->calls);
}

/* The exits that are the host's own business, with interrupts still off. */
static void serve_host(struct vmx_vcpu *v)
{
	if (exit_is_machine_check(v)) {
		__asm__ volatile("int $18" ::: "memory");
	} else if (v->reason == REASON_EXTERNAL_INTERRUPT) {
		uint8_t vector = vmread(EXIT_INTERRUPTION_INFORMATION) & INTERRUPTION_VECTOR;

		v->interrupt_exit = vector != VECTOR_TIMER;
		interrupt_dispatch(vector);
	} else if (v->reason == REASON_INTERRUPT_WINDOW) {
		v->interrupt_exit = true;
	} else if (v->reason == REASON_EXCEPTION_OR_NMI) {
		if ((vmread(EXIT_INTERRUPTION_INFORMATION) & INTERRUPTION_TYPE) == INTERRUPTION_NMI)
			nmi_handle_of_guest(v->vcpu->vm->name, v->vcpu->id, vmread(GUEST_RIP));
	}
}

/* Loads what the guest finds in the registers that exits do not save. */
static void load_registers(struct vmx_vcpu *v)
{
	if (v->rsp_loaded)
		vmwrite(GUEST_RSP, v->registers[VCPU_RSP]);
	v->rsp_loaded = false;
}

static void stop_after_failed_entry(struct vmx_vcpu *v, int status)
{
	uint64_t error = status == 2 ? vmread(INSTRUCTION_ERROR) : 0;

	vcpu_stop_vm(v, "VM entry failed: %s (%llu)",
		     status == 2 ? vmx_instruction_error_name(error) : "no current VMCS",
		     (unsigned long long)error);
}

/*
 * Where there is nobody to give the core to, a halted guest may stay inside if a posted interrupt
 * can wake it there; and where no vCPU of the VM can lose its core, a spinning one may spin.
 */
static void set_idle_exits(struct vmx_vcpu *v, bool shared)
{
	vmcs_set_primary(v, CPU_HLT_EXITING, shared || vmx_caps.delivery != DELIVERY_POSTED);
	if (vmx_caps.pause_loop_exiting)
		vmcs_set_secondary(v, CPU2_PAUSE_LOOP_EXITING,
				   shared || vm_shares_cores(v->vcpu->vm));
}

/* One stay in the guest. False: nothing was entered, the loop has something to do. */
static bool enter_guest(struct vmx_vcpu *v)
{
	const struct core *core = v->vcpu->core;
	uint64_t guest_ticks;
	bool shared;
	int status;

	/*
	 * Others have their turn with interrupts off on this side, so that none who becomes ready
	 * after it is overlooked: what makes it ready is an interrupt, and ends the stay at once.
	 */
	irq_disable();
	thread_yield();
	vmcs_make_current(v);
	context_load(&v->context);
	shared = core_is_shared(core);
	set_idle_exits(v, shared);
	WRITE_ONCE(v->in_guest, 1);
	smp_mb();
	if (has_other_duties(v)) {
		WRITE_ONCE(v->in_guest, 0);
		irq_enable();
		return false;
	}
	interrupts_prepare_entry(v, !shared);
	load_registers(v);
	guest_ticks = core->ticks[ACCOUNT_GUEST];
	core_account_switch(ACCOUNT_GUEST);
	status = world_switch(v->registers, v->launched);
	core_account_switch(ACCOUNT_EXIT);
	v->counts->guest_ticks += core->ticks[ACCOUNT_GUEST] - guest_ticks;
	WRITE_ONCE(v->in_guest, 0);
	if (status) {
		irq_enable();
		stop_after_failed_entry(v, status);
		return false;
	}
	v->launched = true;
	v->reason = (uint32_t)vmread(EXIT_REASON);
	guest_timer_take_back(v);
	trace(TRACE_VM_EXIT, v->reason, vmread(GUEST_RIP));
	vmx_count_exit(v->counts, v->reason & 0xffff);
	vmx_count_exit(v->core_counts, v->reason & 0xffff);
	serve_host(v);
	irq_enable();
	return true;
}

void vcpu_arch_run(struct vcpu *vcpu)
{
	struct vmx_vcpu *v = vmx_vcpu(vcpu);
	struct vmx_vm *vm = vcpu->vm->arch;

	v->core_counts = vmx_core_counts(vcpu->core);
	vmcs_init(v, vcpu->id == 0 ? &vm->start : NULL);
	vmcs_apic_mode_changed(v);
	msr_allow_adjust(v);
	while (!READ_ONCE(vcpu->vm->stop_requested)) {
		thread_serve_calls();
		serve_requests(v);
		if (v->activity != VCPU_ACTIVE)
			sleep_until_event(v);
		else if (vcpu->vm->config->console && !console_has_room())
			thread_yield(); /* as it would wait for a real UART */
		else if (enter_guest(v))
			exit_handle(v);
	}
	timer_disarm(&v->timer);
	irq_disable();
	context_drop(&v->context);
	vmcs_forget(v);
	irq_enable();
}
