/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest state that stays in the core's registers across exits: FPU and vectors, debug registers,
 * CR2, and MSRs that only SYSCALL and user code use. The hypervisor touches none of it (it is
 * compiled for general registers only), so it is switched only when another vCPU is entered on
 * the core.
 */
#ifndef SLUICE_ARCH_X86_VMX_CONTEXT_H
#define SLUICE_ARCH_X86_VMX_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#define CONTEXT_MSRS 6

struct vmx_context {
	void *fpu; /* XSAVE area (FXSAVE area without XSAVE), 64-byte aligned */
	size_t fpu_bytes;
	uint64_t xcr0;
	uint64_t cr2;
	uint64_t dr[4], dr6;
	uint64_t msr[CONTEXT_MSRS];
};

/* State after reset. Returns 0 or -ENOMEM. */
int context_init(struct vmx_context *context);
void context_destroy(struct vmx_context *context);

/* Loads context into this core, after saving the one that is there. Interrupts off. */
void context_load(struct vmx_context *context);

/* Forgets context on this core, without saving it. */
void context_drop(struct vmx_context *context);

/* The core's XCR0, for the context loaded in it. */
void context_set_xcr0(struct vmx_context *context, uint64_t value);

#endif
