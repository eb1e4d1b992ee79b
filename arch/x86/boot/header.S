/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 1 and 2 headers (Multiboot Specification 0.6.96 and 2.0, section 3.1). */

#define MULTIBOOT1_HEADER_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS        3 /* modules on page boundaries, memory map */
#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_ARCHITECTURE 0 /* i386 protected mode */

	.section .multiboot, "a"
	.balign 8
multiboot1_header:
	.long MULTIBOOT1_HEADER_MAGIC
	.long MULTIBOOT1_FLAGS
	.long -(MULTIBOOT1_HEADER_MAGIC + MULTIBOOT1_FLAGS)

	.balign 8
multiboot2_header:
	.long MULTIBOOT2_HEADER_MAGIC
	.long MULTIBOOT2_ARCHITECTURE
	.long multiboot2_end - multiboot2_header
	.long -(MULTIBOOT2_HEADER_MAGIC + MULTIBOOT2_ARCHITECTURE + multiboot2_end - multiboot2_header)
	/* Modules on page boundaries. */
	.short 6, 0
	.long 8
	/* The end. */
	.short 0, 0
	.long 8
multiboot2_end:
