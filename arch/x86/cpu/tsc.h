/* SPDX-License-Identifier: BSD-2-Clause */
/* The time-stamp counter as the clock behind ticks_now(). */
#ifndef SLUICE_ARCH_X86_CPU_TSC_H
#define SLUICE_ARCH_X86_CPU_TSC_H

/*
 * Measures the counter's frequency against the ACPI PM timer, or without one the PIT. (CPUID 15h
 * states the nominal frequency, which under emulators is not that of the counter.)
 */
void tsc_init(void);

#endif
