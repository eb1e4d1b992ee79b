/* SPDX-License-Identifier: BSD-2-Clause */
/* Control registers (SDM volume 3, "Control Registers"), and the debug status register. */
#ifndef SLUICE_ARCH_X86_CPU_CR_H
#define SLUICE_ARCH_X86_CPU_CR_H

#include <stdint.h>

#define CR0_PE (1ull << 0)
#define CR0_MP (1ull << 1)
#define CR0_EM (1ull << 2)
#define CR0_TS (1ull << 3)
#define CR0_ET (1ull << 4)
#define CR0_NE (1ull << 5)
#define CR0_WP (1ull << 16)
#define CR0_AM (1ull << 18)
#define CR0_NW (1ull << 29)
#define CR0_CD (1ull << 30)
#define CR0_PG (1ull << 31)

#define CR4_PAE        (1ull << 5)
#define CR4_MCE        (1ull << 6)
#define CR4_PGE        (1ull << 7)
#define CR4_OSFXSR     (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define CR4_LA57       (1ull << 12)
#define CR4_VMXE       (1ull << 13)
#define CR4_OSXSAVE    (1ull << 18)

#define CR_ACCESSORS(name)                                                        \
	static inline uint64_t name##_read(void)                                  \
	{                                                                         \
		uint64_t value;                                                   \
                                                                                  \
		__asm__ volatile("movq %%" #name ", %0" : "=r"(value)::"memory"); \
		return value;                                                     \
	}                                                                         \
	static inline void name##_write(uint64_t value)                           \
	{                                                                         \
		__asm__ volatile("movq %0, %%" #name ::"r"(value) : "memory");    \
	}

CR_ACCESSORS(cr0)
CR_ACCESSORS(cr2)
CR_ACCESSORS(cr3)
CR_ACCESSORS(cr4)
CR_ACCESSORS(dr6)

#endif
