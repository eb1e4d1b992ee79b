/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting the other cores. */
#ifndef SLUICE_ARCH_X86_CPU_SMP_H
#define SLUICE_ARCH_X86_CPU_SMP_H

/*
 * Starts the cores that acpi_info lists, one after the other, at most CORES_MOST. Each runs
 * `run` on its boot stack with interrupts off, local APIC and timer ready; run must not return.
 * Cores are numbered without gaps, one thread of every core first; one that does not answer is
 * named in the log and left out. What is not used, second threads with smt = no included, is
 * halted for good and named.
 */
void smp_start(void (*run)(void));

#endif
