/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU on VT-x, as the emulated platform sees it while it handles an exit on the vCPU's core. */
#ifndef SLUICE_ARCH_X86_VMX_VCPU_H
#define SLUICE_ARCH_X86_VMX_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/vm.h"

/* General registers in the order of their encoding (SDM volume 2, table 2-2). */
enum vcpu_register {
	VCPU_RAX,
	VCPU_RCX,
	VCPU_RDX,
	VCPU_RBX,
	VCPU_RSP,
	VCPU_RBP,
	VCPU_RSI,
	VCPU_RDI,
	VCPU_R8,
	VCPU_R9,
	VCPU_R10,
	VCPU_R11,
	VCPU_R12,
	VCPU_R13,
	VCPU_R14,
	VCPU_R15,
	VCPU_REGISTERS
};

/* The registers saved at the exit; changes take effect at the next entry. RSP included. */
uint64_t *vcpu_registers(struct vcpu *vcpu);

/* What address translation and instruction decoding depend on. */
struct vcpu_mode {
	uint64_t rip, rflags, cr0, cr3, cr4, efer;
	uint64_t cs_base;
	bool code64; /* CS.L with EFER.LMA */
	bool code32; /* CS.D */
	unsigned cpl;
};
void vcpu_get_mode(struct vcpu *vcpu, struct vcpu_mode *mode);

/* Length of the instruction that exited, 0 where the processor gives none. */
unsigned vcpu_exit_instruction_bytes(struct vcpu *vcpu);

/* Advances RIP past bytes of instruction (1 to 15). */
void vcpu_skip_instruction(struct vcpu *vcpu, unsigned bytes);

/* Exceptions for the guest at its next entry (SDM volume 3, "Event Injection"). */
void vcpu_inject_ud(struct vcpu *vcpu);
void vcpu_inject_gp(struct vcpu *vcpu);

/* State in which a vCPU starts: 64-bit mode, interrupts off, flat segments. */
struct vcpu_start {
	uint64_t rip, rsp, rsi;
	uint64_t cr3;
	uint64_t pae_cr3;  /* of vCPUs but the first: for PAE paging, maps the same */
	uint64_t gdt_base; /* entries: null, null, 64-bit code 0x10, data 0x18 */
	uint16_t gdt_limit;
};

/*
 * Starts vcpu, or starts it anew whatever it does, in that state at rip, on a processor that cannot
 * start it in real mode. From any core.
 */
void vcpu_wake_up(struct vcpu *vcpu, uint64_t rip);

#endif
