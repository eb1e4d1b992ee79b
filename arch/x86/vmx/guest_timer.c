// SPDX-License-Identifier: BSD-2-Clause
/*
 * The core's own timer in the hands of its guest: a vCPU alone on its core writes IA32_TSC_DEADLINE
 * without an exit, and its timer's interrupt is the only one it costs. (SDM volume 3, "TSC-Deadline
 * Mode": the register reads 0 once the interrupt is under way.)
 */
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/apic_timer.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/core.h"
#include "kernel/processor.h"

static bool can_lend(struct vmx_vcpu *v, bool alone)
{
	const struct core *core = v->vcpu->core;

	/* The register holds host ticks; an offset would have to be added to what the guest writes.
	 */
	if (!alone || !apic_timer_has_deadline() || v->tsc_offset ||
	    v->lapic.timer_mode != LAPIC_TIMER_TSC_DEADLINE)
		return false;
	timer_disarm(&v->timer);
	/* An interrupt of the host's timer, still on its way, would be taken for the guest's. */
	return !core->timers && !apic_is_pending(VECTOR_TIMER);
}

bool guest_timer_lend(struct vmx_vcpu *v, bool alone)
{
	v->timer_lent = can_lend(v, alone);
	if (v->timer_direct != v->timer_lent)
		msr_bitmap_set_deadline(v->msr_bitmap, v->timer_lent);
	v->timer_direct = v->timer_lent;
	if (v->timer_lent)
		processor_set_timer(v->lapic.deadline);
	return v->timer_lent;
}

/* Any VECTOR_TIMER since the timer was lent is the guest's. */
static bool has_expired(const struct vmx_vcpu *v)
{
	if (v->reason == REASON_EXTERNAL_INTERRUPT &&
	    (vmread(EXIT_INTERRUPTION_INFORMATION) & INTERRUPTION_VECTOR) == VECTOR_TIMER)
		return true;
	return apic_is_pending(VECTOR_TIMER);
}

/*
 * What is left in the register may expire while the host has the core: that interrupt finds nothing
 * to do, and the deadline is seen at the next entry, or armed for a sleep.
 */
void guest_timer_take_back(struct vmx_vcpu *v)
{
	int vector;

	if (!v->timer_lent)
		return;
	v->timer_lent = false;
	vector = lapic_timer_take_back(&v->lapic, msr_read(IA32_TSC_DEADLINE), has_expired(v));
	interrupts_mark_timer(v, vector);
}
