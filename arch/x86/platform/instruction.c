// SPDX-License-Identifier: BSD-2-Clause
/*
 * Decodes MOV in its forms, MOVZX, MOVSX, MOVSXD, MOVNTI and XCHG with a memory operand. The
 * operand's address is known from the exit: of the addressing modes only the length matters.
 */
#include "arch/x86/platform/instruction.h"

#include "kernel/errno.h"
#include "kernel/string.h"

/* What follows an opcode. */
enum form {
	FORM_MODRM,     /* register in ModRM.reg */
	FORM_IMMEDIATE, /* ModRM.reg must be 0, immediate of operand size, at most 4 bytes */
	FORM_OFFSET     /* accumulator and an address of address size */
};

struct opcode {
	uint16_t code; /* 0x0fxx: two bytes */
	uint8_t kind;  /* enum instruction_kind */
	uint8_t form;
	uint8_t memory_bytes; /* 0: operand size */
	uint8_t register_is_byte;
	uint8_t sign_extend;
};

static const struct opcode opcodes[] = {
	{0x88, INSTRUCTION_STORE, FORM_MODRM, 1, 1, 0},         /* MOV r/m8, r8 */
	{0x89, INSTRUCTION_STORE, FORM_MODRM, 0, 0, 0},         /* MOV r/m, r */
	{0x8a, INSTRUCTION_LOAD, FORM_MODRM, 1, 1, 0},          /* MOV r8, r/m8 */
	{0x8b, INSTRUCTION_LOAD, FORM_MODRM, 0, 0, 0},          /* MOV r, r/m */
	{0xa0, INSTRUCTION_LOAD, FORM_OFFSET, 1, 1, 0},         /* MOV AL, moffs8 */
	{0xa1, INSTRUCTION_LOAD, FORM_OFFSET, 0, 0, 0},         /* MOV rAX, moffs */
	{0xa2, INSTRUCTION_STORE, FORM_OFFSET, 1, 1, 0},        /* MOV moffs8, AL */
	{0xa3, INSTRUCTION_STORE, FORM_OFFSET, 0, 0, 0},        /* MOV moffs, rAX */
	{0xc6, INSTRUCTION_STORE_IMM, FORM_IMMEDIATE, 1, 1, 0}, /* MOV r/m8, imm8 */
	{0xc7, INSTRUCTION_STORE_IMM, FORM_IMMEDIATE, 0, 0, 0}, /* MOV r/m, imm */
	{0x86, INSTRUCTION_EXCHANGE, FORM_MODRM, 1, 1, 0},      /* XCHG r/m8, r8 */
	{0x87, INSTRUCTION_EXCHANGE, FORM_MODRM, 0, 0, 0},      /* XCHG r/m, r */
	{0x0fb6, INSTRUCTION_LOAD, FORM_MODRM, 1, 0, 0},        /* MOVZX r, r/m8 */
	{0x0fb7, INSTRUCTION_LOAD, FORM_MODRM, 2, 0, 0},        /* MOVZX r, r/m16 */
	{0x0fbe, INSTRUCTION_LOAD, FORM_MODRM, 1, 0, 1},        /* MOVSX r, r/m8 */
	{0x0fbf, INSTRUCTION_LOAD, FORM_MODRM, 2, 0, 1},        /* MOVSX r, r/m16 */
	{0x0fc3, INSTRUCTION_STORE, FORM_MODRM, 0, 0, 0},       /* MOVNTI m, r */
	{0x63, INSTRUCTION_LOAD, FORM_MODRM, 4, 0, 1},          /* MOVSXD r, r/m32; 64-bit mode */
};

#define REX_W 8
#define REX_R 4

#define OPCODE_MOVNTI 0x0fc3
#define OPCODE_MOVSXD 0x63

struct decoder {
	const uint8_t *code;
	unsigned available, next;
	enum instruction_mode mode;
	bool operand_prefix, address_prefix, repeat_prefix, truncated;
	bool has_rex;
	uint8_t rex;
	uint16_t opcode;
};

static uint8_t next_byte(struct decoder *d)
{
	if (d->next >= d->available) {
		d->truncated = true;
		return 0;
	}
	return d->code[d->next++];
}

/* Reads bytes (1, 2, 4 or 8) of immediate or displacement, sign-extended to 64 bits. */
static uint64_t next_signed(struct decoder *d, unsigned bytes)
{
	uint64_t value = 0;
	unsigned unused = 64 - 8 * bytes;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)next_byte(d) << 8 * i;
	return (uint64_t)((int64_t)(value << unused) >> unused);
}

/* Takes a legacy prefix (SDM volume 2, section 2.1.1). False: the byte is none. */
static bool take_prefix(struct decoder *d, uint8_t byte)
{
	switch (byte) {
	case 0x66:
		d->operand_prefix = true;
		return true;
	case 0x67:
		d->address_prefix = true;
		return true;
	case 0xf2:
	case 0xf3:
		d->repeat_prefix = true;
		return true;
	case 0x26: /* segments */
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0xf0: /* LOCK, for XCHG */
		return true;
	default:
		return false;
	}
}

static void decode_opcode(struct decoder *d)
{
	uint8_t byte = next_byte(d);

	/* A REX prefix counts only right before the opcode. */
	while (!d->truncated) {
		bool is_rex = d->mode == INSTRUCTION_64 && (byte & 0xf0) == 0x40;

		if (!is_rex && !take_prefix(d, byte))
			break;
		d->has_rex = is_rex;
		d->rex = is_rex ? byte : 0;
		byte = next_byte(d);
	}
	d->opcode = byte;
	if (byte == 0x0f)
		d->opcode = 0x0f00 | next_byte(d);
}

