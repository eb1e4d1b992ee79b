/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Non-maskable interrupts: the button or the BMC's "diagnostic interrupt", which shows where all
 * cores are; errors that the chipset reports, which are fatal; and those by which cores ask others.
 */
#ifndef SLUICE_ARCH_X86_CPU_NMI_H
#define SLUICE_ARCH_X86_CPU_NMI_H

#include <stdint.h>

struct trap_frame;

/* The handler of vector 2. */
void nmi_handle(const struct trap_frame *frame);

/* Takes the NMI that ended the run of vCPU number vcpu of that VM at guest address rip. */
void nmi_handle_of_guest(const char *vm, unsigned vcpu, uint64_t rip);

#endif
