/* SPDX-License-Identifier: BSD-2-Clause */
/* The way into the guest and back. */
#define HOST_RSP 0x6c14

/*
 * int world_switch(uint64_t registers[16], bool launched)
 * Interrupts off, VMCS current, HOST_RIP is world_switch_exit. Returns 0 after an exit with the
 * guest's general registers (all but RSP) in registers; 1 (VMfailInvalid) or 2 (VMfailValid) if
 * the entry did not take place.
 */
	.text
	.global world_switch
	.type world_switch, @function
world_switch:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movl $HOST_RSP, %eax
	vmwrite %rsp, %rax
	jbe 2f
	testb %sil, %sil
	movq 0*8(%rdi), %rax
	movq 1*8(%rdi), %rcx
	movq 2*8(%rdi), %rdx
	movq 3*8(%rdi), %rbx
	movq 5*8(%rdi), %rbp
	movq 6*8(%rdi), %rsi
	movq 8*8(%rdi), %r8
	movq 9*8(%rdi), %r9
	movq 10*8(%rdi), %r10
	movq 11*8(%rdi), %r11
	movq 12*8(%rdi), %r12
	movq 13*8(%rdi), %r13
	movq 14*8(%rdi), %r14
	movq 15*8(%rdi), %r15
	movq 7*8(%rdi), %rdi
	jnz 1f
	vmlaunch
	jmp 2f
1:	vmresume
2:	movl $1, %eax
	jc 3f
	movl $2, %eax
	jmp 3f

	.balign 16
	.global world_switch_exit
world_switch_exit:
	xchgq %rdi, (%rsp)
	movq %rax, 0*8(%rdi)
	movq %rcx, 1*8(%rdi)
	movq %rdx, 2*8(%rdi)
	movq %rbx, 3*8(%rdi)
	movq %rbp, 5*8(%rdi)
	movq %rsi, 6*8(%rdi)
	movq %r8, 8*8(%rdi)
	movq %r9, 9*8(%rdi)
	movq %r10, 10*8(%rdi)
	movq %r11, 11*8(%rdi)
	movq %r12, 12*8(%rdi)
	movq %r13, 13*8(%rdi)
	movq %r14, 14*8(%rdi)
	movq %r15, 15*8(%rdi)
	movq (%rsp), %rax
	movq %rax, 7*8(%rdi)
	xorl %eax, %eax
3:	addq $8, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
	.size world_switch, . - world_switch

	.section .note.GNU-stack, "", @progbits