static const struct opcode *find_opcode(const struct decoder *d)
{
	for (unsigned i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		if (opcodes[i].code != d->opcode)
			continue;
		if (d->opcode == OPCODE_MOVSXD && d->mode != INSTRUCTION_64)
			return NULL;
		return &opcodes[i];
	}
	return NULL;
}

static unsigned operand_bytes(const struct decoder *d)
{
	if (d->rex & REX_W)
		return 8;
	return (d->mode == INSTRUCTION_16) == d->operand_prefix ? 4 : 2;
}

static unsigned address_bytes(const struct decoder *d)
{
	if (d->mode == INSTRUCTION_64)
		return d->address_prefix ? 4 : 8;
	return (d->mode == INSTRUCTION_16) == d->address_prefix ? 4 : 2;
}

/* Skips SIB and displacement (SDM volume 2, tables 2-1 to 2-3). False: a register operand. */
static bool skip_address(struct decoder *d, uint8_t modrm)
{
	unsigned mod = modrm >> 6, rm = modrm & 7;
	bool is_16 = address_bytes(d) == 2;
	unsigned displacement = 0;

	if (mod == 3)
		return false;
	if (!is_16 && rm == 4) {
		uint8_t sib = next_byte(d);

		if (mod == 0 && (sib & 7) == 5)
			displacement = 4;
	}
	if (mod == 0 && rm == (is_16 ? 6 : 5))
		displacement = is_16 ? 2 : 4;
	if (mod == 1)
		displacement = 1;
	if (mod == 2)
		displacement = is_16 ? 2 : 4;
	if (displacement)
		next_signed(d, displacement);
	return true;
}

static int decode_operands(struct decoder *d, const struct opcode *opcode,
			   struct instruction *instruction)
{
	uint8_t modrm;

	if (opcode->form == FORM_OFFSET) {
		for (unsigned i = address_bytes(d); i > 0; i--)
			next_byte(d);
		return 0;
	}
	modrm = next_byte(d);
	if (!skip_address(d, modrm))
		return -ENOTSUP;
	instruction->reg = (modrm >> 3 & 7) | (d->rex & REX_R ? 8 : 0);
	if (opcode->form == FORM_IMMEDIATE) {
		unsigned bytes = instruction->memory_bytes;

		if (instruction->reg & 7)
			return -ENOTSUP;
		instruction->immediate = next_signed(d, bytes < 4 ? bytes : 4);
	}
	/* Without REX, byte registers 4 to 7 are the high bytes of the first four. */
	if (opcode->form == FORM_MODRM && opcode->register_is_byte && !d->has_rex &&
	    instruction->reg >= 4) {
		instruction->high_byte = true;
		instruction->reg -= 4;
	}
	return 0;
}

int instruction_decode(struct instruction *instruction, const uint8_t *code, unsigned available,
		       enum instruction_mode mode)
{
	struct decoder d = {.code = code, .available = available, .mode = mode};
	const struct opcode *opcode;

	memset(instruction, 0, sizeof(*instruction));
	decode_opcode(&d);
	opcode = find_opcode(&d);
	if (d.truncated || !opcode)
		return -ENOTSUP;
	/* With a repeat prefix these opcodes mean something else, or nothing we know of. */
	if (d.repeat_prefix && opcode->kind != INSTRUCTION_EXCHANGE)
		return -ENOTSUP;
	if (d.opcode == OPCODE_MOVNTI && d.operand_prefix)
		return -ENOTSUP;
	instruction->kind = opcode->kind;
	instruction->sign_extend = opcode->sign_extend;
	instruction->memory_bytes = opcode->memory_bytes ? opcode->memory_bytes : operand_bytes(&d);
	instruction->register_bytes = opcode->register_is_byte ? 1 : operand_bytes(&d);
	if (instruction->memory_bytes > instruction->register_bytes)
		instruction->memory_bytes = instruction->register_bytes;
	if (decode_operands(&d, opcode, instruction) || d.truncated)
		return -ENOTSUP;
	instruction->length = d.next;
	return 0;
}

static uint64_t low_bytes(uint64_t value, unsigned bytes)
{
	return bytes == 8 ? value : value & ((1ull << 8 * bytes) - 1);
}

uint64_t instruction_source(const struct instruction *instruction, const uint64_t *registers)
{
	uint64_t value = instruction->kind == INSTRUCTION_STORE_IMM ? instruction->immediate
								    : registers[instruction->reg];

	if (instruction->high_byte)
		value >>= 8;
	return low_bytes(value, instruction->memory_bytes);
}

void instruction_finish_load(const struct instruction *instruction, uint64_t *registers,
			     uint64_t value)
{
	uint64_t *reg = &registers[instruction->reg];
	unsigned unused = 64 - 8 * instruction->memory_bytes;

	value = low_bytes(value, instruction->memory_bytes);
	if (instruction->sign_extend)
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	switch (instruction->register_bytes) {
	case 1:
		if (instruction->high_byte)
			*reg = (*reg & ~0xff00ull) | value << 8;
		else
			*reg = (*reg & ~0xffull) | value;
		break;
	case 2:
		*reg = (*reg & ~0xffffull) | (value & 0xffff);
		break;
	case 4:
		*reg = (uint32_t)value;
		break;
	default:
		*reg = value;
		break;
	}
}
