/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 1 and 2 headers (Multiboot Specification 0.6.96 and 2.0, section 3.1). */

#define MULTIBOOT1_HEADER_MAGIC 0x1badb002
/* Modules on page boundaries, a memory map, and address fields: not every loader reads ELF64. */
#define MULTIBOOT1_FLAGS        0x10003
#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_ARCHITECTURE 0 /* i386 protected mode */

	.section .multiboot, "a"
	.balign 8
multiboot1_header:
	.long MULTIBOOT1_HEADER_MAGIC
	.long MULTIBOOT1_FLAGS
	.long -(MULTIBOOT1_HEADER_MAGIC + MULTIBOOT1_FLAGS)
	.long multiboot1_header
	.long image_start
	.long data_end /* of what the file holds, which is in one piece from the header on */
	.long image_end
	.long boot_entry

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
