// SPDX-License-Identifier: BSD-2-Clause
/* What drivers do with a PCI device: configuration space, BARs, capabilities, MSI-X. */
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/address_space.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/machine.h"

/* MSI-X capability and table (PCI 3.0, 6.8.2). */
#define MSIX_CONTROL       2
#define MSIX_TABLE_SIZE    0x7ffu
#define MSIX_FUNCTION_MASK (1u << 14)
#define MSIX_ENABLE        (1u << 15)
#define MSIX_TABLE         4
#define MSIX_PENDING       8
#define MSIX_BIR           0x7u
#define MSIX_ENTRY_BYTES   16
#define MSIX_ENTRY_CONTROL 12
#define MSIX_ENTRY_MASKED  1u

/* MSI capability (PCI 3.0, 6.8.1). */
#define MSI_CONTROL 2
#define MSI_ENABLE  1u

#define CAPABILITIES_MOST 48

/* A capability that begins at the end of configuration space has registers that do not exist. */
uint32_t pci_read32(const struct pci_device *dev, unsigned offset)
{
	return offset < PCI_CONFIG_BYTES ? pci_config_read(dev->at, offset) : UINT32_MAX;
}

uint16_t pci_read16(const struct pci_device *dev, unsigned offset)
{
	return (uint16_t)(pci_read32(dev, offset & ~3u) >> 8 * (offset & 2));
}

uint8_t pci_read8(const struct pci_device *dev, unsigned offset)
{
	return (uint8_t)(pci_read32(dev, offset & ~3u) >> 8 * (offset & 3));
}

void pci_write32(const struct pci_device *dev, unsigned offset, uint32_t value)
{
	if (offset < PCI_CONFIG_BYTES)
		pci_config_write(dev->at, offset, value);
}

void pci_write16(const struct pci_device *dev, unsigned offset, uint16_t value)
{
	if (offset < PCI_CONFIG_BYTES)
		pci_config_write16(dev->at, offset, value);
}

bool pci_is_gone(const struct pci_device *dev)
{
	return pci_read16(dev, PCI_VENDOR_ID) == PCI_VENDOR_ABSENT;
}

static int enable_function(const struct pci_device *dev, unsigned bits)
{
	int error = pci_power_up(dev);

	if (!error)
		pci_write16(dev, PCI_COMMAND, (uint16_t)(pci_read16(dev, PCI_COMMAND) | bits));
	return error;
}

/*
 * A bridge forwards requests from below, messages of MSI-X included, only as a bus master; others
 * it answers as unsupported (PCI Express 4.0, 7.5.1.1.3). UEFI firmware may leave it so.
 */
static int enable_bridges(const struct pci_device *dev, unsigned bits)
{
	const struct pci_device *bridge = dev;
	int error = 0;

	while (!error && (bridge = pci_bridge_above(bridge)))
		error = enable_function(bridge, bits);
	return error;
}

