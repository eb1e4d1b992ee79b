/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the bare guests, their interrupt stubs, and where further vCPUs start. */
#define STACK_BYTES 16384

	.section .text.start, "ax"
	.global _start
_start:
	leaq stack_end(%rip), %rsp
	movq %rsi, %rdi
	xorl %ebp, %ebp
	call bare_start
1:	hlt
	jmp 1b

	.text
	.global bare_stubs
	.balign 16
bare_stubs:
	.set vector, 0
	.rept 32
	.balign 16
	.if !((0x00227d00 >> vector) & 1)	/* exceptions without an error code */
	pushq $0
	.endif
	pushq $vector
	jmp common
	.set vector, vector + 1
	.endr
	.rept 224
	.balign 16
	pushq $0
	pushq $vector
	jmp common
	.set vector, vector + 1
	.endr

common:
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	cld
	movq %rsp, %rdi
	call bare_trap
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp
	iretq

/*
 * Real mode to 64-bit mode, copied to low memory and started there by a start-up IPI. The words
 * at its end are filled in before.
 */
	.global bare_trampoline
	.balign 16
	.code16
bare_trampoline:
	cli
	movw %cs, %ax
	movw %ax, %ds
	lgdtl trampoline_gdtr - bare_trampoline
	movl $0x20, %eax
	movl %eax, %cr4
	movl trampoline_cr3 - bare_trampoline, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax
	wrmsr
	movl $0x80000011, %eax
	movl %eax, %cr0
	ljmpl *(trampoline_entry - bare_trampoline)
	.balign 8
trampoline_gdtr:
	.word 39
	.quad 0
trampoline_cr3:
	.long 0
trampoline_entry:
	.long 0
	.word 0x10
	.balign 8
trampoline_gdt:
	.quad 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff
bare_trampoline_end:
	.code64
	.global bare_trampoline_bytes, bare_trampoline_gdtr, bare_trampoline_gdt, bare_trampoline_cr3, bare_trampoline_entry
	.set bare_trampoline_bytes, bare_trampoline_end - bare_trampoline
	.set bare_trampoline_gdtr, trampoline_gdtr - bare_trampoline
	.set bare_trampoline_gdt, trampoline_gdt - bare_trampoline
	.set bare_trampoline_cr3, trampoline_cr3 - bare_trampoline
	.set bare_trampoline_entry, trampoline_entry - bare_trampoline

/*
 * What the wake-up mailbox starts, in 64-bit mode: by 32-bit mode without paging, as Linux does, and
 * on as if started in real mode. Goes no further if a register does not read as it was written.
 */
	.set low, 0x8000	/* where the trampoline is */
	.global bare_wake_up
bare_wake_up:
	lgdt low + trampoline_gdtr - bare_trampoline
	ljmpl *wake_up_compatibility(%rip)
	.code32
3:	movw $0x18, %ax
	movw %ax, %ds
	movl $0x11, %eax
	movl %eax, %cr0
	movl $0x12345000, %eax
	movl %eax, %cr3
	movl %cr3, %ebx
	cmpl %eax, %ebx
	jne 5f
	movl $0x80, %eax	/* PGE, not PAE */
	movl %eax, %cr4
	movl %cr4, %ebx
	cmpl %eax, %ebx
	jne 5f
	movl $0x20, %eax
	movl %eax, %cr4
	movl low + trampoline_cr3 - bare_trampoline, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	xorl %edx, %edx
	xorl %eax, %eax
	wrmsr
	rdmsr
	testl %eax, %eax
	jne 5f
	orl $0x100, %eax
	wrmsr
	rdmsr
	cmpl $0x100, %eax
	jne 5f
	movl $0x80000011, %eax
	movl %eax, %cr0
	ljmpl *(low + trampoline_entry - bare_trampoline)
5:	hlt
	jmp 5b
	.balign 8
wake_up_compatibility:
	.long 3b
	.word 0x20
	.code64

	.global bare_further
bare_further:
	movw $0x18, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $1, %eax
	cpuid
	movl %ebx, %edi
	shrl $24, %edi		/* the APIC id, which numbers the stacks */
	movl %edi, %eax
	shlq $14, %rax
	leaq further_stacks(%rip), %rsp
	addq %rax, %rsp
	xorl %ebp, %ebp
	call bare_further_start
2:	hlt
	jmp 2b

	.bss
	.balign 16
	.skip STACK_BYTES
stack_end:
further_stacks:
	.skip STACK_BYTES * 15	/* those of vCPUs 1 to 15 end at multiples of STACK_BYTES */

	.section .note.GNU-stack, "", @progbits
