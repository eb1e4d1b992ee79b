/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where logical processors wait that are not used. A machine check reaches them, too, as processors
 * broadcast it; one with CR4.MCE clear, as after INIT, answers it by shutting the machine down.
 */
#ifndef SLUICE_ARCH_X86_CPU_PARK_H
#define SLUICE_ARCH_X86_CPU_PARK_H

#include <stdint.h>

/*
 * Halts this core for good, with CR4.MCE set; NMIs and machine checks leave it halted. In 64-bit
 * mode with the hypervisor's page tables, after idt_init(); parked cores share a stack and tables.
 */
_Noreturn void park_core(void);

/* How many cores are parked; atomically incremented. */
extern uint32_t parked_cores;

#endif
