/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC's timer. CPUID leaf 0x15 tells the guest that the timer's clock is the TSC's
 * crystal with a ratio of 1, so one count is one host tick times the divider.
 */
#include "arch/x86/vmx/lapic.h"

#define LVT_MODE_SHIFT 17
#define LVT_MODE       (3u << LVT_MODE_SHIFT)

/* A periodic timer must not keep the core busy with nothing but itself. */
#define PERIOD_LEAST 20000u

enum lapic_timer_mode lapic_timer_mode(const struct lapic *lapic)
{
	switch ((lapic_get(lapic, APIC_LVT_TIMER) & LVT_MODE) >> LVT_MODE_SHIFT) {
	case 1:
		return LAPIC_TIMER_PERIODIC;
	case 2:
		return LAPIC_TIMER_TSC_DEADLINE;
	default:
		return LAPIC_TIMER_ONE_SHOT;
	}
}

/* log2 of the divider: bits 3, 1 and 0 of the register; 7 means 1. */
static unsigned divide_shift(const struct lapic *lapic)
{
	uint32_t value = lapic_get(lapic, APIC_DIVIDE);

	return ((value & 3) + ((value & 8) >> 1) + 1) & 7;
}

static void stop(struct lapic *lapic)
{
	lapic->deadline = LAPIC_NEVER;
	lapic->period = 0;
	lapic->tsc_deadline = 0;
}

void lapic_timer_start(struct lapic *lapic, uint64_t now)
{
	enum lapic_timer_mode mode = lapic_timer_mode(lapic);
	uint64_t ticks = (uint64_t)lapic_get(lapic, APIC_INITIAL_COUNT) << divide_shift(lapic);

	if (mode == LAPIC_TIMER_TSC_DEADLINE)
		return;
	stop(lapic);
	if (ticks == 0)
		return;
	if (mode == LAPIC_TIMER_PERIODIC) {
		if (ticks < PERIOD_LEAST)
			ticks = PERIOD_LEAST;
		lapic->period = ticks;
	}
	lapic->deadline = now + ticks;
}

void lapic_timer_write_lvt(struct lapic *lapic, uint32_t value)
{
	enum lapic_timer_mode before = lapic_timer_mode(lapic);

	lapic_set(lapic, APIC_LVT_TIMER, value);
	if (lapic_timer_mode(lapic) == before)
		return;
	/* A change from or to TSC-deadline mode disarms; between the others the count goes on. */
	if (before == LAPIC_TIMER_TSC_DEADLINE ||
	    lapic_timer_mode(lapic) == LAPIC_TIMER_TSC_DEADLINE) {
		lapic_set(lapic, APIC_INITIAL_COUNT, 0);
		stop(lapic);
	} else if (before == LAPIC_TIMER_PERIODIC) {
		lapic->period = 0;
	} else if (lapic->deadline != LAPIC_NEVER) {
		uint64_t ticks = (uint64_t)lapic_get(lapic, APIC_INITIAL_COUNT)
				 << divide_shift(lapic);

		lapic->period = ticks < PERIOD_LEAST ? PERIOD_LEAST : ticks;
	}
}

void lapic_timer_write_divide(struct lapic *lapic, uint32_t value, uint64_t now)
{
	uint32_t left = lapic_timer_count(lapic, now);

	lapic_set(lapic, APIC_DIVIDE, value & 0xb);
	if (lapic->deadline == LAPIC_NEVER || lapic_timer_mode(lapic) == LAPIC_TIMER_TSC_DEADLINE)
		return;
	lapic->deadline = now + ((uint64_t)left << divide_shift(lapic));
	if (lapic->period) {
		uint64_t ticks = (uint64_t)lapic_get(lapic, APIC_INITIAL_COUNT)
				 << divide_shift(lapic);

		lapic->period = ticks < PERIOD_LEAST ? PERIOD_LEAST : ticks;
	}
}

uint32_t lapic_timer_count(const struct lapic *lapic, uint64_t now)
{
	if (lapic_timer_mode(lapic) == LAPIC_TIMER_TSC_DEADLINE || lapic->deadline == LAPIC_NEVER ||
	    lapic->deadline <= now)
		return 0;
	return (uint32_t)((lapic->deadline - now) >> divide_shift(lapic));
}

void lapic_timer_write_deadline(struct lapic *lapic, uint64_t value, uint64_t tsc_offset)
{
	if (lapic_timer_mode(lapic) != LAPIC_TIMER_TSC_DEADLINE)
		return;
	lapic->tsc_deadline = value;
	lapic->deadline = value == 0 ? LAPIC_NEVER : value - tsc_offset;
}

int lapic_timer_expire(struct lapic *lapic, uint64_t now)
{
	uint32_t lvt = lapic_get(lapic, APIC_LVT_TIMER);

	if (lapic->period) {
		uint64_t late = now - lapic->deadline;

		lapic->deadline += lapic->period;
		if (late >= lapic->period) /* missed periods are not made up for */
			lapic->deadline = now + lapic->period;
	} else {
		stop(lapic);
	}
	if (lvt & APIC_LVT_MASKED)
		return -1;
	return lvt & 0xff;
}