int pci_enable(const struct pci_device *dev)
{
	int error = enable_bridges(dev, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

	if (!error)
		error = pci_power_up(dev);
	if (error)
		return error;
	pci_disable(dev);
	pci_match_payload(dev);
	return enable_function(dev, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
}

void pci_enable_dma(const struct pci_device *dev)
{
	uint16_t command = pci_read16(dev, PCI_COMMAND);

	pci_write16(dev, PCI_COMMAND, command | PCI_COMMAND_MASTER);
}

int pci_enable_memory(const struct pci_device *dev)
{
	int error = enable_bridges(dev, PCI_COMMAND_MEMORY);

	if (!error && pci_power_state(dev))
		error = -ENODEV;
	return error ? error : enable_function(dev, PCI_COMMAND_MEMORY);
}

void pci_disable(const struct pci_device *dev)
{
	uint16_t command = pci_read16(dev, PCI_COMMAND);

	pci_write16(dev, PCI_COMMAND, command & (uint16_t)~PCI_COMMAND_MASTER);
}

uint8_t pci_find_capability(const struct pci_device *dev, uint8_t id)
{
	unsigned at;

	if (!(pci_read16(dev, PCI_STATUS) & PCI_STATUS_CAPABILITY))
		return 0;
	at = pci_read8(dev, PCI_CAPABILITIES) & ~3u;
	for (unsigned i = 0; i < CAPABILITIES_MOST && at >= PCI_CAPABILITIES_FIRST; i++) {
		if (pci_read8(dev, at) == id)
			return (uint8_t)at;
		at = pci_read8(dev, at + 1) & ~3u;
	}
	return 0;
}

volatile void *pci_map_bar(const struct pci_device *dev, unsigned bar)
{
	const struct pci_bar *region = &dev->bar[bar];

	if (bar >= PCI_BARS || !region->bytes || region->io) {
		log_error("PCI %s: BAR %u is no memory", dev->name, bar);
		return NULL;
	}
	if (!region->address) {
		log_error("PCI %s: the firmware gave BAR %u (%lu bytes) no address", dev->name, bar,
			  region->bytes);
		return NULL;
	}
	if (!pci_bridges_pass(dev, region->address, region->bytes))
		return NULL;
	return mmio_map(region->address, region->bytes);
}

/* Maps bytes at the place that the MSI-X capability's register at offset names. */
static volatile void *map_structure(const struct pci_device *dev, unsigned offset, uint64_t bytes)
{
	uint32_t place = pci_read32(dev, offset);
	unsigned bar = place & MSIX_BIR;
	uint64_t start = place & ~MSIX_BIR;
	volatile uint8_t *base;

	if (bar >= PCI_BARS || start + bytes > dev->bar[bar].bytes) {
		log_error("PCI %s: MSI-X structure of %lu bytes at %#lx does not fit into BAR %u",
			  dev->name, bytes, start, bar);
		return NULL;
	}
	base = pci_map_bar(dev, bar);
	return base ? base + start : NULL;
}

static void mask_entries(const struct pci_msix *msix)
{
	volatile uint8_t *entry = msix->table;

	for (unsigned i = 0; i < msix->entries; i++, entry += MSIX_ENTRY_BYTES)
		mmio_write32(entry + MSIX_ENTRY_CONTROL, MSIX_ENTRY_MASKED);
}

/* MSI and MSI-X must not be enabled at once (PCI 3.0, 6.8); network boot may have left MSI on. */
static void disable_msi(const struct pci_device *dev)
{
	unsigned at = pci_find_capability(dev, PCI_CAPABILITY_MSI);

	if (at)
		pci_write16(dev, at + MSI_CONTROL,
			    pci_read16(dev, at + MSI_CONTROL) & (uint16_t)~MSI_ENABLE);
}

int pci_enable_msix(const struct pci_device *dev, struct pci_msix *msix)
{
	uint16_t control;

	msix->capability = pci_find_capability(dev, PCI_CAPABILITY_MSIX);
	if (!msix->capability) {
		log_error("PCI %s: no MSI-X", dev->name);
		return -ENODEV;
	}
	control = pci_read16(dev, msix->capability + MSIX_CONTROL);
	msix->entries = (uint16_t)((control & MSIX_TABLE_SIZE) + 1);
	msix->table = map_structure(dev, msix->capability + MSIX_TABLE,
				    (uint64_t)msix->entries * MSIX_ENTRY_BYTES);
	msix->pending =
		map_structure(dev, msix->capability + MSIX_PENDING, (msix->entries + 63) / 64 * 8);
	if (!msix->table || !msix->pending)
		return -ENODEV;
	disable_msi(dev);
	pci_write16(dev, msix->capability + MSIX_CONTROL,
		    control | MSIX_ENABLE | MSIX_FUNCTION_MASK);
	mask_entries(msix);
	pci_write16(dev, msix->capability + MSIX_CONTROL,
		    (control | MSIX_ENABLE) & (uint16_t)~MSIX_FUNCTION_MASK);
	return 0;
}
