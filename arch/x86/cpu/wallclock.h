/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of day: of the machine's real-time clock at boot, kept by the TSC from then on. */
#ifndef SLUICE_ARCH_X86_CPU_WALLCLOCK_H
#define SLUICE_ARCH_X86_CPU_WALLCLOCK_H

#include <stdint.h>

/*
 * Reads the machine's real-time clock, to a second. Without one, or if it tells no time, says so in
 * the log, and the time begins with 2000-01-01. Once, when ticks_now() counts.
 */
void wallclock_init(void);

/* Microseconds since 1970-01-01 00:00, of what zone the machine's clock has. From any core. */
uint64_t wallclock_us(void);

#endif
