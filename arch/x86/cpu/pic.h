/* SPDX-License-Identifier: BSD-2-Clause */
/* The two 8259 interrupt controllers, which the hypervisor does not use. */
#ifndef SLUICE_ARCH_X86_CPU_PIC_H
#define SLUICE_ARCH_X86_CPU_PIC_H

/* Moves their vectors away from the exceptions and masks them. */
void pic_disable(void);

#endif
