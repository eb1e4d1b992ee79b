// SPDX-License-Identifier: BSD-2-Clause
/* Instruction decoding: encodings made by an assembler, with their source as names. */
#include "arch/x86/platform/instruction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/platform/fake.h"

#define LOAD      INSTRUCTION_LOAD
#define STORE     INSTRUCTION_STORE
#define STORE_IMM INSTRUCTION_STORE_IMM
#define EXCHANGE  INSTRUCTION_EXCHANGE
#define HIGH      1
#define SIGN      2

#define CODE(bytes) (const uint8_t *)(bytes), sizeof(bytes) - 1

struct encoding {
	const char *text;
	const uint8_t *code;
	unsigned length;
	unsigned bits;
	enum instruction_kind kind;
	unsigned memory_bytes, register_bytes, reg, flags;
	uint64_t immediate;
};

/* clang-format off */
static const struct encoding known[] = {
	{"mov [rdi], eax", CODE("\x89\x07"), 64,
	 STORE, 4, 4, 0, 0, 0x0ull},
	{"mov eax, [rdi]", CODE("\x8b\x07"), 64,
	 LOAD, 4, 4, 0, 0, 0x0ull},
	{"mov ecx, [rax+0x10]", CODE("\x8b\x48\x10"), 64,
	 LOAD, 4, 4, 1, 0, 0x0ull},
	{"mov [rax+0x12345678], edx", CODE("\x89\x90\x78\x56\x34\x12"), 64,
	 STORE, 4, 4, 2, 0, 0x0ull},
	{"mov [rip+0x1000], ebx", CODE("\x89\x1d\x00\x10\x00\x00"), 64,
	 STORE, 4, 4, 3, 0, 0x0ull},
	{"mov r15d, [r12]", CODE("\x45\x8b\x3c\x24"), 64,
	 LOAD, 4, 4, 15, 0, 0x0ull},
	{"mov [r13+0], r8", CODE("\x4d\x89\x45\x00"), 64,
	 STORE, 8, 8, 8, 0, 0x0ull},
	{"mov r9, [r13+r14*8+0x40]", CODE("\x4f\x8b\x4c\xf5\x40"), 64,
	 LOAD, 8, 8, 9, 0, 0x0ull},
	{"mov rsp, [rax]", CODE("\x48\x8b\x20"), 64,
	 LOAD, 8, 8, 4, 0, 0x0ull},
	{"mov ax, [rbx+rcx*2]", CODE("\x66\x8b\x04\x4b"), 64,
	 LOAD, 2, 2, 0, 0, 0x0ull},
	{"mov [rbp], r10w", CODE("\x66\x44\x89\x55\x00"), 64,
	 STORE, 2, 2, 10, 0, 0x0ull},
	{"mov al, [rsi]", CODE("\x8a\x06"), 64,
	 LOAD, 1, 1, 0, 0, 0x0ull},
	{"mov [rsp], ah", CODE("\x88\x24\x24"), 64,
	 STORE, 1, 1, 0, HIGH, 0x0ull},
	{"mov bh, [rdx]", CODE("\x8a\x3a"), 64,
	 LOAD, 1, 1, 3, HIGH, 0x0ull},
	{"mov [rdx], sil", CODE("\x40\x88\x32"), 64,
	 STORE, 1, 1, 6, 0, 0x0ull},
	{"mov r12b, [rdx]", CODE("\x44\x8a\x22"), 64,
	 LOAD, 1, 1, 12, 0, 0x0ull},
	{"mov byte ptr [rax], 0x80", CODE("\xc6\x00\x80"), 64,
	 STORE_IMM, 1, 1, 0, 0, 0xffffffffffffff80ull},
	{"mov word ptr [rax], 0x1234", CODE("\x66\xc7\x00\x34\x12"), 64,
	 STORE_IMM, 2, 2, 0, 0, 0x1234ull},
	{"mov dword ptr [rax+8], 0x89abcdef", CODE("\xc7\x40\x08\xef\xcd\xab\x89"), 64,
	 STORE_IMM, 4, 4, 0, 0, 0xffffffff89abcdefull},
	{"mov qword ptr [r8], -2", CODE("\x49\xc7\x00\xfe\xff\xff\xff"), 64,
	 STORE_IMM, 8, 8, 0, 0, 0xfffffffffffffffeull},
	{"mov dword ptr ds:[0x7ee000b0], 0", CODE("\xc7\x04\x25\xb0\x00\xe0\x7e\x00\x00\x00\x00"), 64,
	 STORE_IMM, 4, 4, 0, 0, 0x0ull},
	{"mov eax, ds:[0x7ee00020]", CODE("\x8b\x04\x25\x20\x00\xe0\x7e"), 64,
	 LOAD, 4, 4, 0, 0, 0x0ull},
	{"mov ds:[rax*8+0x11223344], ecx", CODE("\x89\x0c\xc5\x44\x33\x22\x11"), 64,
	 STORE, 4, 4, 1, 0, 0x0ull},
	{"movabs eax, [0x1122334455667788]", CODE("\xa1\x88\x77\x66\x55\x44\x33\x22\x11"), 64,
	 LOAD, 4, 4, 0, 0, 0x0ull},
	{"movabs [0x1122334455667788], rax", CODE("\x48\xa3\x88\x77\x66\x55\x44\x33\x22\x11"), 64,
	 STORE, 8, 8, 0, 0, 0x0ull},
	{"movabs al, [0x1122334455667788]", CODE("\xa0\x88\x77\x66\x55\x44\x33\x22\x11"), 64,
	 LOAD, 1, 1, 0, 0, 0x0ull},
	{"mov eax, [edi+4]", CODE("\x67\x8b\x47\x04"), 64,
	 LOAD, 4, 4, 0, 0, 0x0ull},
	{"mov fs:[rdi], eax", CODE("\x64\x89\x07"), 64,
	 STORE, 4, 4, 0, 0, 0x0ull},
	{"movzx eax, byte ptr [rdi]", CODE("\x0f\xb6\x07"), 64,
	 LOAD, 1, 4, 0, 0, 0x0ull},
	{"movzx r11d, word ptr [rdi]", CODE("\x44\x0f\xb7\x1f"), 64,
	 LOAD, 2, 4, 11, 0, 0x0ull},
	{"movzx rdx, byte ptr [rdi+1]", CODE("\x48\x0f\xb6\x57\x01"), 64,
	 LOAD, 1, 8, 2, 0, 0x0ull},
	{"movzx cx, byte ptr [rdi]", CODE("\x66\x0f\xb6\x0f"), 64,
	 LOAD, 1, 2, 1, 0, 0x0ull},
	{"movsx eax, byte ptr [rdi]", CODE("\x0f\xbe\x07"), 64,
	 LOAD, 1, 4, 0, SIGN, 0x0ull},
	{"movsx rbp, word ptr [rdi]", CODE("\x48\x0f\xbf\x2f"), 64,
	 LOAD, 2, 8, 5, SIGN, 0x0ull},
	{"movsxd rax, dword ptr [rdi]", CODE("\x48\x63\x07"), 64,
	 LOAD, 4, 8, 0, SIGN, 0x0ull},
	{"movnti [rdi], eax", CODE("\x0f\xc3\x07"), 64,
	 STORE, 4, 4, 0, 0, 0x0ull},
	{"movnti [rdi], rcx", CODE("\x48\x0f\xc3\x0f"), 64,
	 STORE, 8, 8, 1, 0, 0x0ull},
	{"xchg [rax], ecx", CODE("\x87\x08"), 64,
	 EXCHANGE, 4, 4, 1, 0, 0x0ull},
	{"lock xchg [rax], r9", CODE("\xf0\x4c\x87\x08"), 64,
	 EXCHANGE, 8, 8, 9, 0, 0x0ull},
	{"xchg [rax], bl", CODE("\x86\x18"), 64,
	 EXCHANGE, 1, 1, 3, 0, 0x0ull},
	{"mov [edi], eax", CODE("\x89\x07"), 32,
	 STORE, 4, 4, 0, 0, 0x0ull},
	{"mov ecx, [ebp+esi*4-0x80]", CODE("\x8b\x4c\xb5\x80"), 32,
	 LOAD, 4, 4, 1, 0, 0x0ull},
	{"mov eax, ds:[0xfee00020]", CODE("\xa1\x20\x00\xe0\xfe"), 32,
	 LOAD, 4, 4, 0, 0, 0x0ull},
	{"mov ds:[0xfec00000], al", CODE("\xa2\x00\x00\xc0\xfe"), 32,
	 STORE, 1, 1, 0, 0, 0x0ull},
	{"mov word ptr [esp+4], 0x7788", CODE("\x66\xc7\x44\x24\x04\x88\x77"), 32,
	 STORE_IMM, 2, 2, 0, 0, 0x7788ull},
	{"mov [bx+si], edx", CODE("\x67\x89\x10"), 32,
	 STORE, 4, 4, 2, 0, 0x0ull},
	{"mov dl, [bp+0x1234]", CODE("\x67\x8a\x96\x34\x12"), 32,
	 LOAD, 1, 1, 2, 0, 0x0ull},
	{"mov dh, [edx]", CODE("\x8a\x32"), 32,
	 LOAD, 1, 1, 2, HIGH, 0x0ull},
	{"mov [bx], ax", CODE("\x89\x07"), 16,
	 STORE, 2, 2, 0, 0, 0x0ull},
	{"mov eax, [di+0x10]", CODE("\x66\x8b\x45\x10"), 16,
	 LOAD, 4, 4, 0, 0, 0x0ull},
	{"mov ax, ds:[0x1234]", CODE("\xa1\x34\x12"), 16,
	 LOAD, 2, 2, 0, 0, 0x0ull},
	{"mov cx, [bp+0]", CODE("\x8b\x4e\x00"), 16,
	 LOAD, 2, 2, 1, 0, 0x0ull},
	{"mov [eax+ebx*2+8], ecx", CODE("\x67\x66\x89\x4c\x58\x08"), 16,
	 STORE, 4, 4, 1, 0, 0x0ull},
	{"mov dword ptr ds:[0x5678], 0x11223344", CODE("\x66\xc7\x06\x78\x56\x44\x33\x22\x11"), 16,
	 STORE_IMM, 4, 4, 0, 0, 0x11223344ull},
};

