/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer of the local APIC. */
#ifndef SLUICE_ARCH_X86_CPU_APIC_TIMER_H
#define SLUICE_ARCH_X86_CPU_APIC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Once, on the boot core, after tsc_init() and apic_init_core(): chooses between TSC deadline and
 * one-shot mode and calibrates the latter.
 */
void apic_timer_init(void);

/* True if the timer's deadlines are in IA32_TSC_DEADLINE, for the vector VECTOR_TIMER. */
bool apic_timer_has_deadline(void);

/*
 * Reads this core's IA32_TSC_DEADLINE, which a guest may have written. In TSC-deadline mode only,
 * interrupts off.
 */
uint64_t apic_timer_read_back(void);

/*
 * True if this core's IA32_TSC_DEADLINE holds deadline (UINT64_MAX: none), or if that has expired
 * since it was written or read back and its interrupt is pending. Interrupts off.
 */
bool apic_timer_holds(uint64_t deadline);

/* Sets this core's timer up; nothing is due yet. */
void apic_timer_init_core(void);

#endif
