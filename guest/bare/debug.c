/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug exceptions: single steps, also over instructions that the hypervisor emulates and behind
 * STI and MOV SS, which hold something back; INT1; and a debug register that is guarded.
 */
#include "guest/bare/bare.h"

#define VECTOR_DB 1
#define DR6_BD    (1ul << 13)
#define DR6_BS    (1ul << 14)
#define DR6_CLEAR 0xffff0ff0ul
#define DR7_GUARD (1ul << 13 | 0x400)
#define RFLAGS_TF (1ul << 8)
#define TOO_MANY  10 /* the same one again and again */

/* What the handler saw. */
static volatile unsigned count;
static volatile uint64_t first_rip, first_dr6;

/* Ends the stepping. */
static bool handle_debug(struct trap_frame *frame)
{
	uint64_t dr6;

	if (frame->vector != VECTOR_DB)
		return false;
	__asm__ volatile("movq %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("movq %0, %%dr6" ::"r"(DR6_CLEAR));
	if (count++ == 0) {
		first_rip = frame->rip;
		first_dr6 = dr6;
	}
	frame->rflags &= ~RFLAGS_TF;
	if (count == TOO_MANY) {
		print("FAIL #DB again and again at %lx\n", frame->rip);
		power_off();
	}
	return true;
}

static void expect(uint64_t rip, uint64_t dr6, const char *name)
{
	bool fine = count == 1 && first_rip == rip && (first_dr6 & dr6) == dr6;

	check(fine, name);
	if (!fine)
		print("%u #DB, the first with RIP %lx (expected %lx) and DR6 %lx\n", count,
		      first_rip, rip, first_dr6);
}

/*
 * Runs code, ESI having SS, with RFLAGS.TF set by the instruction before it. Expects one #DB, with
 * these bits of DR6, to return to label 1 of the code.
 */
#define STEP(code, dr6, name)                                                                    \
	do {                                                                                     \
		uint64_t expected;                                                               \
                                                                                                 \
		count = 0;                                                                       \
		__asm__ volatile("movl %%ss, %%esi\n\t"                                          \
				 "xorl %%eax, %%eax\n\t"                                         \
				 "leaq 1f(%%rip), %0\n\t"                                        \
				 "pushfq\n\t"                                                    \
				 "orq $0x100, (%%rsp)\n\t"                                       \
				 "popfq\n\t" code "\n\tnop"                                      \
				 : "=&r"(expected)::"rax", "rbx", "rcx", "rdx", "rsi", "memory", \
				   "cc");                                                        \
		expect(expected, dr6, name);                                                     \
	} while (0)

static void test_steps(void)
{
	STEP("nop; 1:", DR6_BS, "a step over NOP");
	STEP("nop; 1: cpuid", DR6_BS, "a step before CPUID");
	STEP("cpuid; 1:", DR6_BS, "a step over CPUID, which is emulated");
	STEP("inb $0x80, %%al; 1:", DR6_BS, "a step over IN, which is, too");
	STEP("sti; 1: cli", DR6_BS, "a step over STI");
	STEP("movl %%esi, %%ss; nop; 1:", DR6_BS, "a step over MOV SS and what is behind it");
	STEP("movl %%esi, %%ss; cpuid; 1:", DR6_BS, "the same with CPUID behind it");
}

static void test_int1(void)
{
	uint64_t expected;

	count = 0;
	__asm__ volatile("leaq 1f(%%rip), %0; .byte 0xf1; 1: nop" : "=&r"(expected)::"memory");
	expect(expected, 0, "INT1: its handler returns behind it");
	STEP("movl %%esi, %%ss; .byte 0xf1; 1:", 0, "INT1 behind MOV SS, while stepping");
}

static void test_guard(void)
{
	__asm__ volatile("movq %0, %%dr7" ::"r"(DR7_GUARD));
	STEP("movl %%esi, %%ss; 1: movq %%rax, %%dr0", DR6_BD,
	     "MOV DR behind MOV SS, while stepping and guarded");
}

void test(void)
{
	on_exception = handle_debug;
	test_steps();
	test_int1();
	test_guard();
}
