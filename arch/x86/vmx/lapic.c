/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of the guest's local APIC: what reads give and writes do. */
#include "arch/x86/vmx/lapic.h"

#include "arch/x86/cpu/msr.h"
#include "arch/x86/platform/platform.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/vmx_vcpu.h"

#define ICR_PENDING      (1u << 12)
#define LVT_TIMER_BITS   0x700ffu
#define LVT_OTHER_BITS   0x1a7ffu /* vector, mode, polarity, trigger, mask */
#define DFR_MODEL_BITS   0xf0000000u
#define DESTINATION_BITS 0xff000000u
#define PAGE_REGISTERS   0x1000u
#define LAPIC_ADDRESS    0xfee00000ull

static void end_of_interrupt(struct vcpu *vcpu, struct lapic *lapic)
{
	int vector = lapic_end_of_interrupt(lapic);

	if (vector >= 0 && lapic_test(lapic, APIC_TMR, (uint8_t)vector)) {
		lapic_clear(lapic, APIC_TMR, (uint8_t)vector);
		platform_eoi(vcpu->vm, (uint8_t)vector);
	}
}

static void send_ipi(struct vcpu *vcpu, uint64_t icr)
{
	struct message message;

	if (message_from_icr(&message, icr, lapic_is_x2apic(&vmx_vcpu(vcpu)->lapic)))
		message_deliver(vcpu->vm, &message, vcpu);
}

static uint32_t lvt_value(const struct lapic *lapic, uint32_t value, uint32_t bits)
{
	value &= bits;
	if (!(lapic_get(lapic, APIC_SVR) & APIC_SVR_ENABLE))
		value |= APIC_LVT_MASKED;
	return value;
}

static void write_svr(struct lapic *lapic, uint32_t value)
{
	lapic_set(lapic, APIC_SVR, value & 0x1ff);
	if (value & APIC_SVR_ENABLE)
		return;
	for (uint32_t lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
		lapic_set(lapic, lvt, lapic_get(lapic, lvt) | APIC_LVT_MASKED);
}

static void write_timer_register(struct lapic *lapic, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case APIC_LVT_TIMER:
		lapic_timer_write_lvt(lapic, lvt_value(lapic, value, LVT_TIMER_BITS));
		break;
	case APIC_INITIAL_COUNT:
		lapic_set(lapic, APIC_INITIAL_COUNT, value);
		lapic_timer_start(lapic, ticks_now());
		break;
	default:
		lapic_timer_write_divide(lapic, value, ticks_now());
		break;
	}
}

void lapic_mmio_write(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	struct lapic *lapic = &vmx_vcpu(vcpu)->lapic;

	switch (offset) {
	case APIC_TPR:
		lapic_set(lapic, APIC_TPR, value & 0xff);
		break;
	case APIC_EOI:
		end_of_interrupt(vcpu, lapic);
		break;
	case APIC_LDR:
		lapic_set(lapic, APIC_LDR, value & DESTINATION_BITS);
		break;
	case APIC_DFR:
		lapic_set(lapic, APIC_DFR, value | ~DFR_MODEL_BITS);
		break;
	case APIC_SVR:
		write_svr(lapic, value);
		break;
	case APIC_ESR: /* shows errors since the last write; none are reported */
		lapic_set(lapic, APIC_ESR, 0);
		break;
	case APIC_ICR:
		lapic_set(lapic, APIC_ICR, value & ~ICR_PENDING);
		send_ipi(vcpu, (uint64_t)lapic_get(lapic, APIC_ICR_HIGH) << 32 | value);
		break;
	case APIC_ICR_HIGH:
		lapic_set(lapic, APIC_ICR_HIGH, value & DESTINATION_BITS);
		break;
	case APIC_LVT_THERMAL:
	case APIC_LVT_PMC:
	case APIC_LVT_LINT0:
	case APIC_LVT_LINT1:
	case APIC_LVT_ERROR:
		lapic_set(lapic, offset, lvt_value(lapic, value, LVT_OTHER_BITS));
		break;
	case APIC_LVT_TIMER:
	case APIC_INITIAL_COUNT:
	case APIC_DIVIDE:
		write_timer_register(lapic, offset, value);
		break;
	default:
		break;
	}
}

uint32_t lapic_mmio_read(struct vcpu *vcpu, uint32_t offset)
{
	struct lapic *lapic = &vmx_vcpu(vcpu)->lapic;

	if (offset >= PAGE_REGISTERS || (offset & 15))
		return 0;
	if (offset == APIC_CURRENT_COUNT)
		return lapic_timer_count(lapic, ticks_now());
	if (offset == APIC_PPR)
		return lapic_update_ppr(lapic);
	if (offset == APIC_EOI || offset == APIC_SELF_IPI)
		return 0;
	return lapic_get(lapic, offset);
}

