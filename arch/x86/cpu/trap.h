/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions and interrupts as they arrive from the IDT. */
#ifndef SLUICE_ARCH_X86_CPU_TRAP_H
#define SLUICE_ARCH_X86_CPU_TRAP_H

#define TRAP_STUB_BYTES 16

#ifndef __ASSEMBLER__
#include <stdint.h>

/* What trap.S saves; from error_code on in the processor's order (SDM volume 3, figure 6-9). */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* One entry point of TRAP_STUB_BYTES per vector. */
extern const uint8_t trap_stubs[];

/* Called by trap.S with interrupts off. */
void trap_handle(struct trap_frame *frame);

/* Fills frame with the registers of the caller (vector and error code 0). */
void trap_capture(struct trap_frame *frame);

/* The instruction of msr_probe() that may fault, and where it goes on then. */
extern const uint8_t msr_probe_read[], msr_probe_fault[];

#endif

#endif
