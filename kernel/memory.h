/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory. The hypervisor maps all of it at its own address, so a pointer is a physical
 * address; the page at 0 is never mapped.
 */
#ifndef SLUICE_KERNEL_MEMORY_H
#define SLUICE_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES       4096ul
#define LARGE_PAGE_BYTES (2ul << 20)

/* Takes what boot_info says is usable and nobody occupies. */
void memory_init(void);

/*
 * Allocates zeroed memory, bytes rounded up to whole pages, aligned to align (a power of two, at
 * least PAGE_BYTES). Returns NULL without memory. From any core.
 */
void *memory_alloc(size_t bytes, size_t align);

/* Likewise, but what is in it is left as it is. */
void *memory_take(size_t bytes, size_t align);

/* Gives back what memory_alloc() or memory_take() returned, with the same size. */
void memory_free(void *memory, size_t bytes);

/* Memory from start to just before end. */
struct memory_range {
	uint64_t start, end;
};

#define MEMORY_PREFERRED_MOST 128

/*
 * From now on memory is taken from these ranges, at most MEMORY_PREFERRED_MOST, as long as one of
 * them has a piece that is large enough; otherwise from anywhere. Replaces what was said before.
 */
void memory_prefer(const struct memory_range *ranges, unsigned count);

/* Whether all of it is in the preferred ranges; true without any. */
bool memory_is_preferred(const void *memory, size_t bytes);

/* Bytes of memory in all, and not allocated. */
uint64_t memory_total(void);
uint64_t memory_available(void);

/* Zeroed small objects, 16-byte aligned (64 from 64 bytes on). NULL without memory. */
void *kmalloc(size_t bytes);
void kfree(void *object);

#endif
