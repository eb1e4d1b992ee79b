// SPDX-License-Identifier: BSD-2-Clause
/* Page tables of the hypervisor (SDM volume 3, "4-Level Paging"). */
#include "arch/x86/cpu/paging.h"

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/cr.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/spinlock.h"

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITABLE (1ull << 1)
#define PTE_PWT      (1ull << 3)
#define PTE_PCD      (1ull << 4)
#define PTE_LARGE    (1ull << 7)
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

#define MAP_CODE     PTE_PRESENT
#define MAP_CONSTANT (PTE_PRESENT | PTE_NX)
#define MAP_DATA     (PTE_PRESENT | PTE_WRITABLE | PTE_NX)
#define MAP_UNCACHED (MAP_DATA | PTE_PCD | PTE_PWT) /* PAT entry 3 */

#define TABLE_ENTRIES     512
#define LEVEL_TOP         3
#define LEVEL_PAGE        0
#define ADDRESS_BITS      47
#define ADDRESS_END       (1ull << ADDRESS_BITS)
#define LEGACY_VGA        0xa0000
#define LEGACY_VGA_END    0xc0000
#define LEGACY_ROM_END    0x100000
#define LEAF_ADDRESS_BITS 0x80000008

#define ADDRESS_BITS_PHYSICAL 0xff

#define LEVEL_SHIFT(l)    (12 + 9 * (l))
#define LEVEL_BYTES(l)    (1ull << LEVEL_SHIFT(l))
#define TABLE_INDEX(a, l) ((a) >> LEVEL_SHIFT(l) & (TABLE_ENTRIES - 1))

/* Protects all page tables. */
static struct spinlock lock;
static uint64_t *root;
static uint64_t nx;
static unsigned largest_level; /* 1: 2 MB pages, 2: 1 GB pages too */

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(entry & PTE_ADDRESS);
}

static uint64_t *new_table(void)
{
	uint64_t *table = memory_alloc(PAGE_BYTES, PAGE_BYTES);

	if (!table)
		panic("no memory for a page table");
	return table;
}

/* Replaces a large page by a table of pages of the next smaller size. */
static void split(uint64_t *entry, unsigned level)
{
	uint64_t flags = *entry & ~PTE_ADDRESS;
	uint64_t address = *entry & PTE_ADDRESS;
	uint64_t *table = new_table();

	if (level == LEVEL_PAGE + 1)
		flags &= ~PTE_LARGE;
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		table[i] = (address + i * LEVEL_BYTES(level - 1)) | flags;
	*entry = (uint64_t)table | PTE_PRESENT | PTE_WRITABLE;
}

/* The entry for address at level, with the tables above it. */
static uint64_t *entry_at(uint64_t address, unsigned level)
{
	uint64_t *table = root;

	for (unsigned at = LEVEL_TOP; at > level; at--) {
		uint64_t *entry = &table[TABLE_INDEX(address, at)];

		if (!(*entry & PTE_PRESENT))
			*entry = (uint64_t)new_table() | PTE_PRESENT | PTE_WRITABLE;
		else if (*entry & PTE_LARGE)
			split(entry, at);
		table = table_of(*entry);
	}
	return &table[TABLE_INDEX(address, level)];
}

/* The largest page size that fits at start, and for which no table exists already. */
static unsigned fitting_level(uint64_t start, uint64_t end)
{
	unsigned level = largest_level;

	while (level > LEVEL_PAGE &&
	       (start % LEVEL_BYTES(level) || end - start < LEVEL_BYTES(level)))
		level--;
	while (level > LEVEL_PAGE) {
		uint64_t entry = *entry_at(start, level);

		if (!(entry & PTE_PRESENT) || entry & PTE_LARGE)
			break;
		level--;
	}
	return level;
}

/* Maps whole pages; start and end are multiples of PAGE_BYTES. */
static void map(uint64_t start, uint64_t end, uint64_t flags)
{
	while (start < end) {
		unsigned level = fitting_level(start, end);
		uint64_t large = level > LEVEL_PAGE ? PTE_LARGE : 0;

		*entry_at(start, level) = start | (flags & (nx | ~PTE_NX)) | large;
		paging_flush((void *)start);
		start += LEVEL_BYTES(level);
	}
}

static void unmap_page(uint64_t address)
{
	*entry_at(address, LEVEL_PAGE) = 0;
	paging_flush((void *)address);
}

