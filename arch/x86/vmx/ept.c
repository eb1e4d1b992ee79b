/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended page tables: four levels, built once per VM. */
#include "arch/x86/vmx/ept.h"

#include "arch/x86/vmx/controls.h"
#include "kernel/errno.h"
#include "kernel/memory.h"

#define LEVELS  4 /* level 1 maps 4 KB, 2: 2 MB */
#define ENTRIES 512

/*
 * All of it is RAM, which the hypervisor maps write-back. A guest's PAT could make it uncached
 * there, and processors up to Sandy Bridge do not bear two types of one page (SDM volume 3,
 * "Programming the PAT").
 */
#define MEMORY_TYPE (EPT_TYPE_WB | EPT_IGNORE_PAT)

#define EPT_ALL (EPT_READ | EPT_WRITE | EPT_EXECUTE)

static unsigned index_of(uint64_t address, unsigned level)
{
	return address >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

static bool is_table(uint64_t entry, unsigned level)
{
	return level > 1 && (entry & EPT_ALL) && !(entry & EPT_LARGE);
}

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(entry & EPT_ADDRESS);
}

uint64_t *ept_create(void)
{
	return memory_alloc(PAGE_BYTES, PAGE_BYTES);
}

static void destroy_level(uint64_t *table, unsigned level)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		if (is_table(table[i], level))
			destroy_level(table_of(table[i]), level - 1);
	memory_free(table, PAGE_BYTES);
}

void ept_destroy(uint64_t *root)
{
	if (root)
		destroy_level(root, LEVELS);
}

static int map_page(uint64_t *root, uint64_t guest_address, uint64_t host_address, unsigned leaf)
{
	uint64_t *table = root;

	for (unsigned level = LEVELS; level > leaf; level--) {
		uint64_t *entry = &table[index_of(guest_address, level)];

		if (!*entry) {
			uint64_t *next = memory_alloc(PAGE_BYTES, PAGE_BYTES);

			if (!next)
				return -ENOMEM;
			*entry = (uint64_t)next | EPT_ALL;
		}
		table = table_of(*entry);
	}
	table[index_of(guest_address, leaf)] =
		host_address | EPT_ALL | MEMORY_TYPE | (leaf > 1 ? EPT_LARGE : 0);
	return 0;
}

int ept_map(uint64_t *root, uint64_t guest_address, uint64_t host_address, uint64_t bytes,
	    bool large)
{
	while (bytes) {
		bool fits = large && bytes >= LARGE_PAGE_BYTES &&
			    ((guest_address | host_address) & (LARGE_PAGE_BYTES - 1)) == 0;
		uint64_t step = fits ? LARGE_PAGE_BYTES : PAGE_BYTES;
		int error = map_page(root, guest_address, host_address, fits ? 2 : 1);

		if (error)
			return error;
		guest_address += step;
		host_address += step;
		bytes -= step;
	}
	return 0;
}

uint64_t ept_pointer(const uint64_t *root)
{
	return (uint64_t)root | EPT_POINTER_WB | EPT_POINTER_4_LEVELS;
}
