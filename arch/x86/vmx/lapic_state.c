/* SPDX-License-Identifier: BSD-2-Clause */
/* State of a local APIC: pending and serviced interrupts, priorities. No effect outside its page.
 */
#include "arch/x86/vmx/lapic.h"

#include "arch/x86/cpu/msr.h"
#include "kernel/string.h"

#define LAPIC_ADDRESS      0xfee00000ull
#define VERSION_INTEGRATED 0x14u
#define VERSION_LVT_MOST   (5u << 16) /* highest LVT entry: six entries */

static const uint32_t lvt_registers[] = {APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PMC,
					 APIC_LVT_LINT0, APIC_LVT_LINT1,   APIC_LVT_ERROR};

void lapic_reset(struct lapic *lapic, uint32_t id, bool bootstrap)
{
	memset(lapic->page, 0, 4096);
	lapic->id = id;
	lapic->base = LAPIC_ADDRESS | IA32_APIC_BASE_EN | (bootstrap ? IA32_APIC_BASE_BSP : 0);
	lapic_set(lapic, APIC_ID, id << 24);
	lapic_set(lapic, APIC_VERSION, VERSION_INTEGRATED | VERSION_LVT_MOST);
	lapic_set(lapic, APIC_DFR, 0xffffffff);
	lapic_set(lapic, APIC_SVR, 0xff);
	for (unsigned i = 0; i < sizeof(lvt_registers) / sizeof(lvt_registers[0]); i++)
		lapic_set(lapic, lvt_registers[i], APIC_LVT_MASKED);
	lapic->timer_mode = LAPIC_TIMER_ONE_SHOT;
	lapic->timer_shift = 1;
	lapic->deadline = LAPIC_NEVER;
	lapic->period = 0;
	lapic->tsc_deadline = 0;
}

bool lapic_is_x2apic(const struct lapic *lapic)
{
	return lapic->base & IA32_APIC_BASE_EXTD;
}

/* The 256 bits are in eight 32-bit registers, 16 bytes apart. */
static uint32_t word_offset(uint32_t reg, uint8_t vector)
{
	return reg + (uint32_t)(vector / 32) * 16;
}

bool lapic_test(const struct lapic *lapic, uint32_t reg, uint8_t vector)
{
	return lapic_get(lapic, word_offset(reg, vector)) >> (vector % 32) & 1;
}

void lapic_mark(struct lapic *lapic, uint32_t reg, uint8_t vector)
{
	uint32_t offset = word_offset(reg, vector);

	lapic_set(lapic, offset, lapic_get(lapic, offset) | 1u << (vector % 32));
}

void lapic_clear(struct lapic *lapic, uint32_t reg, uint8_t vector)
{
	uint32_t offset = word_offset(reg, vector);

	lapic_set(lapic, offset, lapic_get(lapic, offset) & ~(1u << (vector % 32)));
}

int lapic_highest(const struct lapic *lapic, uint32_t reg)
{
	for (int word = 7; word >= 0; word--) {
		uint32_t bits = lapic_get(lapic, reg + (uint32_t)word * 16);

		if (bits)
			return word * 32 + 31 - __builtin_clz(bits);
	}
	return -1;
}

uint8_t lapic_update_ppr(struct lapic *lapic)
{
	uint8_t tpr = (uint8_t)lapic_get(lapic, APIC_TPR);
	int serviced = lapic_highest(lapic, APIC_ISR);
	uint8_t ppr = tpr;

	if (serviced >= 0 && (serviced & 0xf0) > (tpr & 0xf0))
		ppr = (uint8_t)(serviced & 0xf0);
	lapic_set(lapic, APIC_PPR, ppr);
	return ppr;
}

int lapic_deliverable(struct lapic *lapic)
{
	int vector = lapic_highest(lapic, APIC_IRR);

	if (vector < 16 || (vector & 0xf0) <= (lapic_update_ppr(lapic) & 0xf0))
		return -1;
	return vector;
}

void lapic_accept(struct lapic *lapic, uint8_t vector)
{
	lapic_clear(lapic, APIC_IRR, vector);
	lapic_mark(lapic, APIC_ISR, vector);
	lapic_update_ppr(lapic);
}

int lapic_end_of_interrupt(struct lapic *lapic)
{
	int vector = lapic_highest(lapic, APIC_ISR);

	if (vector >= 0)
		lapic_clear(lapic, APIC_ISR, (uint8_t)vector);
	lapic_update_ppr(lapic);
	return vector;
}
