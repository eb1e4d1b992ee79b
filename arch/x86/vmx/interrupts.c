/* SPDX-License-Identifier: BSD-2-Clause */
/* How interrupts get into a guest: posting from any core, and preparation of every entry. */
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/schedule.h"
#include "kernel/trace.h"

#define RFLAGS_INTERRUPTS BIT(9)
#define TIMER_VALUE_MOST  0xffffffffull

/* --- From any core ------------------------------------------------------------------------------
 */

/* The vCPU has a posted interrupt nobody was told of. See posted.h for why none is lost. */
static void notify(struct vmx_vcpu *v)
{
	struct thread *thread = v->vcpu->thread;

	if (READ_ONCE(v->in_guest)) {
		__atomic_fetch_add(&v->counts->notified, 1, __ATOMIC_RELAXED);
		if (vmx_caps.delivery == DELIVERY_POSTED)
			apic_send_ipi(thread->core->apic_id, VECTOR_POSTED_NOTIFY);
		else
			core_kick(thread->core);
	} else if (thread) {
		thread_wake(thread);
	}
}

void vcpu_post_interrupt(struct vcpu *vcpu, uint8_t vector)
{
	struct vmx_vcpu *v = vmx_vcpu(vcpu);

	trace(TRACE_POST, (uint64_t)vcpu, vector);
	if (posted_set(&v->posted, vector))
		notify(v);
}

/* Sets a bit of requests, and makes the vCPU look, from any core. */
static void vcpu_request(struct vcpu *vcpu, uint32_t request)
{
	__atomic_fetch_or(&vmx_vcpu(vcpu)->requests, request, __ATOMIC_SEQ_CST);
	if (vcpu->thread) {
		thread_wake(vcpu->thread);
		core_kick(vcpu->thread->core);
	}
}

void vcpu_wake_up(struct vcpu *vcpu, uint64_t rip)
{
	WRITE_ONCE(vmx_vcpu(vcpu)->wakeup_rip, rip);
	vcpu_request(vcpu, REQUEST_WAKE);
}

/*
 * Level-triggered interrupts need their EOI seen, which the processor must know before it
 * delivers them: they take the way through an exit.
 */
static void post_level(struct vcpu *vcpu, uint8_t vector)
{
	__atomic_fetch_or(&vmx_vcpu(vcpu)->level_pending[vector / 64], 1ull << (vector % 64),
			  __ATOMIC_SEQ_CST);
	vcpu_request(vcpu, REQUEST_LEVEL);
}

static void count_message(struct vmx_vcpu *v, const struct message *message)
{
	uint64_t *vectors = &v->pci_vectors[message->vector / 64];
	uint64_t bit = 1ull << (message->vector % 64);

	if (message->sender == SENDER_PCI) {
		__atomic_fetch_add(&v->counts->from_pci, 1, __ATOMIC_RELAXED);
		if (!(READ_ONCE(*vectors) & bit))
			__atomic_fetch_or(vectors, bit, __ATOMIC_RELAXED);
	} else if (message->sender == SENDER_IOAPIC) {
		__atomic_fetch_add(&v->counts->from_ioapic, 1, __ATOMIC_RELAXED);
	}
}

static void deliver_fixed(struct vcpu *vcpu, const struct message *message)
{
	if (message->vector < 16)
		return;
	count_message(vmx_vcpu(vcpu), message);
	if (message->level)
		post_level(vcpu, message->vector);
	else
		vcpu_post_interrupt(vcpu, message->vector);
}

static void deliver_to(struct vcpu *vcpu, const struct message *message)
{
	switch (message->mode) {
	case MESSAGE_FIXED:
	case MESSAGE_LOWEST_PRIORITY:
		deliver_fixed(vcpu, message);
		break;
	case MESSAGE_NMI:
		vcpu_request(vcpu, REQUEST_NMI);
		break;
	case MESSAGE_INIT:
		if (!message->deassert)
			vcpu_request(vcpu, REQUEST_INIT);
		break;
	case MESSAGE_STARTUP:
		WRITE_ONCE(vmx_vcpu(vcpu)->sipi_vector, message->vector);
		vcpu_request(vcpu, REQUEST_SIPI);
		break;
	case MESSAGE_SMI: /* there is no system-management mode, and no 8259 */
	case MESSAGE_EXTINT:
		break;
	}
}

