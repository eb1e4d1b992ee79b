/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching stacks: the registers that a function must preserve (System V ABI, 3.2.1). */

	.text
	.global processor_switch
processor_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret
	.section .note.GNU-stack, "", @progbits
