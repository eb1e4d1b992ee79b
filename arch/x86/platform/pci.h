/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's PCI bus 0 (PCI Local Bus Specification 3.0, chapters 3.2.2.3 and 6). */
#ifndef SLUICE_ARCH_X86_PLATFORM_PCI_H
#define SLUICE_ARCH_X86_PLATFORM_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/platform/msix.h"
#include "kernel/spinlock.h"

#define VPCI_DEVICES_MOST 8
#define VPCI_BARS         6
#define VPCI_CONFIG_BYTES 256

struct vpci_function;

/*
 * Accesses to the memory behind a BAR; offset is below the BAR's size, bytes is 1 to 8. No lock
 * is held.
 */
struct vpci_ops {
	uint64_t (*read)(struct vpci_function *function, unsigned bar, uint32_t offset,
			 unsigned bytes);
	void (*write)(struct vpci_function *function, unsigned bar, uint32_t offset, unsigned bytes,
		      uint64_t value);
};

struct vpci_function {
	const struct vpci_ops *ops;
	uint8_t config[VPCI_CONFIG_BYTES];
	uint8_t writable[VPCI_CONFIG_BYTES]; /* bits the guest may change */
	uint32_t bar_bytes[VPCI_BARS];       /* a power of two, or 0 */
	/* Address that the BAR decodes, 0: none. Written under the bus's lock, read without. */
	uint32_t bar_address[VPCI_BARS];

	unsigned msix_capability; /* offset in config, 0: none */
	unsigned msix_bar;
	uint32_t msix_table, msix_pending; /* offsets in it */
	struct vpci_msix msix;
};

struct vpci_bus {
	struct spinlock lock; /* protects address, the functions' config and decoding */
	uint32_t address;     /* CONFIG_ADDRESS */
	uint32_t memory_next; /* where the next BAR goes */
	struct vpci_function *function[VPCI_DEVICES_MOST]; /* function 0 of each device */
};

struct vpci_identity {
	uint16_t vendor, device;
	uint8_t revision;
	uint32_t class_code; /* 24 bits */
};

void vpci_bus_init(struct vpci_bus *bus);

/* Fills in the header. */
void vpci_function_init(struct vpci_function *function, const struct vpci_identity *identity,
			const struct vpci_ops *ops);

/* Gives it a 32-bit memory BAR of bytes, a power of two from 16 to 1 MB. */
void vpci_add_bar(struct vpci_function *function, unsigned bar, uint32_t bytes);

/* Gives it MSI-X, its table and pending bits at these offsets (8-byte aligned) of bar. */
void vpci_add_msix(struct vpci_function *function, struct vm *vm, unsigned vectors, unsigned bar,
		   uint32_t table, uint32_t pending);

/*
 * Puts a complete function on the bus as device 0 to VPCI_DEVICES_MOST - 1, and gives its BARs
 * addresses. Before the guest runs. The function stays the caller's and must outlive the bus.
 */
void vpci_bus_attach(struct vpci_bus *bus, unsigned device, struct vpci_function *function);

/* Ports 0xcf8 to 0xcff: accesses of 1, 2 or 4 bytes. */
uint32_t vpci_io_read(struct vpci_bus *bus, uint16_t port, unsigned bytes);
void vpci_io_write(struct vpci_bus *bus, uint16_t port, unsigned bytes, uint32_t value);

/* Memory accesses; false if no BAR decodes the address. */
bool vpci_memory_read(struct vpci_bus *bus, uint64_t address, unsigned bytes, uint64_t *value);
bool vpci_memory_write(struct vpci_bus *bus, uint64_t address, unsigned bytes, uint64_t value);

#endif