void message_deliver(struct vm *vm, const struct message *message, struct vcpu *sender)
{
	const struct lapic *from = sender ? &vmx_vcpu(sender)->lapic : NULL;
	struct vcpu *best = NULL;

	for (unsigned i = 0; i < vm->vcpus; i++) {
		struct vcpu *vcpu = &vm->vcpu[i];
		const struct lapic *lapic = &vmx_vcpu(vcpu)->lapic;

		if (!(lapic->base & IA32_APIC_BASE_EN) || !message_reaches(message, lapic, from))
			continue;
		if (message->mode != MESSAGE_LOWEST_PRIORITY)
			deliver_to(vcpu, message);
		else if (!best ||
			 lapic_get(lapic, APIC_TPR) < lapic_get(&vmx_vcpu(best)->lapic, APIC_TPR))
			best = vcpu;
	}
	if (best)
		deliver_to(best, message);
}

void vm_post_message(struct vm *vm, enum vm_sender sender, uint64_t address, uint32_t data)
{
	struct message message;

	if (!message_from_msi(&message, address, data))
		return;
	message.sender = sender;
	message_deliver(vm, &message, NULL);
}

/* --- On the vCPU's core -------------------------------------------------------------------------
 */

static void mark_pending(struct vmx_vcpu *v, const uint64_t vectors[4])
{
	bool pci = false;

	for (unsigned i = 0; i < 4; i++) {
		pci |= vectors[i] & READ_ONCE(v->pci_vectors[i]);
		for (uint64_t left = vectors[i]; left; left &= left - 1) {
			uint8_t vector = (uint8_t)(i * 64 + (unsigned)__builtin_ctzll(left));

			lapic_mark(&v->lapic, APIC_IRR, vector);
		}
	}
	v->irr_changed = true;
	if (pci && v->activity == VCPU_HALTED)
		v->counts->wakeups++;
	else if (pci && v->interrupt_exit && vmx_caps.delivery != DELIVERY_INJECTION)
		v->counts->interrupt_delivery++;
}

static void collect_level(struct vmx_vcpu *v)
{
	uint64_t vectors[4];

	__atomic_fetch_and(&v->requests, ~REQUEST_LEVEL, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < 4; i++) {
		vectors[i] = __atomic_exchange_n(&v->level_pending[i], 0, __ATOMIC_SEQ_CST);
		for (uint64_t left = vectors[i]; left; left &= left - 1)
			lapic_mark(&v->lapic, APIC_TMR,
				   (uint8_t)(i * 64 + (unsigned)__builtin_ctzll(left)));
		if (vectors[i] && vmx_caps.delivery != DELIVERY_INJECTION)
			vmwrite(EOI_EXIT_BITMAP_0 + 2 * i,
				vmread(EOI_EXIT_BITMAP_0 + 2 * i) | vectors[i]);
	}
	mark_pending(v, vectors);
}

void interrupts_mark_timer(struct vmx_vcpu *v, int vector)
{
	if (vector < 16)
		return;
	lapic_mark(&v->lapic, APIC_IRR, (uint8_t)vector);
	v->irr_changed = true;
}

void interrupts_collect(struct vmx_vcpu *v)
{
	uint64_t vectors[4];

	if (posted_take(&v->posted, vectors))
		mark_pending(v, vectors);
	if (READ_ONCE(v->requests) & REQUEST_LEVEL)
		collect_level(v);
	if (v->lapic.deadline != LAPIC_NEVER && v->lapic.deadline <= ticks_now())
		interrupts_mark_timer(v, lapic_timer_expire(&v->lapic, ticks_now()));
}

bool interrupts_would_wake(struct vmx_vcpu *v)
{
	if (v->nmi_pending || v->event.info)
		return true;
	return (vmread(GUEST_RFLAGS) & RFLAGS_INTERRUPTS) && lapic_deliverable(&v->lapic) >= 0;
}

static void prepare_nmi(struct vmx_vcpu *v)
{
	uint64_t state;

	if (!v->nmi_pending)
		return;
	state = vmread(GUEST_INTERRUPTIBILITY_STATE);
	if (!v->event.info && !(state & (BLOCKING_BY_NMI | BLOCKING_BY_MOV_SS | BLOCKING_BY_STI))) {
		v->event.info = INTERRUPTION_VALID | INTERRUPTION_NMI | VECTOR_NMI;
		v->nmi_pending = false;
	}
	if (vmx_caps.virtual_nmis)
		vmcs_set_primary(v, CPU_NMI_WINDOW_EXITING, v->nmi_pending);
}

