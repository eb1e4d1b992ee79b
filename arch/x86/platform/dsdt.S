/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiled DSDT; see dsdt.asl. */
	.section .rodata
	.globl guest_dsdt, guest_dsdt_end
	.balign 16
guest_dsdt:
	.incbin "arch/x86/platform/dsdt.aml"
guest_dsdt_end:

	.section .note.GNU-stack, "", @progbits
