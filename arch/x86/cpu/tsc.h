/* SPDX-License-Identifier: BSD-2-Clause */
/* The time-stamp counter as the clock behind ticks_now(). */
#ifndef SLUICE_ARCH_X86_CPU_TSC_H
#define SLUICE_ARCH_X86_CPU_TSC_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu/cpuid.h"

/* A frequency that software can read; hz is 0 if there is none. */
struct tsc_told {
	uint64_t hz;
	const char *by;
	bool exact; /* not merely the processor's nominal clock */
};

/*
 * Finds the counter's frequency: measured against the ACPI PM timer, or without one the PIT; what
 * CPUID tells is taken where the measurement confirms it, or where there is none. (Under emulators
 * CPUID may tell a frequency that is not that of the counter.) Refuses to boot without either.
 */
void tsc_init(void);

/* The best of what CPUID tells; read is cpuid_leaf(). */
struct tsc_told tsc_read_told(struct cpuid (*read)(uint32_t leaf, uint32_t subleaf));

/* Whether to use it rather than measured_hz, which is 0 if nothing could be measured. */
bool tsc_prefers_told(const struct tsc_told *told, uint64_t measured_hz);

/*
 * Makes the counter of a core that has just started the same clock as the boot core's. The two
 * meet here: tsc_sync() on the boot core, which returns false if it cannot be done, and tsc_join()
 * on the new one, which then does not return.
 */
bool tsc_sync(unsigned core);
void tsc_join(void);

#endif
