// SPDX-License-Identifier: BSD-2-Clause
/* Which memory is free after the boot loader. */
#include "kernel/address_space.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/memory_pages.h"

/* With less, not even a small guest fits beside the hypervisor. */
#define MEMORY_LEAST   (64ull << 20)
#define LEGACY_END     (1ull << 20)
#define MEMORY_END     (1ull << 46)
#define SMALLEST_RANGE (64ull << 10)

/* Keeps in *found the lowest range that overlaps [start, end). */
static void find_lowest(struct boot_range *found, const struct boot_range *range, uint64_t start,
			uint64_t end)
{
	if (range->bytes && range->start < end && range->start + range->bytes > start &&
	    range->start < found->start)
		*found = *range;
}

/*
 * The lowest occupied range that overlaps [start, end): false if there is none. Usable ranges
 * before the one with that index count as occupied: some firmware lists memory twice.
 */
static bool first_occupied(unsigned index, uint64_t start, uint64_t end, struct boot_range *found)
{
	struct boot_range range = {(uint64_t)image_start,
				   (uint64_t)image_end - (uint64_t)image_start, false};

	found->start = UINT64_MAX;
	find_lowest(found, &range, start, end);
	for (unsigned i = 0; i < boot_info.modules; i++) {
		range.start = (uint64_t)boot_info.module[i].data;
		range.bytes = boot_info.module[i].bytes;
		find_lowest(found, &range, start, end);
	}
	for (unsigned i = 0; i < boot_info.ranges; i++)
		if (!boot_info.range[i].usable || i < index)
			find_lowest(found, &boot_info.range[i], start, end);
	return found->start != UINT64_MAX;
}

/* Adds what is free in [start, end) of the range with that index. Ends of occupied ranges are
 * rounded to whole pages. */
static void add_free(unsigned index, uint64_t start, uint64_t end)
{
	struct boot_range occupied;

	while (start < end && first_occupied(index, start, end, &occupied)) {
		uint64_t before = occupied.start & ~(PAGE_BYTES - 1);
		uint64_t after = occupied.start + occupied.bytes + PAGE_BYTES - 1;

		if (before > start && before - start >= SMALLEST_RANGE)
			memory_add(start, before - start);
		start = after & ~(PAGE_BYTES - 1);
	}
	if (start < end && end - start >= SMALLEST_RANGE)
		memory_add(start, end - start);
}

static void add_ranges(uint64_t lowest, uint64_t end)
{
	for (unsigned i = 0; i < boot_info.ranges; i++) {
		const struct boot_range *range = &boot_info.range[i];
		uint64_t range_end = range->start + range->bytes;

		if (!range->usable)
			continue;
		add_free(i, range->start > lowest ? range->start : lowest,
			 range_end < end ? range_end : end);
	}
}

void memory_init(void)
{
	uint64_t usable = 0;

	for (unsigned i = 0; i < boot_info.ranges; i++)
		if (boot_info.range[i].usable)
			usable += boot_info.range[i].bytes;
	if (usable < MEMORY_LEAST)
		boot_refuse("too little memory: the machine has %lu MB usable, at least %llu MB "
			    "are needed",
			    usable >> 20, MEMORY_LEAST >> 20);
	if (boot_info.ranges_dropped)
		log_warning("memory: the memory map has %u ranges more than the %u that are read",
			    boot_info.ranges_dropped, BOOT_RANGES_MOST);
	add_ranges(LEGACY_END, PAGING_EARLY_END);
	paging_init();
	add_ranges(PAGING_EARLY_END, MEMORY_END);
	log_info("memory: %lu MB usable, %lu MB free", usable >> 20, memory_available() >> 20);
}
