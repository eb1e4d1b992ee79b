/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC's timer. CPUID leaf 0x15 tells the guest that the timer's clock is the TSC's
 * crystal with a ratio of 1, so one count is one host tick times the divider.
 */
#include "arch/x86/vmx/lapic.h"

/* A periodic timer must not keep the core busy with nothing but itself. */
#define PERIOD_LEAST 20000u

static enum lapic_timer_mode decode_mode(uint32_t lvt)
{
	switch (lvt >> 17 & 3) {
	case 1:
		return LAPIC_TIMER_PERIODIC;
	case 2:
		return LAPIC_TIMER_TSC_DEADLINE;
	default:
		return LAPIC_TIMER_ONE_SHOT;
	}
}

static void stop(struct lapic *lapic)
{
	lapic->deadline = LAPIC_NEVER;
	lapic->period = 0;
	lapic->tsc_deadline = 0;
}

static uint64_t initial_ticks(const struct lapic *lapic)
{
	return (uint64_t)lapic_get(lapic, APIC_INITIAL_COUNT) << lapic->timer_shift;
}

static void set_period(struct lapic *lapic)
{
	uint64_t ticks = initial_ticks(lapic);

	lapic->period = ticks < PERIOD_LEAST ? PERIOD_LEAST : ticks;
}

void lapic_timer_start(struct lapic *lapic, uint64_t now)
{
	if (lapic->timer_mode == LAPIC_TIMER_TSC_DEADLINE)
		return;
	stop(lapic);
	if (initial_ticks(lapic) == 0)
		return;
	if (lapic->timer_mode == LAPIC_TIMER_PERIODIC)
		set_period(lapic);
	lapic->deadline = now + (lapic->period ? lapic->period : initial_ticks(lapic));
}

void lapic_timer_write_lvt(struct lapic *lapic, uint32_t value)
{
	enum lapic_timer_mode before = lapic->timer_mode;

	lapic_set(lapic, APIC_LVT_TIMER, value);
	lapic->timer_mode = decode_mode(value);
	if (lapic->timer_mode == before)
		return;
	/* A change from or to TSC-deadline mode disarms; between the others the count goes on. */
	if (before == LAPIC_TIMER_TSC_DEADLINE || lapic->timer_mode == LAPIC_TIMER_TSC_DEADLINE) {
		lapic_set(lapic, APIC_INITIAL_COUNT, 0);
		stop(lapic);
	} else if (before == LAPIC_TIMER_PERIODIC) {
		lapic->period = 0;
	} else if (lapic->deadline != LAPIC_NEVER) {
		set_period(lapic);
	}
}

void lapic_timer_write_divide(struct lapic *lapic, uint32_t value, uint64_t now)
{
	uint32_t left = lapic_timer_count(lapic, now);

	lapic_set(lapic, APIC_DIVIDE, value & 0xb);
	/* Bits 3, 1 and 0: 0 divides by 2, 6 by 128, 7 by 1. */
	lapic->timer_shift = ((value & 3) + ((value & 8) >> 1) + 1) & 7;
	if (lapic->deadline == LAPIC_NEVER || lapic->timer_mode == LAPIC_TIMER_TSC_DEADLINE)
		return;
	lapic->deadline = now + ((uint64_t)left << lapic->timer_shift);
	if (lapic->period)
		set_period(lapic);
}

uint32_t lapic_timer_count(const struct lapic *lapic, uint64_t now)
{
	if (lapic->timer_mode == LAPIC_TIMER_TSC_DEADLINE || lapic->deadline == LAPIC_NEVER ||
	    lapic->deadline <= now)
		return 0;
	return (uint32_t)((lapic->deadline - now) >> lapic->timer_shift);
}

/* The offset is a signed number; what it moves beyond either end stays at that end. */
static uint64_t host_ticks_at(uint64_t guest_tsc, uint64_t tsc_offset)
{
	uint64_t ticks = guest_tsc - tsc_offset;

	if ((int64_t)tsc_offset > 0 && ticks > guest_tsc)
		return 0;
	if ((int64_t)tsc_offset < 0 && ticks < guest_tsc)
		return LAPIC_NEVER;
	return ticks;
}

void lapic_timer_write_deadline(struct lapic *lapic, uint64_t value, uint64_t tsc_offset)
{
	if (lapic->timer_mode != LAPIC_TIMER_TSC_DEADLINE)
		return;
	lapic->tsc_deadline = value;
	lapic->deadline = value == 0 ? LAPIC_NEVER : host_ticks_at(value, tsc_offset);
}

/* The vector of the interrupt of the timer's, or -1. */
static int deliver(const struct lapic *lapic)
{
	uint32_t lvt = lapic_get(lapic, APIC_LVT_TIMER);

	return lvt & APIC_LVT_MASKED ? -1 : (int)(lvt & 0xff);
}

int lapic_timer_expire(struct lapic *lapic, uint64_t now)
{
	if (lapic->period) {
		uint64_t late = now - lapic->deadline;

		lapic->deadline += lapic->period;
		if (late >= lapic->period) /* missed periods are not made up for */
			lapic->deadline = now + lapic->period;
	} else {
		stop(lapic);
	}
	return deliver(lapic);
}

int lapic_timer_take_back(struct lapic *lapic, uint64_t value, bool expired)
{
	lapic->tsc_deadline = value;
	lapic->deadline = value ? value : LAPIC_NEVER;
	return expired ? deliver(lapic) : -1;
}
