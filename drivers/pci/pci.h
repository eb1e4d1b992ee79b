/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCI devices of the machine (PCI Local Bus 3.0, PCI-to-PCI Bridge 1.2). */
#ifndef SLUICE_DRIVERS_PCI_PCI_H
#define SLUICE_DRIVERS_PCI_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/config.h"

#define PCI_DEVICES_MOST 1024
#define PCI_BARS         6

/* Capability ids (PCI Code and ID Assignment, 2). */
#define PCI_CAPABILITY_POWER   0x01
#define PCI_CAPABILITY_MSI     0x05
#define PCI_CAPABILITY_EXPRESS 0x10
#define PCI_CAPABILITY_MSIX    0x11

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
	bool bridge;                  /* PCI-to-PCI: the buses secondary to subordinate are below */
	uint8_t secondary, subordinate;
	char name[16]; /* [segment:]bus:device.function, for messages */
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

/*
 * Configuration space, offset a multiple of the access's size. From 256 on reads give ones, and
 * writes are lost, as where nothing answers.
 */
uint8_t pci_read8(const struct pci_device *dev, unsigned offset);
uint16_t pci_read16(const struct pci_device *dev, unsigned offset);
uint32_t pci_read32(const struct pci_device *dev, unsigned offset);
void pci_write16(const struct pci_device *dev, unsigned offset, uint16_t value);
void pci_write32(const struct pci_device *dev, unsigned offset, uint32_t value);

/*
 * Lets the device, and every bridge above it, decode memory, and the bridges pass DMA on, out of
 * whatever power state (up to 10 ms each); switches the device's INTx off, and its DMA: firmware
 * may have left it running. Returns 0, or -ENODEV, logged, if one of them does not answer.
 */
int pci_enable(const struct pci_device *dev);
/* Lets a device that has been enabled do DMA: once its driver has reset it. */
void pci_enable_dma(const struct pci_device *dev);
/*
 * Lets the device and every bridge above it decode memory, no more. Returns 0, or -ENODEV if the
 * device does not answer or is not in D0, or, logged, if a bridge does not.
 */
int pci_enable_memory(const struct pci_device *dev);
/* Stops the device's DMA; bridges stay as they are. */
void pci_disable(const struct pci_device *dev);

/* Whether the function answers no more: unplugged, or without power. */
bool pci_is_gone(const struct pci_device *dev);

/* The bridge whose secondary bus the device is on; NULL on a root bus. */
const struct pci_device *pci_bridge_above(const struct pci_device *dev);

/* The power state, 0 to 3 for D0 to D3hot, or -ENODEV if the function does not answer. */
int pci_power_state(const struct pci_device *dev);

/*
 * Brings the function into D0 if it is not, its header registers as they were. Returns 0, or
 * -ENODEV, logged, if it does not answer.
 */
int pci_power_up(const struct pci_device *dev);

/*
 * Logs the narrowest link between the device and memory, as it is now, with what the device and its
 * slot could do: a warning if it carries less than mbps, in Mb/s. Nothing for what is not PCI
 * Express.
 */
void pci_report_link(const struct pci_device *dev, uint32_t mbps);

/*
 * Sets the device's maximum payload to that of the port above it, as Linux does: a packet larger
 * than its receiver's setting is malformed. Logged if that changes it, or cannot be.
 */
void pci_match_payload(const struct pci_device *dev);

/* Whether all bridges above pass the memory range on to the device; logs the one that does not. */
bool pci_bridges_pass(const struct pci_device *dev, uint64_t address, uint64_t bytes);

/* Offset of a capability in configuration space, or 0. */
uint8_t pci_find_capability(const struct pci_device *dev, uint8_t id);

/*
 * Maps a memory BAR (0 to 5) uncached. Returns its address, or NULL, logged, if it is no memory
 * BAR, was given no address, or one that a bridge above does not pass on.
 */
volatile void *pci_map_bar(const struct pci_device *dev, unsigned bar);

/*
 * Switches MSI off, maps the MSI-X structures, masks all entries and switches MSI-X on. Returns 0,
 * or -ENODEV without MSI-X or with structures outside the device's BARs, logged.
 */
int pci_enable_msix(const struct pci_device *dev, struct pci_msix *msix);

#endif
