/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's test kernel: its scenes, by name, and what they learn from the boot loader. */
#ifndef SLUICE_TESTS_SYSTEM_LAB_SCENES_H
#define SLUICE_TESTS_SYSTEM_LAB_SCENES_H

#include <stdint.h>

/* Multiboot specification 0.6.96, section 3.3. */
struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, module_count, modules;
};

struct multiboot_module {
	uint32_t start, end, words, reserved;
};

struct scene {
	const char *name;
	void (*run)(const struct multiboot_info *info);
};

/* Ends with one that has no name. */
extern const struct scene scenes[];

#endif
