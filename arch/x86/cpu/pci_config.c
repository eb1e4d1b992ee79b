// SPDX-License-Identifier: BSD-2-Clause
/*
 * Configuration space: in memory where ACPI's MCFG says so and the ports do not contradict (ECAM,
 * PCI Express 4.0, 7.2.2), otherwise by configuration mechanism 1, an address and a data port.
 */
#include "drivers/pci/config.h"

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/io.h"
#include "kernel/address_space.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/spinlock.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  (1u << 31)

#define BUS_SHIFT 20 /* in ECAM */
#define BUS_BYTES (1ull << BUS_SHIFT)
#define ECAM_END  (1ull << 46)
#define DEVICES   32
#define LAST_BUS  255

/* Protects the pair of ports. */
static struct spinlock lock;

/* ECAM that is used; base is where bus 0 would be. */
static struct window {
	struct pci_buses buses;
	volatile uint8_t *base;
} windows[ACPI_ECAMS_MOST];
static unsigned window_count;

static volatile uint8_t *find_register(const struct window *window, struct pci_address at,
				       unsigned offset)
{
	return window->base + ((uint64_t)at.bus << BUS_SHIFT | (uint64_t)at.device << 15 |
			       (uint64_t)at.function << 12 | offset);
}

static const struct window *find_window(struct pci_address at)
{
	for (unsigned i = 0; i < window_count; i++) {
		const struct pci_buses *buses = &windows[i].buses;

		if (at.segment == buses->segment && at.bus >= buses->first && at.bus <= buses->last)
			return &windows[i];
	}
	return NULL;
}

static void select(struct pci_address at, unsigned offset)
{
	io_write32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)at.bus << 16 |
					   (uint32_t)at.device << 11 | (uint32_t)at.function << 8 |
					   (offset & ~3u));
}

static uint32_t read_by_ports(struct pci_address at, unsigned offset)
{
	bool interrupts = spin_lock_irq(&lock);
	uint32_t value;

	select(at, offset);
	value = io_read32(CONFIG_DATA);
	spin_unlock_irq(&lock, interrupts);
	return value;
}

uint32_t pci_config_read(struct pci_address at, unsigned offset)
{
	const struct window *window = find_window(at);

	return window ? mmio_read32(find_register(window, at, offset)) : read_by_ports(at, offset);
}

void pci_config_write(struct pci_address at, unsigned offset, uint32_t value)
{
	const struct window *window = find_window(at);
	bool interrupts;

	if (window) {
		mmio_write32(find_register(window, at, offset), value);
		return;
	}
	interrupts = spin_lock_irq(&lock);
	select(at, offset);
	io_write32(CONFIG_DATA, value);
	spin_unlock_irq(&lock, interrupts);
}

void pci_config_write16(struct pci_address at, unsigned offset, uint16_t value)
{
	const struct window *window = find_window(at);
	bool interrupts;

	if (window) {
		*(volatile uint16_t *)find_register(window, at, offset) = value;
		return;
	}
	interrupts = spin_lock_irq(&lock);
	select(at, offset);
	io_write16((uint16_t)(CONFIG_DATA + (offset & 2)), value);
	spin_unlock_irq(&lock, interrupts);
}

/* The address port holds what is written to it (PCI 3.0, 3.2.2.3.2). */
static bool has_ports(void)
{
	uint32_t before = io_read32(CONFIG_ADDRESS);
	bool there;

	io_write32(CONFIG_ADDRESS, CONFIG_ENABLE);
	there = io_read32(CONFIG_ADDRESS) == CONFIG_ENABLE;
	io_write32(CONFIG_ADDRESS, before);
	return there;
}

static bool overlaps_memory(uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < boot_info.ranges; i++) {
		const struct boot_range *range = &boot_info.range[i];

		if (range->usable && range->start < end && range->start + range->bytes > start)
			return true;
	}
	return false;
}

/* Both ways must find the same functions on the window's first bus. */
static bool agrees_with_ports(const struct window *window)
{
	struct pci_address at = {.segment = 0, .bus = window->buses.first};

	for (at.device = 0; at.device < DEVICES; at.device++)
		if (mmio_read32(find_register(window, at, PCI_VENDOR_ID)) !=
		    read_by_ports(at, PCI_VENDOR_ID))
			return false;
	return true;
}

static void add_window(const struct acpi_ecam *ecam, bool ports)
{
	struct window *window = &windows[window_count];
	uint64_t start = ecam->address + ecam->first_bus * BUS_BYTES;
	uint64_t bytes = (ecam->last_bus - ecam->first_bus + 1u) * BUS_BYTES;
	volatile uint8_t *first;

	if (ecam->address % BUS_BYTES || ecam->address >= ECAM_END ||
	    overlaps_memory(start, start + bytes)) {
		log_warning("PCI: ECAM at %#lx, which cannot be: not used", ecam->address);
		return;
	}
	window->buses = (struct pci_buses){ecam->segment, ecam->first_bus, ecam->last_bus};
	first = mmio_map(start, bytes);
	if (!first)
		return;
	window->base = first - ecam->first_bus * BUS_BYTES;
	if (ports && !ecam->segment && !agrees_with_ports(window)) {
		log_warning("PCI: ECAM at %#lx shows other devices than the ports: not used",
			    ecam->address);
		return;
	}
	window_count++;
	log_info("PCI: segment %u, buses %u to %u by ECAM at %#lx", ecam->segment, ecam->first_bus,
		 ecam->last_bus, ecam->address);
}

unsigned pci_config_init(struct pci_buses buses[PCI_BUSES_MOST])
{
	bool ports = has_ports();
	unsigned count = 0;

	window_count = 0;
	for (unsigned i = 0; i < acpi_info.ecams; i++)
		add_window(&acpi_info.ecam[i], ports);
	if (ports) {
		buses[count++] = (struct pci_buses){0, 0, LAST_BUS};
		if (!window_count)
			log_info("PCI: configuration by ports");
	}
	for (unsigned i = 0; i < window_count; i++)
		if (windows[i].buses.segment || !ports)
			buses[count++] = windows[i].buses;
	if (!count)
		log_warning("PCI: no way to configuration space");
	return count;
}
