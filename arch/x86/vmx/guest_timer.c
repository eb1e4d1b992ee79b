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
	return !core->timers;
}

/*
 * Puts the guest's deadline into the register. False if an interrupt of an earlier deadline is on
 * its way, which would be taken for the guest's: looked for after the write, for until then one may
 * expire. If the register holds the guest's, those of earlier ones were taken when interrupts were
 * on after the last exit.
 */
static bool load_deadline(const struct vmx_vcpu *v)
{
	if (apic_timer_holds(v->lapic.deadline))
		return true;
	processor_set_timer(v->lapic.deadline);
	return !apic_is_pending(VECTOR_TIMER);
}

bool guest_timer_lend(struct vmx_vcpu *v, bool alone)
{
	v->timer_lent = can_lend(v, alone) && load_deadline(v);
	if (v->timer_direct != v->timer_lent)
		msr_bitmap_set_deadline(v->msr_bitmap, v->timer_lent);
	v->timer_direct = v->timer_lent;
	return v->timer_lent;
}

/*
 * Any VECTOR_TIMER since the timer was lent is the guest's. left: the deadline in the register; if
 * it is still the one that was lent, it has not expired.
 */
static bool has_expired(const struct vmx_vcpu *v, uint64_t left)
{
	if (v->reason == REASON_EXTERNAL_INTERRUPT &&
	    (vmread(EXIT_INTERRUPTION_INFORMATION) & INTERRUPTION_VECTOR) == VECTOR_TIMER)
		return true;
	return left != v->lapic.deadline && apic_is_pending(VECTOR_TIMER);
}

/*
 * What is left in the register may expire while the host has the core: that interrupt finds nothing
 * to do, and the deadline is seen at the next entry, or armed for a sleep.
 *
 * The register is read before the IRR: a deadline that expires between the two is then left, or
 * pending, or both. The other way round it would be neither, and lost. RDMSR does not order; LFENCE
 * does (SDM volume 3, "Strengthening or Weakening the Memory-Ordering Model").
 */
void guest_timer_take_back(struct vmx_vcpu *v)
{
	uint64_t left;
	bool expired;

	if (!v->timer_lent)
		return;
	v->timer_lent = false;
	left = apic_timer_read_back();
	__asm__ volatile("lfence" ::: "memory");
	expired = has_expired(v, left);
	interrupts_mark_timer(v, lapic_timer_take_back(&v->lapic, left, expired));
}
