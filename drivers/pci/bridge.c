// SPDX-License-Identifier: BSD-2-Clause
/* PCI-to-PCI bridges, ports of PCI Express included: what they let pass. */
#include <stddef.h>

#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/log.h"

#define CLASS_SUBTRACTIVE 0x060401 /* passes all that nobody else takes */

/* Memory from first to last; none if last is less. */
struct window {
	uint64_t first, last;
};

/* The scan notes as bridges only those whose buses have higher numbers: no chain has a loop. */
const struct pci_device *pci_bridge_above(const struct pci_device *dev)
{
	const struct pci_device *nearest = NULL;

	for (unsigned i = 0; i < pci_device_count; i++) {
		const struct pci_device *bridge = &pci_devices[i];

		if (bridge->bridge && bridge->at.segment == dev->at.segment &&
		    bridge->secondary <= dev->at.bus && dev->at.bus <= bridge->subordinate &&
		    (!nearest || bridge->secondary > nearest->secondary))
			nearest = bridge;
	}
	return nearest;
}

/* Bits 31:20 of base and limit are in bits 15:4 of each half (PCI-to-PCI Bridge 1.2, 3.2.5.8). */
static struct window read_window(const struct pci_device *bridge, unsigned offset)
{
	uint32_t value = pci_read32(bridge, offset);

	return (struct window){(uint64_t)(value & 0xfff0) << 16, value | 0xfffff};
}

static struct window read_prefetch_window(const struct pci_device *bridge)
{
	struct window window = read_window(bridge, PCI_PREFETCH_WINDOW);

	if (pci_read32(bridge, PCI_PREFETCH_WINDOW) & PCI_WINDOW_WIDE) {
		window.first |= (uint64_t)pci_read32(bridge, PCI_PREFETCH_BASE_HIGH) << 32;
		window.last |= (uint64_t)pci_read32(bridge, PCI_PREFETCH_END_HIGH) << 32;
	}
	return window;
}

static bool covers(struct window window, uint64_t address, uint64_t bytes)
{
	return address >= window.first && address + (bytes - 1) <= window.last;
}

static bool passes(const struct pci_device *bridge, const struct pci_device *dev, uint64_t address,
		   uint64_t bytes)
{
	struct window memory = read_window(bridge, PCI_MEMORY_WINDOW);
	struct window prefetch = read_prefetch_window(bridge);

	if (bridge->class == CLASS_SUBTRACTIVE || covers(memory, address, bytes) ||
	    covers(prefetch, address, bytes))
		return true;
	log_error("PCI %s: BAR at %#lx (%lu bytes) is outside the windows of bridge %s, "
		  "%#lx-%#lx and %#lx-%#lx",
		  dev->name, address, bytes, bridge->name, memory.first, memory.last,
		  prefetch.first, prefetch.last);
	return false;
}

bool pci_bridges_pass(const struct pci_device *dev, uint64_t address, uint64_t bytes)
{
	for (const struct pci_device *bridge = dev; (bridge = pci_bridge_above(bridge));)
		if (!passes(bridge, dev, address, bytes))
			return false;
	return true;
}