/* Without virtual-interrupt delivery: inject, or ask for an exit when that becomes possible. */
static void prepare_injection(struct vmx_vcpu *v)
{
	int vector = lapic_deliverable(&v->lapic);
	bool window = false;
	uint32_t threshold = 0;

	if (vector >= 0) {
		window = v->event.info || !(vmread(GUEST_RFLAGS) & RFLAGS_INTERRUPTS) ||
			 (vmread(GUEST_INTERRUPTIBILITY_STATE) &
			  (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
		if (!window) {
			lapic_accept(&v->lapic, (uint8_t)vector);
			v->event.info = (uint32_t)(INTERRUPTION_VALID | INTERRUPTION_EXTERNAL |
						   (unsigned)vector);
			v->counts->injected++;
			if (v->interrupt_exit &&
			    (READ_ONCE(v->pci_vectors[vector / 64]) >> (vector % 64) & 1))
				v->counts->interrupt_delivery++;
		}
	} else if (vmx_caps.tpr_shadow) {
		int pending = lapic_highest(&v->lapic, APIC_IRR);

		/* Exit when the guest lowers its TPR below what waits; not if the ISR blocks it. */
		if (pending >= 16 &&
		    (pending & 0xf0) <= (int)(lapic_get(&v->lapic, APIC_TPR) & 0xf0))
			threshold = (uint32_t)pending >> 4;
	}
	vmcs_set_primary(v, CPU_INTERRUPT_WINDOW_EXITING, window);
	if (threshold != v->tpr_threshold)
		vmwrite(TPR_THRESHOLD, threshold);
	v->tpr_threshold = threshold;
}

/* With it: the processor delivers by itself, if RVI names the highest pending vector. */
static void prepare_virtual(struct vmx_vcpu *v)
{
	int highest;

	if (!v->irr_changed)
		return;
	highest = lapic_highest(&v->lapic, APIC_IRR);
	vmwrite(GUEST_INTERRUPT_STATUS,
		(vmread(GUEST_INTERRUPT_STATUS) & 0xff00) | (highest > 0 ? (unsigned)highest : 0));
	v->irr_changed = false;
}

static void ignore_timer(struct timer *timer)
{
	(void)timer; /* its interrupt has already made the guest exit */
}

/* When the guest must exit at the latest: for its timer, or because its turn on the core ends. */
static uint64_t next_deadline(struct vmx_vcpu *v, bool alone)
{
	uint64_t turn_end = schedule_turn_end(v->vcpu->core);

	if (guest_timer_lend(v, alone))
		return turn_end;
	return v->lapic.deadline < turn_end ? v->lapic.deadline : turn_end;
}

static void prepare_timer(struct vmx_vcpu *v, bool alone)
{
	uint64_t deadline = next_deadline(v, alone);
	unsigned shift = vmx_caps.preemption_timer_shift;
	uint64_t value = TIMER_VALUE_MOST;

	if (!vmx_caps.preemption_timer) {
		v->timer.expired = ignore_timer;
		if (deadline != LAPIC_NEVER && (!v->timer.armed || v->timer.deadline != deadline))
			timer_arm(&v->timer, deadline);
		else if (deadline == LAPIC_NEVER && v->timer.armed)
			timer_disarm(&v->timer);
		return;
	}
	/* It counts changes of TSC bit `shift`: one more, and it never ends before the deadline. */
	if (deadline != LAPIC_NEVER) {
		uint64_t now = ticks_now();

		value = deadline <= now ? 0 : (deadline >> shift) - (now >> shift) + 1;
		if (value > TIMER_VALUE_MOST)
			value = TIMER_VALUE_MOST;
	}
	if (value != v->timer_value)
		vmwrite(PREEMPTION_TIMER_VALUE, value);
	v->timer_value = (uint32_t)value;
}

void interrupts_prepare_entry(struct vmx_vcpu *v, bool alone)
{
	interrupts_collect(v);
	prepare_nmi(v);
	if (vmx_caps.delivery == DELIVERY_INJECTION)
		prepare_injection(v);
	else
		prepare_virtual(v);
	v->interrupt_exit = false;
	prepare_timer(v, alone);
	if (v->event.info) {
		vmwrite(ENTRY_INTERRUPTION_INFORMATION, v->event.info);
		vmwrite(ENTRY_EXCEPTION_ERROR_CODE, v->event.error_code);
		vmwrite(ENTRY_INSTRUCTION_LENGTH, v->event.instruction_bytes);
		v->event.info = 0;
	}
}
