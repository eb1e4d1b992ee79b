/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot loader told us, in one form for every boot protocol. */
#ifndef SLUICE_KERNEL_BOOT_H
#define SLUICE_KERNEL_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_RANGES_MOST     256
#define BOOT_MODULES_MOST    32
#define BOOT_CHARACTERS_MOST 2047 /* of the command line and of a module's string */
#define BOOT_PATH_MOST       1024 /* before them, from loaders that begin with the file's path */
#define BOOT_STRING_BYTES    (BOOT_PATH_MOST + 1 + BOOT_CHARACTERS_MOST + 2)

struct boot_range {
	uint64_t start, bytes;
	bool usable;
};

/* A boot module. Its string begins with its name (boot_take_paths()). */
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
 * Writes the names of all modules into text, quoted and separated by commas; "none" without any.
 * Returns text, of bytes.
 */
const char *boot_module_names(char *text, size_t bytes);

/*
 * Ends the boot with one clear line, "sluice: cannot start: " and the text, on every console, and
 * halts the machine. For what the user or the machine's owner can put right.
 */
_Noreturn void boot_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
