/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot loader told us, in one form for every boot protocol. */
#ifndef SLUICE_KERNEL_BOOT_H
#define SLUICE_KERNEL_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_RANGES_MOST  256
#define BOOT_MODULES_MOST 32
#define BOOT_STRING_BYTES 1024

struct boot_range {
	uint64_t start, bytes;
	bool usable;
};

/* A boot module. Its string is what follows the file name in the boot loader's configuration. */
struct boot_module {
	const uint8_t *data;
	uint64_t bytes;
	char string[BOOT_STRING_BYTES];
};

struct boot_info {
	char command_line[BOOT_STRING_BYTES];
	char loader[64];
	unsigned ranges, modules;
	unsigned ranges_dropped; /* did not fit into range */
	struct boot_range range[BOOT_RANGES_MOST];
	struct boot_module module[BOOT_MODULES_MOST];
	uint64_t rsdp;    /* physical address from the boot loader, or 0 */
	bool text_screen; /* the loader left the VGA in text mode */
};

extern struct boot_info boot_info;

/* The module whose string's first word is name, or NULL. */
const struct boot_module *boot_module_find(const char *name);

/*
 * Ends the boot with one clear line, "sluice: cannot start: " and the text, on every console, and
 * halts the machine. For what the user or the machine's owner can put right.
 */
_Noreturn void boot_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
