// SPDX-License-Identifier: BSD-2-Clause
/* The timer of the local APIC: TSC deadline, or one-shot (SDM volume 3, "APIC Timer"). */
#include "arch/x86/cpu/apic_timer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/processor.h"
#include "kernel/timer.h"

#define LVT_TSC_DEADLINE (2u << 17)
#define LVT_MASKED       (1u << 16)
#define DIVIDE_BY_1      0xb
#define CALIBRATION_US   10000
#define DEADLINE_UNKNOWN UINT64_MAX

/*
 * What a core's IA32_TSC_DEADLINE holds unless it has expired since, or DEADLINE_UNKNOWN: so that
 * the register is not written in vain.
 */
struct deadline {
	uint64_t value;
} CACHE_ALIGNED;

static bool deadline_mode;
static uint64_t timer_hz; /* one-shot mode */
static struct deadline deadlines[CORES_MOST];

static uint64_t *this_deadline(void)
{
	return &deadlines[core_this()->id].value;
}

/* Whatever was armed has expired, or expires before it is looked at. */
static void timer_interrupt(void *argument)
{
	(void)argument;
	*this_deadline() = DEADLINE_UNKNOWN;
	timer_run_due();
}

static uint64_t measure(void)
{
	uint64_t start, span;
	uint32_t left;

	apic_write_timer(LVT_MASKED | VECTOR_TIMER);
	apic_write_timer_count(UINT32_MAX, DIVIDE_BY_1);
	start = ticks_now();
	delay_us(CALIBRATION_US);
	left = apic_read_timer_count();
	span = ticks_now() - start;
	return (uint64_t)(UINT32_MAX - left) * ticks_per_second() / span;
}

void apic_timer_init(void)
{
	interrupt_set_handler(VECTOR_TIMER, timer_interrupt, NULL);
	deadline_mode = cpuid_leaf(1, 0).ecx & CPUID_1_ECX_TSC_DEADLINE &&
			!(host_config.hide & HIDE_TSC_DEADLINE);
	if (deadline_mode) {
		log_info("timer: TSC deadline");
		return;
	}
	timer_hz = measure();
	if (!timer_hz)
		boot_refuse("the local APIC's timer does not count");
	log_info("timer: local APIC one-shot at %lu kHz", timer_hz / 1000);
}

bool apic_timer_has_deadline(void)
{
	return deadline_mode;
}

void apic_timer_init_core(void)
{
	apic_write_timer(VECTOR_TIMER | (deadline_mode ? LVT_TSC_DEADLINE : 0));
	/* The mode must be set before the deadline is (SDM 11.5.4.1). */
	__asm__ volatile("mfence" ::: "memory");
	*this_deadline() = DEADLINE_UNKNOWN;
	processor_set_timer(UINT64_MAX);
}

uint64_t apic_timer_read_back(void)
{
	uint64_t value = msr_read(IA32_TSC_DEADLINE);

	*this_deadline() = value;
	return value;
}

/* The register's value for a deadline: 0 is none. */
static uint64_t register_value(uint64_t deadline)
{
	return deadline == UINT64_MAX ? 0 : deadline;
}

bool apic_timer_holds(uint64_t deadline)
{
	return *this_deadline() == register_value(deadline);
}

/* Counts until deadline: at least 1, and when it is too far away as many as fit. */
static uint32_t count_until(uint64_t deadline)
{
	uint64_t now = ticks_now();
	uint64_t ticks, most = UINT32_MAX * ticks_per_second() / timer_hz;

	if (deadline <= now)
		return 1;
	ticks = deadline - now;
	if (ticks > most)
		return UINT32_MAX;
	/* In two steps, against overflow and rounding down to an interrupt too early. */
	return (uint32_t)(ticks / ticks_per_second() * timer_hz +
			  ticks % ticks_per_second() * timer_hz / ticks_per_second()) +
	       1;
}

void processor_set_timer(uint64_t deadline)
{
	if (!deadline_mode) {
		apic_write_timer_count(deadline == UINT64_MAX ? 0 : count_until(deadline),
				       DIVIDE_BY_1);
	} else if (!apic_timer_holds(deadline)) {
		*this_deadline() = register_value(deadline);
		msr_write(IA32_TSC_DEADLINE, register_value(deadline));
	}
}
