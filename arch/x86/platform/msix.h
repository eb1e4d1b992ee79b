/* SPDX-License-Identifier: BSD-2-Clause */
/* MSI-X of a guest's PCI function (PCI Local Bus Specification 3.0, section 6.8.2). */
#ifndef SLUICE_ARCH_X86_PLATFORM_MSIX_H
#define SLUICE_ARCH_X86_PLATFORM_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/spinlock.h"
#include "kernel/vm.h"

#define VPCI_VECTORS_MOST 32
#define MSIX_ENTRY_BYTES  16

struct msix_entry {
	uint64_t address;
	uint32_t data;
	uint32_t control; /* bit 0: masked */
};

struct vpci_msix {
	struct vm *vm;
	unsigned vectors;
	struct spinlock lock; /* protects entry, enabled and writes of route */
	bool enabled;         /* MSI-X and bus mastering are on, the function is not masked */
	struct msix_entry entry[VPCI_VECTORS_MOST];
	/* Per vector, what posting needs in one atomic word, see msix.c; 0: masked. */
	uint64_t route[VPCI_VECTORS_MOST];
	uint32_t pending; /* atomic: the pending bit array */
};

/* Makes a table of vectors (1 to VPCI_VECTORS_MOST) entries, all masked. */
void vpci_msix_init(struct vpci_msix *msix, struct vm *vm, unsigned vectors);

/* Posts the interrupt of vector; out of range is ignored. From any core, without a lock. */
void vpci_msix_post(struct vpci_msix *msix, unsigned vector);

/* What the capability and the command register say together. */
void vpci_msix_enable(struct vpci_msix *msix, bool enabled);

/* Guest accesses to the table and to the pending bits; bytes 4 or 8, aligned, else ignored. */
uint64_t vpci_msix_table_read(struct vpci_msix *msix, uint32_t offset, unsigned bytes);
void vpci_msix_table_write(struct vpci_msix *msix, uint32_t offset, unsigned bytes, uint64_t value);
uint64_t vpci_msix_pending_read(struct vpci_msix *msix, uint32_t offset, unsigned bytes);

#endif
