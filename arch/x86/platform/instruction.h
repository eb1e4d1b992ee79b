/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes the instructions that guests use on device registers (SDM volume 2). */
#ifndef SLUICE_ARCH_X86_PLATFORM_INSTRUCTION_H
#define SLUICE_ARCH_X86_PLATFORM_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

#define INSTRUCTION_BYTES_MOST 15

enum instruction_mode {
	INSTRUCTION_16,
	INSTRUCTION_32,
	INSTRUCTION_64
};

enum instruction_kind {
	INSTRUCTION_LOAD,      /* register = memory */
	INSTRUCTION_STORE,     /* memory = register */
	INSTRUCTION_STORE_IMM, /* memory = immediate */
	INSTRUCTION_EXCHANGE   /* both ways */
};

struct instruction {
	enum instruction_kind kind;
	unsigned length;         /* in bytes */
	unsigned memory_bytes;   /* size of the memory operand: 1, 2, 4 or 8 */
	unsigned register_bytes; /* size of the register operand, at least memory_bytes */
	unsigned reg;            /* number of the register, 0 to 15 */
	bool high_byte;          /* AH, CH, DH or BH: bits 15:8 of register reg */
	bool sign_extend;        /* loads: memory_bytes to register_bytes */
	uint64_t immediate;
};

/*
 * Decodes the instruction at code, of which `available` bytes (0 to INSTRUCTION_BYTES_MOST) could
 * be read. Returns 0, or -ENOTSUP: none of those we know, or not all of it is there.
 */
int instruction_decode(struct instruction *instruction, const uint8_t *code, unsigned available,
		       enum instruction_mode mode);

/* Value that a store or an exchange writes to memory. registers: 16, in encoding order. */
uint64_t instruction_source(const struct instruction *instruction, const uint64_t *registers);

/* Puts what a load or an exchange read from memory into its register. */
void instruction_finish_load(const struct instruction *instruction, uint64_t *registers,
			     uint64_t value);

#endif
