/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended page tables (SDM volume 3, "The Extended Page Table Mechanism"). */
#ifndef SLUICE_ARCH_X86_VMX_EPT_H
#define SLUICE_ARCH_X86_VMX_EPT_H

#include <stdbool.h>
#include <stdint.h>

/* An empty table, or NULL without memory. */
uint64_t *ept_create(void);

/* Frees the tables, not what they map. No core may use them any more. */
void ept_destroy(uint64_t *root);

/*
 * Maps bytes from guest_address to host_address, all multiples of 4096, readable, writable and
 * executable, as write-back memory; by 2 MB pages where alignment and large allow. Returns 0 or
 * -ENOMEM.
 */
int ept_map(uint64_t *root, uint64_t guest_address, uint64_t host_address, uint64_t bytes,
	    bool large);

/* The VMCS's EPT pointer for root. */
uint64_t ept_pointer(const uint64_t *root);

#endif