static const struct encoding unknown[] = {
	{"mov eax, ecx", CODE("\x89\xc8"), 64, 0, 0, 0, 0, 0, 0},
	{"add [rdi], eax", CODE("\x01\x07"), 64, 0, 0, 0, 0, 0, 0},
	{"rep movsb", CODE("\xf3\xa4"), 64, 0, 0, 0, 0, 0, 0},
	{"movsd", CODE("\xa5"), 64, 0, 0, 0, 0, 0, 0},
	{"stosd", CODE("\xab"), 64, 0, 0, 0, 0, 0, 0},
	{"rep stosq", CODE("\xf3\x48\xab"), 64, 0, 0, 0, 0, 0, 0},
	{"push qword ptr [rax]", CODE("\xff\x30"), 64, 0, 0, 0, 0, 0, 0},
	{"call qword ptr [rax]", CODE("\xff\x10"), 64, 0, 0, 0, 0, 0, 0},
	{"inc dword ptr [rax]", CODE("\xff\x00"), 64, 0, 0, 0, 0, 0, 0},
	{"cmp [rax], ecx", CODE("\x39\x08"), 64, 0, 0, 0, 0, 0, 0},
	{"movups xmm0, [rax]", CODE("\x0f\x10\x00"), 64, 0, 0, 0, 0, 0, 0},
	{"movdqa [rax], xmm1", CODE("\x66\x0f\x7f\x08"), 64, 0, 0, 0, 0, 0, 0},
	{"xchg eax, ecx", CODE("\x91"), 64, 0, 0, 0, 0, 0, 0},
	{"cmpxchg [rdi], ecx", CODE("\x0f\xb1\x0f"), 64, 0, 0, 0, 0, 0, 0},
	{"bt dword ptr [rax], 3", CODE("\x0f\xba\x20\x03"), 64, 0, 0, 0, 0, 0, 0},
	{"nop", CODE("\x90"), 64, 0, 0, 0, 0, 0, 0},
	{"vmovdqu ymm0, [rax]", CODE("\xc5\xfe\x6f\x00"), 64, 0, 0, 0, 0, 0, 0},
	{"movzx eax, cl", CODE("\x0f\xb6\xc1"), 64, 0, 0, 0, 0, 0, 0},
	{"popcnt eax, [rdi]", CODE("\xf3\x0f\xb8\x07"), 64, 0, 0, 0, 0, 0, 0},
	{"arpl [eax], cx", CODE("\x63\x08"), 32, 0, 0, 0, 0, 0, 0},
};
/* clang-format on */

