/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration space by address (PCI 3.0, 3.2.2.3). Reached by arch/x86/cpu/pci_config.c. */
#ifndef SLUICE_DRIVERS_PCI_CONFIG_H
#define SLUICE_DRIVERS_PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_VENDOR_ID          0x00
#define PCI_DEVICE_ID          0x02
#define PCI_COMMAND            0x04
#define PCI_COMMAND_IO         (1u << 0)
#define PCI_COMMAND_MEMORY     (1u << 1)
#define PCI_COMMAND_MASTER     (1u << 2)
#define PCI_COMMAND_INTX_OFF   (1u << 10)
#define PCI_STATUS             0x06
#define PCI_STATUS_CAPABILITY  (1u << 4)
#define PCI_REVISION           0x08 /* 8 bits, then 24 bits of class */
#define PCI_HEADER_TYPE        0x0e
#define PCI_HEADER_MULTI       0x80
#define PCI_HEADER_TYPE_MASK   0x7f
#define PCI_HEADER_DEVICE      0
#define PCI_HEADER_BRIDGE      1
#define PCI_BAR0               0x10
#define PCI_BAR_IO             (1u << 0)
#define PCI_BAR_WIDE           (1u << 2)
#define PCI_BAR_PREFETCHABLE   (1u << 3)
#define PCI_BAR_IO_FLAGS       0x3u
#define PCI_BAR_MEMORY_FLAGS   0xfu
#define PCI_SECONDARY_BUS      0x19 /* of bridges (PCI-to-PCI Bridge 1.2, 3.2.5) */
#define PCI_SUBORDINATE_BUS    0x1a
#define PCI_MEMORY_WINDOW      0x20 /* base, limit: 16 bits each, as are the next two */
#define PCI_PREFETCH_WINDOW    0x24
#define PCI_PREFETCH_BASE_HIGH 0x28
#define PCI_PREFETCH_END_HIGH  0x2c
#define PCI_WINDOW_WIDE        1u
#define PCI_SUBSYSTEM_VENDOR   0x2c
#define PCI_SUBSYSTEM          0x2e
#define PCI_CAPABILITIES       0x34
#define PCI_CAPABILITIES_FIRST 0x40

#define PCI_CONFIG_BYTES  256    /* without the extended part */
#define PCI_VENDOR_ABSENT 0xffff /* reads so where nothing answers */

/* A function: device below 32, function below 8. */
struct pci_address {
	uint16_t segment;
	uint8_t bus, device, function;
};

static inline bool pci_is_same(struct pci_address a, struct pci_address b)
{
	return a.segment == b.segment && a.bus == b.bus && a.device == b.device &&
	       a.function == b.function;
}

/* Buses of a segment whose configuration space can be reached. */
struct pci_buses {
	uint16_t segment;
	uint8_t first, last;
};

#define PCI_BUSES_MOST 33

/*
 * Finds out how configuration space is reached, and logs it. Fills buses, in order of segment and
 * bus, and returns their number. Before anything below.
 */
unsigned pci_config_init(struct pci_buses buses[PCI_BUSES_MOST]);

/* An address within those buses, an offset below 256 and a multiple of 4. */
uint32_t pci_config_read(struct pci_address at, unsigned offset);
void pci_config_write(struct pci_address at, unsigned offset, uint32_t value);

/* Only these two bytes: writing the other half of a register may have effects of its own. */
void pci_config_write16(struct pci_address at, unsigned offset, uint16_t value);

#endif