static void map_memory(void)
{
	for (unsigned i = 0; i < boot_info.ranges; i++) {
		const struct boot_range *range = &boot_info.range[i];
		uint64_t start = (range->start + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
		uint64_t end = (range->start + range->bytes) & ~(PAGE_BYTES - 1);

		if (range->usable && end <= ADDRESS_END && start < end)
			map(start, end, MAP_DATA);
	}
}

static void map_modules(void)
{
	for (unsigned i = 0; i < boot_info.modules; i++) {
		uint64_t start = (uint64_t)boot_info.module[i].data;
		uint64_t end = start + boot_info.module[i].bytes + PAGE_BYTES - 1;

		map(start & ~(PAGE_BYTES - 1), end & ~(PAGE_BYTES - 1), MAP_DATA);
	}
}

static void map_legacy(void)
{
	map(LEGACY_VGA, LEGACY_VGA_END, MAP_UNCACHED);
	map(LEGACY_VGA_END, LEGACY_ROM_END, MAP_CONSTANT);
	unmap_page(0);
}

static void map_image(void)
{
	map((uint64_t)image_start, (uint64_t)text_end, MAP_CODE);
	map((uint64_t)text_end, (uint64_t)rodata_end, MAP_CONSTANT);
	map((uint64_t)rodata_end, (uint64_t)image_end, MAP_DATA);
	unmap_page((uint64_t)boot_stack_guard);
}

void paging_init(void)
{
	uint32_t features = cpuid_leaf(0x80000001, 0).edx;

	nx = features & CPUID_80000001_EDX_NX ? PTE_NX : 0;
	if (!nx)
		log_warning("CPU has no NX bit: data pages stay executable");
	largest_level = features & CPUID_80000001_EDX_PAGE1G ? 2 : 1;
	root = new_table();
	map_memory();
	map_modules();
	map_legacy();
	map_image();
	cr3_write((uint64_t)root);
}

uint64_t paging_root(void)
{
	return (uint64_t)root;
}

bool paging_is_mapped(uint64_t address)
{
	uint64_t *table = root;

	if (!table)
		return address < PAGING_EARLY_END;
	if (address >= ADDRESS_END)
		return false;
	for (unsigned level = LEVEL_TOP;; level--) {
		uint64_t entry = table[TABLE_INDEX(address, level)];

		if (!(entry & PTE_PRESENT))
			return false;
		if (level == LEVEL_PAGE || entry & PTE_LARGE)
			return true;
		table = table_of(entry);
	}
}

/* Addresses from here on are none of this processor's, or cannot be mapped at themselves. */
static uint64_t physical_end(void)
{
	uint32_t bits = cpuid_leaf(LEAF_ADDRESS_BITS, 0).eax & ADDRESS_BITS_PHYSICAL;

	return bits && bits < ADDRESS_BITS ? 1ull << bits : ADDRESS_END;
}

void *mmio_map(uint64_t physical, size_t bytes)
{
	uint64_t start = physical & ~(PAGE_BYTES - 1);
	uint64_t end = (physical + bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	bool interrupts;

	if (end <= start || end > physical_end()) {
		log_error("registers at %#lx (%zu bytes) cannot be reached: addresses end at %#lx",
			  physical, bytes, physical_end());
		return NULL;
	}
	interrupts = spin_lock_irq(&lock);
	map(start, end, MAP_UNCACHED);
	spin_unlock_irq(&lock, interrupts);
	return (void *)physical;
}

const void *firmware_map(uint64_t physical, size_t bytes)
{
	uint64_t start = physical & ~(PAGE_BYTES - 1);
	uint64_t end = physical + bytes;
	bool interrupts;

	if (end < physical || end > ADDRESS_END || physical < PAGE_BYTES)
		return NULL;
	if (!root)
		return end <= PAGING_EARLY_END ? (const void *)physical : NULL;
	interrupts = spin_lock_irq(&lock);
	for (; start < end; start += PAGE_BYTES)
		if (!paging_is_mapped(start))
			map(start, start + PAGE_BYTES, MAP_CONSTANT);
	spin_unlock_irq(&lock, interrupts);
	return (const void *)physical;
}

const void *bios_data(uint64_t physical, size_t bytes)
{
	return root || physical + bytes > PAGE_BYTES ? NULL : (const void *)physical;
}

void paging_guard(void *page)
{
	bool interrupts = spin_lock_irq(&lock);

	unmap_page((uint64_t)page);
	spin_unlock_irq(&lock, interrupts);
}

static void remap_page(void *page, uint64_t flags)
{
	bool interrupts = spin_lock_irq(&lock);

	map((uint64_t)page, (uint64_t)page + PAGE_BYTES, flags);
	spin_unlock_irq(&lock, interrupts);
}

void paging_unguard(void *page)
{
	remap_page(page, MAP_DATA);
}

void paging_set_executable(void *page, bool executable)
{
	remap_page(page, executable ? MAP_CODE : MAP_DATA);
}
