// SPDX-License-Identifier: BSD-2-Clause
/* The boot information of Multiboot2 2.0, section 3.6: a list of tags. */
#include "arch/x86/boot/multiboot.h"
#include "arch/x86/cpu/paging.h"
#include "kernel/string.h"

#define TAG_END          0
#define TAG_COMMAND_LINE 1
#define TAG_LOADER_NAME  2
#define TAG_MODULE       3
#define TAG_MEMORY_MAP   6
#define TAG_FRAMEBUFFER  8
#define TAG_ACPI_OLD     14
#define TAG_ACPI_NEW     15
#define MEMORY_USABLE    1
#define INFO_BYTES_MOST  (1u << 20)
#define RSDP_BYTES_MOST  36

struct tag {
	uint32_t type, size; /* header included; the next tag starts 8-aligned */
};

struct tag_module {
	struct tag tag;
	uint32_t start, end;
	char string[];
};

struct tag_memory_map {
	struct tag tag;
	uint32_t entry_size, entry_version;
};

struct tag_framebuffer {
	struct tag tag;
	uint64_t address;
	uint32_t pitch, width, height;
	uint8_t bits, type;
} __attribute__((packed));

struct memory_map_entry {
	uint64_t start, bytes;
	uint32_t type, reserved;
};

/* The tag's copy of the RSDP, which outlives the boot information. */
static uint8_t rsdp_copy[RSDP_BYTES_MOST] __attribute__((aligned(8)));

static const char *parse_ranges(const struct tag_memory_map *map, struct boot_info *info)
{
	const uint8_t *end = (const uint8_t *)map + map->tag.size;

	if (map->tag.size < sizeof(*map) || map->entry_size < sizeof(struct memory_map_entry))
		return "memory map entry of impossible size";
	for (const uint8_t *at = (const uint8_t *)(map + 1); end - at >= (long)map->entry_size;
	     at += map->entry_size) {
		const struct memory_map_entry *entry = (const struct memory_map_entry *)at;

		boot_add_range(info, entry->start, entry->bytes, entry->type == MEMORY_USABLE);
	}
	return NULL;
}

static const char *parse_module(const struct tag_module *module, struct boot_info *info)
{
	if (module->tag.size < sizeof(*module))
		return "module tag of impossible size";
	if (!boot_add_module(info, module->start, module->end, module->string,
			     module->tag.size - sizeof(*module)))
		return "too many boot modules, or one of negative size";
	return NULL;
}

static void parse_screen(const struct tag_framebuffer *screen, struct boot_info *info)
{
	if (screen->tag.size >= sizeof(*screen))
		info->text_screen = screen->type == FRAMEBUFFER_TEXT;
}

/* The tag with the newer RSDP wins, whichever comes first. */
static void parse_rsdp(const struct tag *tag, struct boot_info *info)
{
	uint32_t bytes = tag->size - (uint32_t)sizeof(*tag);

	if (tag->type == TAG_ACPI_OLD && info->rsdp)
		return;
	memset(rsdp_copy, 0, sizeof(rsdp_copy));
	memcpy(rsdp_copy, tag + 1, bytes < sizeof(rsdp_copy) ? bytes : sizeof(rsdp_copy));
	info->rsdp = (uintptr_t)rsdp_copy;
}

static const char *parse_tag(const struct tag *tag, struct boot_info *info)
{
	const char *string = (const char *)(tag + 1);
	uint32_t bytes = tag->size - (uint32_t)sizeof(*tag);

	switch (tag->type) {
	case TAG_COMMAND_LINE:
		boot_copy_string(info->command_line, sizeof(info->command_line), string, bytes);
		return NULL;
	case TAG_LOADER_NAME:
		boot_copy_string(info->loader, sizeof(info->loader), string, bytes);
		return NULL;
	case TAG_MODULE:
		return parse_module((const struct tag_module *)tag, info);
	case TAG_MEMORY_MAP:
		return parse_ranges((const struct tag_memory_map *)tag, info);
	case TAG_FRAMEBUFFER:
		parse_screen((const struct tag_framebuffer *)tag, info);
		return NULL;
	case TAG_ACPI_OLD:
	case TAG_ACPI_NEW:
		parse_rsdp(tag, info);
		return NULL;
	default:
		return NULL;
	}
}

const char *multiboot2_parse(uint64_t address, struct boot_info *info)
{
	const uint32_t *header = firmware_map(address, 8);
	const uint8_t *start;
	uint32_t total;

	if (!header || *header < 16 || *header > INFO_BYTES_MOST)
		return "boot information of impossible size";
	total = *header;
	start = firmware_map(address, total);
	if (!start)
		return "boot information outside memory";
	for (uint32_t offset = 8; total - offset >= sizeof(struct tag);) {
		const struct tag *tag = (const struct tag *)(start + offset);
		const char *error;

		if (tag->size < sizeof(*tag) || tag->size > total - offset)
			return "boot information tag of impossible size";
		if (tag->type == TAG_END)
			return info->ranges ? NULL : "no memory map from the boot loader";
		error = parse_tag(tag, info);
		if (error)
			return error;
		offset += (tag->size + 7) & ~7u;
		if (offset > total)
			break;
	}
	return "boot information without an end";
}
