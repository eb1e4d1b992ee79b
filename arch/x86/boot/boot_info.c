// SPDX-License-Identifier: BSD-2-Clause
/* Filling boot_info. */
#include "arch/x86/boot/multiboot.h"
#include "arch/x86/cpu/paging.h"
#include "kernel/string.h"

/* The BIOS data area: the video mode that INT 10h set last. */
#define BIOS_VIDEO_MODE   0x449
#define VIDEO_TEXT_GREY   2 /* 80 by 25 letters at B8000, both */
#define VIDEO_TEXT_COLOUR 3

void boot_copy_string(char *to, uint64_t bytes, const char *from, uint64_t from_bytes)
{
	uint64_t length = 0;

	while (length < from_bytes && length + 1 < bytes && from[length])
		length++;
	memcpy(to, from, length);
	to[length] = 0;
}

void boot_add_range(struct boot_info *info, uint64_t start, uint64_t bytes, bool usable)
{
	struct boot_range *last = info->ranges ? &info->range[info->ranges - 1] : NULL;

	if (!bytes || start + bytes < start)
		return;
	if (last && last->usable == usable && last->start + last->bytes == start)
		last->bytes += bytes;
	else if (info->ranges < BOOT_RANGES_MOST)
		info->range[info->ranges++] = (struct boot_range){start, bytes, usable};
	else
		info->ranges_dropped++;
}

bool boot_bios_text_mode(void)
{
	const uint8_t *mode = bios_data(BIOS_VIDEO_MODE, 1);

	return mode && (*mode == VIDEO_TEXT_GREY || *mode == VIDEO_TEXT_COLOUR);
}

bool boot_add_module(struct boot_info *info, uint64_t start, uint64_t end, const char *string,
		     uint64_t string_bytes)
{
	struct boot_module *module = &info->module[info->modules];

	if (end < start || info->modules == BOOT_MODULES_MOST)
		return false;
	module->data = (const uint8_t *)(uintptr_t)start;
	module->bytes = end - start;
	boot_copy_string(module->string, sizeof(module->string), string, string_bytes);
	info->modules++;
	return true;
}