void lapic_written(struct vcpu *vcpu, uint32_t offset)
{
	struct lapic *lapic = &vmx_vcpu(vcpu)->lapic;

	if (offset == APIC_SELF_IPI)
		return;
	lapic_mmio_write(vcpu, offset, lapic_get(lapic, offset));
}

static bool is_read_only_msr(uint32_t offset)
{
	return offset == APIC_ID || offset == APIC_VERSION || offset == APIC_PPR ||
	       offset == APIC_LDR || (offset >= APIC_ISR && offset < APIC_ESR) ||
	       offset == APIC_CURRENT_COUNT;
}

static bool is_write_only_msr(uint32_t offset)
{
	return offset == APIC_EOI || offset == APIC_SELF_IPI;
}

static bool is_read_write_msr(uint32_t offset)
{
	return offset == APIC_TPR || offset == APIC_SVR || offset == APIC_ESR ||
	       offset == APIC_ICR || (offset >= APIC_LVT_TIMER && offset <= APIC_LVT_ERROR) ||
	       offset == APIC_INITIAL_COUNT || offset == APIC_DIVIDE;
}

bool lapic_msr_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
	struct lapic *lapic = &vmx_vcpu(vcpu)->lapic;
	uint32_t offset = (msr - IA32_X2APIC_FIRST) * 16;

	if (!lapic_is_x2apic(lapic) || !(is_read_only_msr(offset) || is_read_write_msr(offset)))
		return false;
	*value = lapic_mmio_read(vcpu, offset);
	if (offset == APIC_ICR) /* where the processor, too, reads the high half */
		*value |= (uint64_t)lapic_get(lapic, APIC_ICR + 4) << 32;
	return true;
}

bool lapic_msr_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
	struct lapic *lapic = &vmx_vcpu(vcpu)->lapic;
	uint32_t offset = (msr - IA32_X2APIC_FIRST) * 16;

	if (!lapic_is_x2apic(lapic) || !(is_write_only_msr(offset) || is_read_write_msr(offset)))
		return false;
	if (offset == APIC_ICR) {
		lapic_set(lapic, APIC_ICR, (uint32_t)value & ~ICR_PENDING);
		lapic_set(lapic, APIC_ICR + 4, (uint32_t)(value >> 32));
		send_ipi(vcpu, value);
		return true;
	}
	if (value >> 32 || ((offset == APIC_EOI || offset == APIC_ESR) && value))
		return false;
	if (offset == APIC_SELF_IPI) {
		if (value >= 16)
			vcpu_post_interrupt(vcpu, (uint8_t)value);
		return value <= 0xff;
	}
	lapic_mmio_write(vcpu, offset, (uint32_t)value);
	return true;
}

static void enter_x2apic_mode(struct lapic *lapic)
{
	lapic_set(lapic, APIC_ID, lapic->id);
	lapic_set(lapic, APIC_LDR, (lapic->id >> 4) << 16 | 1u << (lapic->id & 15));
	lapic_set(lapic, APIC_ICR_HIGH, 0);
	lapic_set(lapic, APIC_ICR + 4, 0);
}

bool lapic_base_write(struct vcpu *vcpu, uint64_t value)
{
	struct vmx_vcpu *v = vmx_vcpu(vcpu);
	struct lapic *lapic = &v->lapic;
	uint64_t modes = IA32_APIC_BASE_EN | IA32_APIC_BASE_EXTD;
	uint64_t before = lapic->base & modes;
	uint64_t after = value & modes;
	uint64_t bootstrap = lapic->base & IA32_APIC_BASE_BSP;

	if ((value & ~(modes | IA32_APIC_BASE_BSP)) != LAPIC_ADDRESS)
		return false;
	/* SDM volume 3, "x2APIC State Transitions" */
	if (after == IA32_APIC_BASE_EXTD || (before == modes && after == IA32_APIC_BASE_EN) ||
	    (before == 0 && after == modes) || (after == modes && !vmx_caps.x2apic_mode))
		return false;
	if (after == before)
		return true;
	if (after == 0 || before == 0) {
		lapic_reset(lapic, lapic->id, bootstrap);
		v->irr_changed = true;
	}
	lapic->base = LAPIC_ADDRESS | bootstrap | after;
	if (after == modes)
		enter_x2apic_mode(lapic);
	vmcs_apic_mode_changed(v);
	return true;
}
