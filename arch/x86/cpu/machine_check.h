/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine checks (SDM volume 3, "Machine-Check Architecture"). */
#ifndef SLUICE_ARCH_X86_CPU_MACHINE_CHECK_H
#define SLUICE_ARCH_X86_CPU_MACHINE_CHECK_H

/*
 * On each core, before it runs guests: logs and clears what its banks hold from before, and lets
 * every bank report uncorrected errors by #MC. Without the architecture (CPUID) it does nothing.
 */
void machine_check_init_core(void);

/*
 * On a core that has taken #MC, or is stopped because another one panics: keeps what its banks say
 * for machine_check_print(). Takes no lock.
 */
void machine_check_record(void);

/* Prints what the cores have recorded, on the console. */
void machine_check_print(void);

#endif