static enum instruction_mode mode_of(const struct encoding *encoding)
{
	return encoding->bits == 64   ? INSTRUCTION_64
	       : encoding->bits == 32 ? INSTRUCTION_32
				      : INSTRUCTION_16;
}

static void check_encoding(const struct encoding *e)
{
	struct instruction got;

	if (instruction_decode(&got, e->code, e->length, mode_of(e)))
		fail_msg("%s: not decoded", e->text);
	if (got.kind != e->kind || got.length != e->length || got.memory_bytes != e->memory_bytes ||
	    got.register_bytes != e->register_bytes ||
	    (got.kind != STORE_IMM && got.reg != e->reg) || got.high_byte != (e->flags == HIGH) ||
	    got.sign_extend != (e->flags == SIGN) || got.immediate != e->immediate)
		fail_msg("%s: decoded wrongly", e->text);
}

static void test_known(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		check_encoding(&known[i]);
}

static void test_followed_by_other_code(void **state)
{
	uint8_t code[INSTRUCTION_BYTES_MOST];
	struct instruction got;

	(void)state;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		memset(code, 0xff, sizeof(code));
		memcpy(code, known[i].code, known[i].length);
		assert_int_equal(instruction_decode(&got, code, sizeof(code), mode_of(&known[i])),
				 0);
		assert_int_equal(got.length, known[i].length);
	}
}

