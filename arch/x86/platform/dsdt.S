/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiled DSDT; see dsdt.asl. */
	.section .rodata
	.globl guest_dsdt, guest_dsdt_bytes
	.balign 16
guest_dsdt:
	.incbin "arch/x86/platform/dsdt.aml"
1:
	.balign 4
guest_dsdt_bytes:
	.long 1b - guest_dsdt

	.section .note.GNU-stack, "", @progbits
