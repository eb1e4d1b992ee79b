/* SPDX-License-Identifier: BSD-2-Clause */
/* park_core(): see park.h. All may use one stack, as no handler returns. */
#define CR4_MCE     0x40
#define STACK_BYTES 512
#define IDT_LIMIT   (19 * 16 - 1)	/* up to #MC */

	.text
	.global park_core, park_halt
	.type park_core, @function
park_core:
	cli
	leaq stack_end(%rip), %rsp
	lgdt gdt_pointer(%rip)
	lidt idt_pointer(%rip)
	movq %cr4, %rax
	orq $CR4_MCE, %rax
	movq %rax, %cr4
	lock
	incl parked_cores(%rip)
park_halt:	/* the handler of NMI and #MC, too: descriptors.c */
	hlt
	jmp park_halt
	.size park_core, . - park_core

	.section .rodata
	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 64-bit code */
	.quad 0x00cf93000000ffff	/* data */
gdt_pointer:
	.short 23
	.quad gdt
idt_pointer:
	.short IDT_LIMIT
	.quad park_idt

	.bss
	.balign 16
	.skip STACK_BYTES
stack_end:
	.global parked_cores
parked_cores:
	.long 0
	.section .note.GNU-stack, "", @progbits
