// SPDX-License-Identifier: BSD-2-Clause
/* Finding devices: every function of every bus. */
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/machine.h"

#define DEVICES   32
#define FUNCTIONS 8

struct pci_device pci_devices[PCI_DEVICES_MOST];
unsigned pci_device_count;

/* The BAR register as it reads after all ones were written, which shows the size
 * (PCI 3.0, 6.2.5.1). */
static uint32_t probe_size(const struct pci_device *dev, unsigned offset)
{
	uint32_t saved = pci_read32(dev, offset);
	uint32_t size;

	pci_write32(dev, offset, UINT32_MAX);
	size = pci_read32(dev, offset);
	pci_write32(dev, offset, saved);
	return size;
}

/* Returns how many of the six registers the BAR takes. */
static unsigned read_bar(struct pci_device *dev, unsigned index)
{
	struct pci_bar *bar = &dev->bar[index];
	unsigned offset = PCI_BAR0 + 4 * index;
	uint32_t low = pci_read32(dev, offset);
	uint64_t mask = probe_size(dev, offset) | 0xffffffff00000000ull;

	if (!(uint32_t)mask)
		return 1;
	bar->io = low & PCI_BAR_IO;
	if (bar->io) {
		mask = (mask & ~(uint64_t)PCI_BAR_IO_FLAGS) | 0xffff0000;
		bar->address = low & 0xffff & ~PCI_BAR_IO_FLAGS;
		bar->bytes = ~mask + 1;
		return 1;
	}
	bar->prefetchable = low & PCI_BAR_PREFETCHABLE;
	bar->wide = low & PCI_BAR_WIDE && index + 1 < PCI_BARS;
	bar->address = low & ~PCI_BAR_MEMORY_FLAGS;
	if (bar->wide) {
		bar->address |= (uint64_t)pci_read32(dev, offset + 4) << 32;
		mask = (uint32_t)mask | (uint64_t)probe_size(dev, offset + 4) << 32;
	}
	bar->bytes = ~(mask & ~(uint64_t)PCI_BAR_MEMORY_FLAGS) + 1;
	return bar->wide ? 2 : 1;
}

/* The device must not decode addresses, nor do DMA, while its BARs hold all ones. */
static void read_bars(struct pci_device *dev)
{
	uint16_t command = pci_read16(dev, PCI_COMMAND);

	pci_write16(dev, PCI_COMMAND, command & (uint16_t) ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (unsigned i = 0; i < PCI_BARS;)
		i += read_bar(dev, i);
	pci_write16(dev, PCI_COMMAND, command);
}

/*
 * Bridges, interrupt controllers, timers, the screen, serial ports: they are in use, and sizing
 * their BARs would stop them for a moment. (PCI Code and ID Assignment: base class in the upper 8
 * of 24 bits.)
 */
static bool is_part_of_machine(uint32_t class)
{
	static const uint8_t base_classes[] = {0x03, 0x05, 0x06, 0x07, 0x08, 0x0b, 0x11, 0x13};

	for (unsigned i = 0; i < ARRAY_SIZE(base_classes); i++)
		if (class >> 16 == base_classes[i])
			return true;
	return false;
}

/* What is below a bridge does not answer, and would not be found, while the bridge is not in D0. */
static void read_bridge(struct pci_device *dev)
{
	dev->secondary = pci_read8(dev, PCI_SECONDARY_BUS);
	dev->subordinate = pci_read8(dev, PCI_SUBORDINATE_BUS);
	dev->bridge = dev->secondary > dev->at.bus && dev->subordinate >= dev->secondary;
	if (dev->bridge)
		pci_power_up(dev);
}

static void read_device(struct pci_device *dev, uint8_t header)
{
	uint32_t class = pci_read32(dev, PCI_REVISION);

	dev->device_id = pci_read16(dev, PCI_DEVICE_ID);
	dev->revision = (uint8_t) class;
	dev->class = class >> 8;
	if (dev->at.segment)
		format_string(dev->name, sizeof(dev->name), "%04x:%02x:%02x.%u", dev->at.segment,
			      dev->at.bus, dev->at.device, dev->at.function);
	else
		format_string(dev->name, sizeof(dev->name), "%02x:%02x.%u", dev->at.bus,
			      dev->at.device, dev->at.function);
	if (header == PCI_HEADER_DEVICE && !is_part_of_machine(dev->class)) {
		dev->subsystem_vendor = pci_read16(dev, PCI_SUBSYSTEM_VENDOR);
		dev->subsystem = pci_read16(dev, PCI_SUBSYSTEM);
		read_bars(dev);
	}
	if (header == PCI_HEADER_BRIDGE)
		read_bridge(dev);
	log_debug("PCI %s: %04x:%04x class %06x", dev->name, dev->vendor, dev->device_id,
		  dev->class);
}

/* Returns the header type, or -1 if the function is absent or cannot be noted. */
static int scan_function(struct pci_address at)
{
	struct pci_device *dev = &pci_devices[pci_device_count];
	uint8_t header;

	if (pci_device_count == PCI_DEVICES_MOST)
		return -1;
	*dev = (struct pci_device){.at = at};
	dev->vendor = pci_read16(dev, PCI_VENDOR_ID);
	if (dev->vendor == PCI_VENDOR_ABSENT)
		return -1;
	header = pci_read8(dev, PCI_HEADER_TYPE);
	read_device(dev, header & PCI_HEADER_TYPE_MASK);
	if (pci_is_gone(dev)) {
		log_warning("PCI %s: gone while it was looked at", dev->name);
		return -1;
	}
	pci_device_count++;
	return header;
}

static void scan_bus(uint16_t segment, uint8_t bus)
{
	struct pci_address at = {.segment = segment, .bus = bus};

	for (at.device = 0; at.device < DEVICES; at.device++) {
		int header;

		at.function = 0;
		header = scan_function(at);
		if (header < 0 || !(header & PCI_HEADER_MULTI))
			continue;
		for (at.function = 1; at.function < FUNCTIONS; at.function++)
			scan_function(at);
	}
}

void pci_scan(void)
{
	struct pci_buses buses[PCI_BUSES_MOST];
	unsigned count = pci_config_init(buses);

	pci_device_count = 0;
	for (unsigned i = 0; i < count; i++)
		for (unsigned bus = buses[i].first; bus <= buses[i].last; bus++)
			scan_bus(buses[i].segment, (uint8_t)bus);
	if (pci_device_count == PCI_DEVICES_MOST)
		log_warning("PCI: only the first %u devices are known", PCI_DEVICES_MOST);
	log_info("PCI: %u devices", pci_device_count);
}

struct pci_device *pci_find(struct pci_device *after,
			    bool (*matches)(uint16_t vendor, uint16_t device_id))
{
	struct pci_device *end = pci_devices + pci_device_count;

	for (struct pci_device *dev = after ? after + 1 : pci_devices; dev < end; dev++)
		if (matches(dev->vendor, dev->device_id))
			return dev;
	return NULL;
}
