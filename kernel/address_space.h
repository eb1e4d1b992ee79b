/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's address space, as far as it does not depend on the processor: every mapped
 * address is its own physical address.
 */
#ifndef SLUICE_KERNEL_ADDRESS_SPACE_H
#define SLUICE_KERNEL_ADDRESS_SPACE_H

#include <stddef.h>
#include <stdint.h>

/* What is mapped from the very start, before paging_init(). */
#define PAGING_EARLY_END (4ull << 30)

/* Limits of the hypervisor's image. */
extern uint8_t image_start[], image_end[];

/* Makes the final page tables and switches this core to them. Needs memory_alloc(). */
void paging_init(void);

/*
 * Maps device registers uncached and returns their address. Stays mapped. NULL, logged, if they
 * lie at or above 2^47 or beyond the processor's addresses. Panics without memory for page tables.
 */
void *mmio_map(uint64_t physical, size_t bytes);

#endif
