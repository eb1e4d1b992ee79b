/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt vectors of the host. The spurious vector is nobody else's, and the 8259s are remapped
 * (and masked) to where a stray interrupt is recognised.
 */
#ifndef SLUICE_ARCH_X86_CPU_VECTORS_H
#define SLUICE_ARCH_X86_CPU_VECTORS_H

#define VECTOR_DB  1
#define VECTOR_NMI 2 /* stops the core when another one panics */
#define VECTOR_UD  6
#define VECTOR_DF  8
#define VECTOR_GP  13
#define VECTOR_PF  14
#define VECTOR_MC  18

#define VECTOR_PIC           0x20 /* 16 vectors */
#define VECTOR_DEVICE_FIRST  0x30
#define VECTOR_DEVICE_LAST   0xdf
#define VECTOR_POSTED_NOTIFY 0xf2 /* posted-interrupt notification */
#define VECTOR_KICK          0xf3
#define VECTOR_TIMER         0xf4
#define VECTOR_SPURIOUS      0xff

#endif
