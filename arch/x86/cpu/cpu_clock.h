/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the firmware lets the processor run. */
#ifndef SLUICE_ARCH_X86_CPU_CPU_CLOCK_H
#define SLUICE_ARCH_X86_CPU_CPU_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid;

/*
 * Logs the clock ratios of this core, now and without turbo, whether turbo and C1E are on, and a
 * warning if the core is slower than it could be. Changes nothing.
 */
void cpu_clock_report(struct cpuid (*cpuid)(uint32_t leaf, uint32_t subleaf),
		      bool (*msr)(uint32_t msr, uint64_t *value));

#endif
