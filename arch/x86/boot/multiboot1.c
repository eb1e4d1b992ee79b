// SPDX-License-Identifier: BSD-2-Clause
/* The boot information of Multiboot 0.6.96, section 3.3. */
#include "arch/x86/boot/multiboot.h"
#include "arch/x86/cpu/paging.h"

#define FLAG_COMMAND_LINE (1u << 2)
#define FLAG_MODULES      (1u << 3)
#define FLAG_MEMORY_MAP   (1u << 6)
#define FLAG_LOADER_NAME  (1u << 9)
#define FLAG_FRAMEBUFFER  (1u << 12)
#define MEMORY_USABLE     1

struct multiboot1_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
};

/* Follows the fields above where FLAG_FRAMEBUFFER is set. */
struct multiboot1_screen {
	struct multiboot1_info info;
	uint32_t apm_table;
	uint32_t vbe[4];
	uint64_t framebuffer;
	uint32_t pitch, width, height;
	uint8_t bits, type;
} __attribute__((packed));

struct multiboot1_module {
	uint32_t start, end, string, reserved;
};

struct multiboot1_range {
	uint32_t size; /* of what follows */
	uint64_t start, bytes;
	uint32_t type;
} __attribute__((packed));

static void copy_string(char *to, uint64_t bytes, uint32_t address)
{
	const char *from = address ? firmware_map(address, bytes) : NULL;

	if (from)
		boot_copy_string(to, bytes, from, bytes);
}

static const char *parse_ranges(const struct multiboot1_info *source, struct boot_info *info)
{
	uint32_t offset = 0;

	while (offset < source->mmap_length) {
		const struct multiboot1_range *range =
			firmware_map((uint64_t)source->mmap_addr + offset, sizeof(*range));

		if (!range || range->size < sizeof(*range) - sizeof(range->size) ||
		    range->size > source->mmap_length - offset)
			return "memory map entry of impossible size";
		boot_add_range(info, range->start, range->bytes, range->type == MEMORY_USABLE);
		offset += range->size + (uint32_t)sizeof(range->size);
	}
	return NULL;
}

static const char *parse_modules(const struct multiboot1_info *source, struct boot_info *info)
{
	for (uint32_t i = 0; i < source->mods_count; i++) {
		const struct multiboot1_module *module = firmware_map(
			(uint64_t)source->mods_addr + i * sizeof(*module), sizeof(*module));
		char string[BOOT_STRING_BYTES] = "";

		if (!module)
			return "module list outside memory";
		copy_string(string, sizeof(string), module->string);
		if (!boot_add_module(info, module->start, module->end, string, sizeof(string)))
			return "too many boot modules, or one of negative size";
	}
	return NULL;
}

static void parse_screen(uint64_t address, struct boot_info *info)
{
	const struct multiboot1_screen *screen = firmware_map(address, sizeof(*screen));

	if (screen)
		info->text_screen = screen->type == FRAMEBUFFER_TEXT;
}

const char *multiboot1_parse(uint64_t address, struct boot_info *info)
{
	const struct multiboot1_info *source = firmware_map(address, sizeof(*source));
	const char *error = NULL;

	if (!source)
		return "boot information outside memory";
	if (!(source->flags & FLAG_MEMORY_MAP))
		return "no memory map from the boot loader";
	if (source->flags & FLAG_COMMAND_LINE)
		copy_string(info->command_line, sizeof(info->command_line), source->cmdline);
	if (source->flags & FLAG_LOADER_NAME)
		copy_string(info->loader, sizeof(info->loader), source->boot_loader_name);
	if (source->flags & FLAG_FRAMEBUFFER)
		parse_screen(address, info);
	error = parse_ranges(source, info);
	if (!error && source->flags & FLAG_MODULES)
		error = parse_modules(source, info);
	return error;
}
