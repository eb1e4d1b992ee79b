/* SPDX-License-Identifier: BSD-2-Clause */
/* What a multiboot loader hands over, and its translation into boot_info. */
#ifndef SLUICE_ARCH_X86_BOOT_MULTIBOOT_H
#define SLUICE_ARCH_X86_BOOT_MULTIBOOT_H

#include <stdint.h>

#include "kernel/boot.h"

#define MULTIBOOT1_MAGIC 0x2badb002
#define MULTIBOOT2_MAGIC 0x36d76289

/* The kind of framebuffer that is a text screen, in both protocols. */
#define FRAMEBUFFER_TEXT 2

/*
 * Fill info from the structure at physical address (Multiboot 0.6.96, section 3.3; Multiboot2
 * 2.0, section 3.6). Everything is copied but the modules' contents. Return NULL, or what is
 * wrong with the structure. text_screen is set only where the structure describes the screen.
 */
const char *multiboot1_parse(uint64_t address, struct boot_info *info);
const char *multiboot2_parse(uint64_t address, struct boot_info *info);

/* Whether the BIOS's data say that the VGA is in text mode. UEFI leaves no such data. */
bool boot_bios_text_mode(void);

/*
 * Takes the paths off that some loaders put in front of the command line and of modules' strings
 * (docs/boot.md). A module whose string is a path alone is called by its last part. Returns NULL,
 * or which string is too long.
 */
const char *boot_take_paths(struct boot_info *info);

/*
 * Used by both; they cut what does not fit and drop what is too many. A range that continues the
 * last one of its kind is joined to it.
 */
void boot_add_range(struct boot_info *info, uint64_t start, uint64_t bytes, bool usable);
bool boot_add_module(struct boot_info *info, uint64_t start, uint64_t end, const char *string,
		     uint64_t string_bytes);
void boot_copy_string(char *to, uint64_t bytes, const char *from, uint64_t from_bytes);

#endif
