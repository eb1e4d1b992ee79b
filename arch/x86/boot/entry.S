/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader's 32-bit protected mode (EAX: magic, EBX: boot information, both
 * protocols) to boot_start() in long mode, with the first 4 GB mapped at their own addresses.
 */
#define COM1 0x3f8
#define VGA  0xb8000

	.section .text.boot, "ax"
	.code32
	.global boot_entry
boot_entry:
	cli
	cld
	movl %eax, boot_magic
	movl %ebx, boot_address
	movl $boot_stack_end, %esp

	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb no_long_mode
	movl $0x80000001, %eax
	cpuid
	btl $29, %edx
	jnc no_long_mode

	/* Page tables: 4 GB in 2 MB pages, present and writable. */
	movl $early_pdpt + 3, early_pml4
	movl $early_pd + 3, %eax
	movl $early_pdpt, %edi
1:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	cmpl $early_pdpt + 32, %edi
	jb 1b
	movl $0x83, %eax
	movl $early_pd, %edi
2:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	cmpl $early_pd + 4 * 4096, %edi
	jb 2b

	movl $0x20, %eax /* CR4.PAE, and nothing that the firmware left on (LA57, SMEP, CET) */
	movl %eax, %cr4
	movl $early_pml4, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax /* IA32_EFER.LME */
	wrmsr
	movl %cr0, %eax
	orl $0x80000001, %eax /* CR0.PG, CR0.PE */
	movl %eax, %cr0
	lgdt early_gdt_pointer
	ljmp $8, $boot_entry64

no_long_mode:
	movw $COM1 + 3, %dx /* line control: divisor 1 (115200 baud), then 8N1 */
	movb $0x80, %al
	outb %al, %dx
	movl $COM1, %edx
	movb $1, %al
	outb %al, %dx
	incl %edx
	movb $0, %al
	outb %al, %dx
	movw $COM1 + 3, %dx
	movb $3, %al
	outb %al, %dx
	movl $no_long_mode_text, %esi
	movl $VGA, %edi
3:	movb (%esi), %al
	testb %al, %al
	jz 6f
	cmpb $0x20, %al
	jb 4f
	movb %al, (%edi)
	movb $0x0f, 1(%edi)
	addl $2, %edi
4:	movw $COM1 + 5, %dx /* line status: wait a bounded time for an empty transmitter */
	movl $100000, %ecx
5:	inb %dx, %al
	testb $0x20, %al
	loopz 5b
	movw $COM1, %dx
	movb (%esi), %al
	outb %al, %dx
	incl %esi
	jmp 3b
6:	hlt
	jmp 6b

	.code64
boot_entry64:
	movl $16, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movl $boot_stack_end, %esp
	xorl %ebp, %ebp
	movl boot_magic, %edi
	movl boot_address, %esi
	call boot_start
7:	hlt
	jmp 7b

	.section .rodata
	.balign 8
early_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 64-bit code */
	.quad 0x00cf93000000ffff /* data */
early_gdt_pointer:
	.short 23
	.long early_gdt
no_long_mode_text:
	.asciz "sluice: cannot start: this processor has no 64-bit mode (CPUID 80000001h EDX bit 29)\r\n"

	.section .bss.page, "aw", @nobits
	.balign 4096
early_pml4:
	.skip 4096
early_pdpt:
	.skip 4096
early_pd:
	.skip 4 * 4096
	/* The boot stack, which becomes the idle stack of core 0, above its guard page. */
	.global boot_stack_guard
boot_stack_guard:
	.skip 4096
	.skip 16384
	.global boot_stack_end
boot_stack_end:

	.bss
	.balign 4
boot_magic:
	.skip 4
boot_address:
	.skip 4
	.section .note.GNU-stack, "", @progbits
