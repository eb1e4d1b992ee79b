// SPDX-License-Identifier: BSD-2-Clause
/* Translation of guest-linear addresses: no paging, 32-bit, PAE, 4-level and 5-level. */
#include "arch/x86/platform/guest_walk.h"

#include "kernel/errno.h"
#include "kernel/machine.h"
#include "kernel/string.h"

#define CR0_PG   (1ull << 31)
#define CR4_PSE  (1ull << 4)
#define CR4_PAE  (1ull << 5)
#define CR4_LA57 (1ull << 12)
#define EFER_LMA (1ull << 10)

#define ENTRY_PRESENT 1ull
#define ENTRY_LARGE   (1ull << 7)
#define ADDRESS_BITS  0x000ffffffffff000ull
#define PAGE_SHIFT    12

struct paging {
	unsigned levels;
	unsigned index_bits; /* per level; 2 for the top level of PAE */
	unsigned entry_bytes;
	uint64_t root;
};

static struct paging get_paging(const struct vcpu_mode *mode)
{
	if (mode->efer & EFER_LMA)
		return (struct paging){.levels = mode->cr4 & CR4_LA57 ? 5 : 4,
				       .index_bits = 9,
				       .entry_bytes = 8,
				       .root = mode->cr3 & ADDRESS_BITS};
	if (mode->cr4 & CR4_PAE)
		return (struct paging){.levels = 3,
				       .index_bits = 9,
				       .entry_bytes = 8,
				       .root = mode->cr3 & 0xffffffe0};
	return (struct paging){
		.levels = 2, .index_bits = 10, .entry_bytes = 4, .root = mode->cr3 & 0xfffff000};
}

static int read_entry(const struct vm *vm, uint64_t address, unsigned bytes, uint64_t *entry)
{
	const void *memory = vm_memory(vm, address, bytes);

	if (!memory)
		return -EFAULT;
	if (bytes == 8)
		*entry = READ_ONCE(*(const uint64_t *)memory);
	else
		*entry = READ_ONCE(*(const uint32_t *)memory);
	return *entry & ENTRY_PRESENT ? 0 : -EFAULT;
}

/* Whether the entry of this level maps a page itself; level 1 is the last. */
static bool is_leaf(const struct vcpu_mode *mode, const struct paging *paging, unsigned level,
		    uint64_t entry)
{
	if (level == 1)
		return true;
	if (!(entry & ENTRY_LARGE))
		return false;
	if (paging->entry_bytes == 4)
		return mode->cr4 & CR4_PSE;
	return level == 2 || (level == 3 && paging->levels > 3);
}

static uint64_t leaf_base(const struct paging *paging, unsigned level, uint64_t entry)
{
	/* 4 MB pages keep address bits 39:32 in bits 20:13 (SDM volume 3, table 4-4). */
	if (paging->entry_bytes == 4 && level == 2)
		return (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32;
	return entry & ADDRESS_BITS;
}

int guest_walk(const struct vm *vm, const struct vcpu_mode *mode, uint64_t linear,
	       uint64_t *physical)
{
	struct paging paging = get_paging(mode);
	uint64_t table = paging.root;

	if (!(mode->cr0 & CR0_PG)) {
		*physical = linear;
		return 0;
	}
	for (unsigned level = paging.levels; level > 0; level--) {
		unsigned shift = PAGE_SHIFT + (level - 1) * paging.index_bits;
		uint64_t index = linear >> shift & ((1u << paging.index_bits) - 1);
		uint64_t offset_mask = (1ull << shift) - 1;
		uint64_t entry = 0;
		int error = read_entry(vm, table + index * paging.entry_bytes, paging.entry_bytes,
				       &entry);

		if (error)
			return error;
		if (is_leaf(mode, &paging, level, entry)) {
			*physical = (leaf_base(&paging, level, entry) & ~offset_mask) |
				    (linear & offset_mask);
			return 0;
		}
		table = entry & ADDRESS_BITS;
	}
	return -EFAULT;
}

unsigned guest_fetch_code(const struct vm *vm, const struct vcpu_mode *mode, uint8_t *code,
			  unsigned bytes)
{
	uint64_t linear = mode->code64 ? mode->rip : (uint32_t)(mode->cs_base + mode->rip);
	unsigned done = 0;

	while (done < bytes) {
		uint64_t physical;
		unsigned piece = 4096 - (linear & 4095);
		const void *memory;

		if (piece > bytes - done)
			piece = bytes - done;
		if (guest_walk(vm, mode, linear, &physical))
			break;
		memory = vm_memory(vm, physical, piece);
		if (!memory)
			break;
		memcpy(code + done, memory, piece);
		done += piece;
		linear += piece;
		if (!mode->code64)
			linear = (uint32_t)linear;
	}
	return done;
}