/* Every truncation is refused, and nothing is read behind it (the sanitizer watches). */
static void test_truncated(void **state)
{
	struct instruction got;

	(void)state;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		for (unsigned bytes = 0; bytes < known[i].length; bytes++) {
			uint8_t *code = malloc(bytes ? bytes : 1);

			memcpy(code, known[i].code, bytes);
			assert_int_equal(instruction_decode(&got, code, bytes, mode_of(&known[i])),
					 -ENOTSUP);
			free(code);
		}
	}
}

static void test_unknown(void **state)
{
	struct instruction got;

	(void)state;
	for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		if (instruction_decode(&got, unknown[i].code, unknown[i].length,
				       mode_of(&unknown[i])) != -ENOTSUP)
			fail_msg("%s: decoded", unknown[i].text);
	}
}

static void test_rex_before_prefix_is_void(void **state)
{
	struct instruction got;

	(void)state;
	assert_int_equal(instruction_decode(&got, CODE("\x48\x66\x89\x07"), INSTRUCTION_64), 0);
	assert_int_equal(got.memory_bytes, 2);
	assert_int_equal(got.length, 4);
}

/* Any bytes at all: no crash, and a length within what was there. */
static void test_random_bytes(void **state)
{
	uint8_t code[INSTRUCTION_BYTES_MOST];
	struct instruction got;
	uint32_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		for (unsigned j = 0; j < sizeof(code); j++) {
			seed = seed * 1664525 + 1013904223;
			code[j] = seed >> 24;
		}
		if (instruction_decode(&got, code, sizeof(code), i % 3))
			continue;
		assert_in_range(got.length, 2, sizeof(code));
		assert_in_range(got.reg, 0, 15);
		assert_true(got.memory_bytes <= got.register_bytes);
	}
}

static void test_source(void **state)
{
	uint64_t registers[16] = {[1] = 0x1122334455667788, [9] = 0x99aabbccddeeff00};
	struct instruction i = {.kind = STORE, .memory_bytes = 8, .reg = 9};

	(void)state;
	assert_int_equal(instruction_source(&i, registers), 0x99aabbccddeeff00);
	i.memory_bytes = 4;
	assert_int_equal(instruction_source(&i, registers), 0xddeeff00);
	i = (struct instruction){.kind = STORE, .memory_bytes = 1, .reg = 1, .high_byte = true};
	assert_int_equal(instruction_source(&i, registers), 0x77);
	i = (struct instruction){.kind = STORE_IMM, .memory_bytes = 4, .immediate = -1ull};
	assert_int_equal(instruction_source(&i, registers), 0xffffffff);
}

static uint64_t load(unsigned memory_bytes, unsigned register_bytes, bool high, bool sign)
{
	uint64_t registers[16] = {[2] = 0x1122334455667788};
	struct instruction i = {.memory_bytes = memory_bytes,
				.register_bytes = register_bytes,
				.reg = 2,
				.high_byte = high,
				.sign_extend = sign};

	instruction_finish_load(&i, registers, 0xfedcba9876f4d2c1);
	return registers[2];
}

static void test_finish_load(void **state)
{
	(void)state;
	assert_int_equal(load(1, 1, false, false), 0x11223344556677c1);
	assert_int_equal(load(1, 1, true, false), 0x112233445566c188);
	assert_int_equal(load(2, 2, false, false), 0x112233445566d2c1);
	assert_int_equal(load(4, 4, false, false), 0x76f4d2c1);
	assert_int_equal(load(8, 8, false, false), 0xfedcba9876f4d2c1);
	assert_int_equal(load(1, 4, false, false), 0xc1);
	assert_int_equal(load(2, 8, false, false), 0xd2c1);
	assert_int_equal(load(1, 4, false, true), 0xffffffc1);
	assert_int_equal(load(1, 2, false, true), 0x112233445566ffc1);
	assert_int_equal(load(2, 8, false, true), 0xffffffffffffd2c1);
	assert_int_equal(load(4, 8, false, true), 0x76f4d2c1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_followed_by_other_code),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_rex_before_prefix_is_void),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_finish_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
