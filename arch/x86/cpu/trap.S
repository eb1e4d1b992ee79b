/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry points of the IDT, and a register snapshot for panics. */
#include "arch/x86/cpu/trap.h"

/* Exceptions that push an error code: DF TS NP SS GP PF AC CP. */
#define ERROR_CODE_VECTORS 0x00227d00

	.text
	.balign TRAP_STUB_BYTES
	.global trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign TRAP_STUB_BYTES
	.set has_error_code, 0
	.if vector < 32
	.set has_error_code, (ERROR_CODE_VECTORS >> vector) & 1
	.endif
	.if !has_error_code
	pushq $0
	.endif
	pushq $vector
	jmp trap_entry
	.set vector, vector + 1
	.endr

trap_entry:
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
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
	call trap_handle
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

	.global trap_capture
trap_capture:
	movq %r15, (%rdi)
	movq %r14, 8(%rdi)
	movq %r13, 16(%rdi)
	movq %r12, 24(%rdi)
	movq %r11, 32(%rdi)
	movq %r10, 40(%rdi)
	movq %r9, 48(%rdi)
	movq %r8, 56(%rdi)
	movq %rbp, 64(%rdi)
	movq %rdi, 72(%rdi)
	movq %rsi, 80(%rdi)
	movq %rdx, 88(%rdi)
	movq %rcx, 96(%rdi)
	movq %rbx, 104(%rdi)
	movq %rax, 112(%rdi)
	movq $0, 120(%rdi)
	movq $0, 128(%rdi)
	movq (%rsp), %rax
	movq %rax, 136(%rdi)
	xorl %eax, %eax
	movl %cs, %eax
	movq %rax, 144(%rdi)
	pushfq
	popq 152(%rdi)
	leaq 8(%rsp), %rax
	movq %rax, 160(%rdi)
	xorl %eax, %eax
	movl %ss, %eax
	movq %rax, 168(%rdi)
	movq 112(%rdi), %rax
	ret

	.global msr_probe, msr_probe_read, msr_probe_fault
msr_probe:
	movl %edi, %ecx
msr_probe_read:
	rdmsr
	shlq $32, %rdx
	orq %rdx, %rax
	movq %rax, (%rsi)
	movl $1, %eax
	ret
msr_probe_fault: /* where trap.c goes on after #GP */
	xorl %eax, %eax
	ret
	.section .note.GNU-stack, "", @progbits
