/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCI devices of the machine (PCI Local Bus 3.0, PCI-to-PCI Bridge 1.2). */
#ifndef SLUICE_DRIVERS_PCI_PCI_H
#define SLUICE_DRIVERS_PCI_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/config.h"

#define PCI_DEVICES_MOST 1024
#define PCI_BARS         6

/* Offsets in configuration space that drivers need. */
#define PCI_CAPABILITY_MSIX 0x11

struct pci_bar {
	uint64_t address;
	uint64_t bytes; /* 0: not implemented, or the upper half of a 64-bit one */
	bool io, wide, prefetchable;
};

struct pci_device {
	struct pci_address at;
	uint8_t revision;
	uint16_t vendor, device_id;
	uint16_t subsystem_vendor, subsystem;
	uint32_t class;               /* base class, subclass, programming interface: 24 bits */
	struct pci_bar bar[PCI_BARS]; /* empty for bridges, timers and other parts of the machine */
	char name[16];                /* [segment:]bus:device.function, for messages */
};

/* Where a device's MSI-X structures are (PCI 3.0, 6.8.2). */
struct pci_msix {
	uint8_t capability; /* offset of the capability */
	uint16_t entries;
	volatile void *table; /* mapped */
	volatile void *pending;
};

/* All devices found, in order of segment, bus, device, function. */
extern struct pci_device pci_devices[PCI_DEVICES_MOST];
extern unsigned pci_device_count;

/*
 * Finds the devices on all buses, and logs them at debug level. Every bus number is looked at, as
 * nothing but AML names the root buses that large machines have beside bus 0.
 */
void pci_scan(void);

/* The next device after `after` (NULL: the first) that `matches` says yes to, or NULL. */
struct pci_device *pci_find(struct pci_device *after,
			    bool (*matches)(uint16_t vendor, uint16_t device_id));

/* Configuration space, offset below 256 and a multiple of the access's size. */
uint8_t pci_read8(const struct pci_device *dev, unsigned offset);
uint16_t pci_read16(const struct pci_device *dev, unsigned offset);
uint32_t pci_read32(const struct pci_device *dev, unsigned offset);
void pci_write16(const struct pci_device *dev, unsigned offset, uint16_t value);
void pci_write32(const struct pci_device *dev, unsigned offset, uint32_t value);

/* Lets the device decode its memory and do DMA; switches its INTx off. */
void pci_enable(const struct pci_device *dev);
/* Stops the device's DMA. */
void pci_disable(const struct pci_device *dev);

/* Offset of a capability in configuration space, or 0. */
uint8_t pci_find_capability(const struct pci_device *dev, uint8_t id);

/*
 * Maps a memory BAR (0 to 5) uncached. Returns its address, or NULL, logged, if it is no memory
 * BAR or was given no address.
 */
volatile void *pci_map_bar(const struct pci_device *dev, unsigned bar);

/*
 * Maps the MSI-X structures, masks all entries and switches MSI-X on. Returns 0, or -ENODEV
 * without MSI-X or with structures outside the device's BARs, logged.
 */
int pci_enable_msix(const struct pci_device *dev, struct pci_msix *msix);

#endif
