/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the page allocator gets its memory from. */
#ifndef SLUICE_KERNEL_MEMORY_PAGES_H
#define SLUICE_KERNEL_MEMORY_PAGES_H

#include <stdint.h>

/* Gives the whole pages inside [start, start + bytes) to the allocator; they must be mapped. */
void memory_add(uint64_t start, uint64_t bytes);

#endif
