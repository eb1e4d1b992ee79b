/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of the lab's test kernel: multiboot 1, long mode, vectors, the second CPU, VM entry. */

#define CODE64		0x08
#define DATA		0x10
#define TSS		0x18
#define CODE32		0x28
#define AP_PAGE		0x8000
#define CR0_PE		(1 << 0)
#define CR0_NE		(1 << 5)
#define CR0_PG		(1 << 31)
#define CR4_PAE		(1 << 5)
#define CR4_OSFXSR	(1 << 9)
#define MSR_EFER	0xc0000080
#define EFER_LME	(1 << 8)
#define VMCS_HOST_RSP	0x6c14
#define NOT_CANONICAL	0x8000000000000000

	.section .multiboot, "a"
	.balign 4
	.long 0x1badb002, 0x3, -(0x1badb002 + 0x3)

/* Enters long mode with the identity map of the first 4 GiB; clobbers eax, ecx, edx. */
	.macro enter_long_mode
	movl $CR4_PAE | CR4_OSFXSR, %eax
	movl %eax, %cr4
	movl $pml4, %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME, %eax
	wrmsr
	movl $CR0_PE | CR0_NE | CR0_PG, %eax
	movl %eax, %cr0
	.endm

	.text
	.code32
	.globl start
start:
	movl $boot_stack_end, %esp
	movl %ebx, %edi
	movl $pdpt, %eax
	orl $0x3, %eax
	movl %eax, pml4
	xorl %ecx, %ecx
1:	movl %ecx, %eax
	shll $30, %eax
	orl $0x83, %eax
	movl %eax, pdpt(,%ecx,8)
	incl %ecx
	cmpl $4, %ecx
	jb 1b
	enter_long_mode
	lgdt gdt_pointer
	ljmp $CODE64, $start64

	.code64
start64:
	call load_segments
	movl $TSS, %eax
	ltr %ax
	movl %edi, %edi
	call main
	ud2

load_segments:
	movl $DATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	lidt idt_pointer
	ret

/* The second CPU's way in; copied to AP_PAGE. */
	.globl ap_begin, ap_end
	.code16
ap_begin:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl AP_PAGE + (ap_gdt_pointer - ap_begin)
	movl $CR0_PE | CR0_NE, %eax
	movl %eax, %cr0
	ljmpl $CODE32, $ap_start32
ap_gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt
ap_end:
	.code32
ap_start32:
	movl $DATA, %eax
	movl %eax, %ds
	movl %eax, %ss
	movl $ap_stack_end, %esp
	enter_long_mode
	ljmp $CODE64, $ap_start64
	.code64
ap_start64:
	call load_segments
	call ap_main
	ud2

/* One stub per vector: the frame gets an error code of 0 where the CPU pushes none. */
	.globl vector_stubs
	.balign 16
vector_stubs:
	vector = 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
	pushq $0
	.endif
	pushq $vector
	jmp vector_common
	vector = vector + 1
	.endr

vector_common:
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	cld
	leaq 72(%rsp), %rdi
	call handle_vector
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp
	iretq

/* A handler whose first instruction faults in turn (#GP: the address is not canonical). */
	.globl faulting_handler
faulting_handler:
	movq (%rax), %rax
	ud2

	.macro push_saved
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm
	.macro pop_saved
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	.endm

/* bool vm_enter(bool launched): runs the current VMCS until it exits; false: the entry failed. */
	.globl vm_enter, vm_exit
vm_enter:
	push_saved
	movl $VMCS_HOST_RSP, %eax
	vmwrite %rsp, %rax
	testl %edi, %edi
	jnz 1f
	vmlaunch
	jmp 2f
1:	vmresume
2:	xorl %eax, %eax
	jmp 3f
vm_exit:
	movl $1, %eax
3:	pop_saved
	ret

/*
 * uint64_t fault_in_handler(void), uint64_t fault_after_exit(void): go to faulting_handler by a
 * fault or by a VM exit of the current VMCS; return the RIP its own fault is reported for.
 * catch_fault is to be the gate of #GP.
 */
	.globl fault_in_handler, fault_after_exit, catch_fault
fault_in_handler:
	push_saved
	movq %rsp, caught_rsp
	movabsq $NOT_CANONICAL, %rax
	ud2
fault_after_exit:
	push_saved
	movq %rsp, caught_rsp
	movl $VMCS_HOST_RSP, %eax
	vmwrite %rsp, %rax
	vmlaunch
	xorl %eax, %eax
	pop_saved
	ret
catch_fault:
	movq 8(%rsp), %rax
	movq caught_rsp, %rsp
	pop_saved
	ret

/* uint64_t time_loop(uint64_t turns): ticks that 2 * turns instructions take. */
	.globl time_loop
time_loop:
	rdtsc
	shlq $32, %rdx
	leaq (%rdx,%rax), %r8
1:	decq %rdi
	jnz 1b
	rdtsc
	shlq $32, %rdx
	addq %rdx, %rax
	subq %r8, %rax
	ret

/* The guests. */
	.globl guest_spin, guest_sti_hlt, guest_cli_hlt, guest_hlt, guest_cli_spin, guest_exit, guest_vmcall
guest_exit:
	movabsq $NOT_CANONICAL, %rax
guest_vmcall:
	vmcall
guest_spin:
	sti
1:	cmpl $0, guest_interrupts
	je 1b
	vmcall
guest_sti_hlt:
	sti
	hlt
	vmcall
guest_cli_hlt:
	cli
guest_hlt:
	hlt
	vmcall
guest_cli_spin:
	cli
	movl $300000, %ecx
1:	decl %ecx
	jnz 1b
	vmcall

	.data
	.balign 16
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* CODE64 */
	.quad 0x00cf93000000ffff	/* DATA */
	.quad 0x0000890000000067	/* TSS at 0; it is never used */
	.quad 0
	.quad 0x00cf9b000000ffff	/* CODE32 */
gdt_end:
	.globl gdt_pointer, idt_pointer
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt
idt_pointer:
	.word 256 * 16 - 1
	.quad idt

	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
caught_rsp:
	.skip 8
	.balign 4096
	.globl idt
idt:	.skip 4096
	.skip 16384
boot_stack_end:
	.skip 16384
ap_stack_end:
	.globl guest_stack_end
	.skip 16384
guest_stack_end:

	.section .note.GNU-stack, "", @progbits
