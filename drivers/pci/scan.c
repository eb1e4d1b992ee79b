// SPDX-License-Identifier: BSD-2-Clause
/* Finding devices: every function of every bus that the host bridge or a bridge leads to. */
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/string.h"

#define BUSES         256
#define DEVICES       32
#define FUNCTIONS     8
#define VENDOR_ABSENT 0xffff

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

static void read_device(struct pci_device *dev, uint8_t header)
{
	uint32_t class = pci_read32(dev, PCI_REVISION);

	dev->device_id = pci_read16(dev, PCI_DEVICE_ID);
	dev->revision = (uint8_t) class;
	dev->class = class >> 8;
	format_string(dev->name, sizeof(dev->name), "%02x:%02x.%u", dev->bus, dev->device,
		      dev->function);
	if (header == PCI_HEADER_DEVICE) {
		dev->subsystem_vendor = pci_read16(dev, PCI_SUBSYSTEM_VENDOR);
		dev->subsystem = pci_read16(dev, PCI_SUBSYSTEM);
		read_bars(dev);
	}
	log_debug("PCI %s: %04x:%04x class %06x", dev->name, dev->vendor, dev->device_id,
		  dev->class);
}

/* Notes the buses still to be scanned: by index, so that no bridge can make a loop. */
static uint8_t bus_known[BUSES];

/* Returns the header type, or -1 if the function is absent or cannot be noted. */
static int scan_function(uint8_t bus, uint8_t device, uint8_t function)
{
	struct pci_device *dev = &pci_devices[pci_device_count];
	uint8_t header;

	if (pci_device_count == PCI_DEVICES_MOST)
		return -1;
	*dev = (struct pci_device){.bus = bus, .device = device, .function = function};
	dev->vendor = pci_read16(dev, PCI_VENDOR_ID);
	if (dev->vendor == VENDOR_ABSENT)
		return -1;
	header = pci_read8(dev, PCI_HEADER_TYPE);
	read_device(dev, header & PCI_HEADER_TYPE_MASK);
	if ((header & PCI_HEADER_TYPE_MASK) == PCI_HEADER_BRIDGE)
		bus_known[pci_read8(dev, PCI_BRIDGE_SECONDARY)] = true;
	pci_device_count++;
	return header;
}

static void scan_bus(uint8_t bus)
{
	for (uint8_t device = 0; device < DEVICES; device++) {
		int header = scan_function(bus, device, 0);

		if (header < 0 || !(header & PCI_HEADER_MULTI))
			continue;
		for (uint8_t function = 1; function < FUNCTIONS; function++)
			scan_function(bus, device, function);
	}
}

/* Further root buses: the functions of a multi-function host bridge 00:00 lead to one each. */
static void add_root_buses(void)
{
	bus_known[0] = true;
	if (!(pci_config_read(0, 0, 0, PCI_HEADER_TYPE & ~3u) >> 16 & PCI_HEADER_MULTI))
		return;
	for (uint8_t function = 1; function < FUNCTIONS; function++)
		if ((pci_config_read(0, 0, function, PCI_VENDOR_ID) & 0xffff) != VENDOR_ABSENT)
			bus_known[function] = true;
}

void pci_scan(void)
{
	bool scanned[BUSES] = {false};
	bool again = true;

	pci_device_count = 0;
	memset(bus_known, 0, sizeof(bus_known));
	add_root_buses();
	while (again) {
		again = false;
		for (unsigned bus = 0; bus < BUSES; bus++) {
			if (!bus_known[bus] || scanned[bus])
				continue;
			scanned[bus] = again = true;
			scan_bus((uint8_t)bus);
		}
	}
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
