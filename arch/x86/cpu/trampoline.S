/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where further cores begin: from real mode, at the start of a page below 1 MB that this code was
 * copied to, into long mode. smp.c fills the fields from trampoline_cr3 on.
 */
#define OFFSET(symbol) (symbol - trampoline_start)

	.section .rodata
	.code16
	.balign 16
	.global trampoline_start
trampoline_start:
	cli
	cld
	movl $0, %ebx
	movw %cs, %bx
	movw %bx, %ds
	shll $4, %ebx /* physical address of this page */
	leal OFFSET(trampoline_gdt)(%ebx), %eax
	movl %eax, OFFSET(trampoline_gdt_pointer) + 2
	leal OFFSET(trampoline32)(%ebx), %eax
	movl %eax, OFFSET(trampoline_jump32)
	leal OFFSET(trampoline64)(%ebx), %eax
	movl %eax, OFFSET(trampoline_jump64)
	lgdtl OFFSET(trampoline_gdt_pointer)
	movl %cr0, %eax
	andl $0x9fffffff, %eax /* caches on: CR0.CD, CR0.NW clear */
	orl $1, %eax           /* CR0.PE */
	movl %eax, %cr0
	ljmpl *OFFSET(trampoline_jump32)

	.code32
trampoline32:
	movl $16, %eax
	movl %eax, %ds
	movl %cr4, %eax
	orl $0x20, %eax /* CR4.PAE */
	movl %eax, %cr4
	movl OFFSET(trampoline_cr3)(%ebx), %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx /* IA32_EFER: LME, and NXE where smp.c says so */
	rdmsr
	orl OFFSET(trampoline_efer)(%ebx), %eax
	wrmsr
	movl %cr0, %eax
	orl $0x80000000, %eax /* CR0.PG */
	movl %eax, %cr0
	ljmpl *OFFSET(trampoline_jump64)(%ebx)

	.code64
trampoline64:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	/* A core that comes after its time-out, or is not to be used, finds the ticket gone. */
	movl $1, %eax
	xorl %ecx, %ecx
	movq OFFSET(trampoline_start_data)(%rbx), %rdx /* struct core_start of smp.c */
	lock
	cmpxchgl %ecx, (%rdx)
	jne 1f
	movq 8(%rdx), %rsp
	movq 16(%rdx), %rdi
	xorl %ebp, %ebp
	call *24(%rdx)
1:	jmp *32(%rdx)

	.balign 8
trampoline_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 64-bit code */
	.quad 0x00cf93000000ffff /* data */
	.quad 0x00cf9b000000ffff /* 32-bit code */
trampoline_gdt_pointer:
	.short 31
	.long 0
	.balign 4
trampoline_jump32:
	.long 0
	.short 24
	.balign 4
trampoline_jump64:
	.long 0
	.short 8

	.balign 8
	.global trampoline_fields
trampoline_fields:
trampoline_cr3:
	.quad 0
trampoline_efer:
	.quad 0
trampoline_start_data:
	.quad 0
	.global trampoline_end
trampoline_end:
	.section .note.GNU-stack, "", @progbits
