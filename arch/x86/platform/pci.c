// SPDX-License-Identifier: BSD-2-Clause
/* The guest's PCI bus: configuration mechanism 1, header type 0 functions, BAR decoding. */
#include "arch/x86/platform/pci.h"

#include "arch/x86/platform/platform.h"
#include "arch/x86/platform/ports.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/string.h"

/* Configuration header (PCI 3.0, section 6.1). */
#define PCI_VENDOR           0x00
#define PCI_DEVICE           0x02
#define PCI_COMMAND          0x04
#define COMMAND_MEMORY       (1u << 1)
#define COMMAND_MASTER       (1u << 2)
#define COMMAND_INTX_DISABLE (1u << 10)
#define PCI_STATUS           0x06
#define STATUS_CAPABILITIES  (1u << 4)
#define PCI_REVISION         0x08
#define PCI_CLASS            0x09
#define PCI_CACHE_LINE       0x0c
#define PCI_BAR(n)           (0x10 + 4 * (n))
#define PCI_SUBSYSTEM_VENDOR 0x2c
#define PCI_SUBSYSTEM        0x2e
#define PCI_CAPABILITIES     0x34
#define PCI_INTERRUPT_LINE   0x3c

/* MSI-X capability (PCI 3.0, section 6.8.2). */
#define CAPABILITY_FIRST 0x40
#define CAPABILITY_MSIX  0x11
#define MSIX_CONTROL     2
#define MSIX_ENABLE      (1u << 15)
#define MSIX_MASK_ALL    (1u << 14)
#define MSIX_TABLE       4
#define MSIX_PENDING     8
#define PENDING_BYTES    8

/* CONFIG_ADDRESS (PCI 3.0, section 3.2.2.3.2). */
#define ADDRESS_ENABLE   (1u << 31)
#define ADDRESS_RESERVED 0x7f000000u
#define ADDRESS_WRITABLE 0xfffffffcu

static uint32_t config_get(const uint8_t *config, unsigned offset, unsigned bytes)
{
	uint32_t value = 0;

	memcpy(&value, config + offset, bytes);
	return value;
}

static void config_set(uint8_t *config, unsigned offset, unsigned bytes, uint32_t value)
{
	memcpy(config + offset, &value, bytes);
}

void vpci_bus_init(struct vpci_bus *bus)
{
	memset(bus, 0, sizeof(*bus));
	bus->memory_next = PLATFORM_PCI_START;
}

void vpci_function_init(struct vpci_function *function, const struct vpci_identity *identity,
			const struct vpci_ops *ops)
{
	uint8_t *config = function->config;

	memset(function, 0, sizeof(*function));
	function->ops = ops;
	config_set(config, PCI_VENDOR, 2, identity->vendor);
	config_set(config, PCI_DEVICE, 2, identity->device);
	config_set(config, PCI_REVISION, 1, identity->revision);
	config_set(config, PCI_CLASS, 3, identity->class_code);
	config_set(config, PCI_SUBSYSTEM_VENDOR, 2, identity->vendor);
	config_set(config, PCI_SUBSYSTEM, 2, identity->device);
	config_set(function->writable, PCI_COMMAND, 2, COMMAND_MASTER | COMMAND_INTX_DISABLE);
	config_set(function->writable, PCI_CACHE_LINE, 1, 0xff);
	config_set(function->writable, PCI_INTERRUPT_LINE, 1, 0xff);
}

void vpci_add_bar(struct vpci_function *function, unsigned bar, uint32_t bytes)
{
	function->bar_bytes[bar] = bytes;
	config_set(function->writable, PCI_BAR(bar), 4, ~(bytes - 1));
	function->writable[PCI_COMMAND] |= COMMAND_MEMORY;
}

void vpci_add_msix(struct vpci_function *function, struct vm *vm, unsigned vectors, unsigned bar,
		   uint32_t table, uint32_t pending)
{
	unsigned capability = CAPABILITY_FIRST;
	uint8_t *config = function->config;

	function->msix_capability = capability;
	function->msix_bar = bar;
	function->msix_table = table;
	function->msix_pending = pending;
	config_set(config, capability, 2, CAPABILITY_MSIX);
	config_set(config, capability + MSIX_CONTROL, 2, vectors - 1);
	config_set(config, capability + MSIX_TABLE, 4, table | bar);
	config_set(config, capability + MSIX_PENDING, 4, pending | bar);
	config_set(function->writable, capability + MSIX_CONTROL, 2, MSIX_ENABLE | MSIX_MASK_ALL);
	config_set(config, PCI_CAPABILITIES, 1, capability);
	config_set(config, PCI_STATUS, 2, STATUS_CAPABILITIES);
	vpci_msix_init(&function->msix, vm, vectors);
}

void vpci_bus_attach(struct vpci_bus *bus, unsigned device, struct vpci_function *function)
{
	ASSERT(device < VPCI_DEVICES_MOST && !bus->function[device]);
	for (unsigned i = 0; i < VPCI_BARS; i++) {
		uint32_t bytes = function->bar_bytes[i];

		if (!bytes)
			continue;
		bus->memory_next = (bus->memory_next + bytes - 1) & ~(bytes - 1);
		config_set(function->config, PCI_BAR(i), 4, bus->memory_next);
		bus->memory_next += bytes;
	}
	bus->function[device] = function;
}

/* Brings decoding and MSI-X in line with what config says. Called with the lock held. */
static void apply_config(struct vpci_function *function)
{
	uint32_t command = config_get(function->config, PCI_COMMAND, 2);

	for (unsigned i = 0; i < VPCI_BARS; i++) {
		uint32_t address = 0;

		if (function->bar_bytes[i] && command & COMMAND_MEMORY)
			address = config_get(function->config, PCI_BAR(i), 4);
		WRITE_ONCE(function->bar_address[i], address);
	}
	if (function->msix_capability) {
		uint32_t control =
			config_get(function->config, function->msix_capability + MSIX_CONTROL, 2);

		vpci_msix_enable(&function->msix, command & COMMAND_MASTER &&
							  control & MSIX_ENABLE &&
							  !(control & MSIX_MASK_ALL));
	}
}

static void config_write(struct vpci_function *function, unsigned offset, unsigned bytes,
			 uint32_t value)
{
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t writable = function->writable[offset + i];
		uint8_t *byte = &function->config[offset + i];

		*byte = (*byte & ~writable) | (value >> 8 * i & writable);
	}
	apply_config(function);
}

/* The function that CONFIG_ADDRESS selects, or NULL. */
static struct vpci_function *selected_function(const struct vpci_bus *bus)
{
	unsigned number = bus->address >> 16 & 0xff;
	unsigned device = bus->address >> 11 & 31;
	unsigned function = bus->address >> 8 & 7;

	if (!(bus->address & ADDRESS_ENABLE) || bus->address & ADDRESS_RESERVED || number ||
	    function || device >= VPCI_DEVICES_MOST)
		return NULL;
	return bus->function[device];
}

static bool is_config_data(uint16_t port, unsigned bytes)
{
	return port >= PORT_PCI_DATA && port + bytes <= PORT_PCI_DATA + 4;
}

uint32_t vpci_io_read(struct vpci_bus *bus, uint16_t port, unsigned bytes)
{
	bool enabled = spin_lock_irq(&bus->lock);
	const struct vpci_function *function = selected_function(bus);
	uint32_t value = 0xffffffff;

	if (port == PORT_PCI_ADDRESS && bytes == 4)
		value = bus->address;
	else if (is_config_data(port, bytes) && function)
		value = config_get(function->config, (bus->address & 0xfc) + (port & 3), bytes);
	spin_unlock_irq(&bus->lock, enabled);
	return value;
}

void vpci_io_write(struct vpci_bus *bus, uint16_t port, unsigned bytes, uint32_t value)
{
	bool enabled = spin_lock_irq(&bus->lock);
	struct vpci_function *function = selected_function(bus);

	if (port == PORT_PCI_ADDRESS && bytes == 4)
		bus->address = value & ADDRESS_WRITABLE;
	else if (is_config_data(port, bytes) && function)
		config_write(function, (bus->address & 0xfc) + (port & 3), bytes, value);
	spin_unlock_irq(&bus->lock, enabled);
}

/* Finds the BAR that decodes all of the access; the guest may move BARs at any time. */
static struct vpci_function *decode(struct vpci_bus *bus, uint64_t address, unsigned bytes,
				    unsigned *bar, uint32_t *offset)
{
	for (unsigned device = 0; device < VPCI_DEVICES_MOST; device++) {
		struct vpci_function *function = bus->function[device];

		for (unsigned i = 0; function && i < VPCI_BARS; i++) {
			uint32_t base = READ_ONCE(function->bar_address[i]);

			if (!base || address < base ||
			    address - base + bytes > function->bar_bytes[i])
				continue;
			*bar = i;
			*offset = address - base;
			return function;
		}
	}
	return NULL;
}

static bool is_within(uint32_t offset, uint32_t start, uint32_t bytes)
{
	return offset >= start && offset - start < bytes;
}

static bool hits_table(const struct vpci_function *function, unsigned bar, uint32_t offset)
{
	return function->msix_capability && bar == function->msix_bar &&
	       is_within(offset, function->msix_table, function->msix.vectors * MSIX_ENTRY_BYTES);
}

static bool hits_pending(const struct vpci_function *function, unsigned bar, uint32_t offset)
{
	return function->msix_capability && bar == function->msix_bar &&
	       is_within(offset, function->msix_pending, PENDING_BYTES);
}

bool vpci_memory_read(struct vpci_bus *bus, uint64_t address, unsigned bytes, uint64_t *value)
{
	uint32_t offset = 0;
	unsigned bar = 0;
	struct vpci_function *function = decode(bus, address, bytes, &bar, &offset);

	if (!function)
		return false;
	if (hits_table(function, bar, offset))
		*value =
			vpci_msix_table_read(&function->msix, offset - function->msix_table, bytes);
	else if (hits_pending(function, bar, offset))
		*value = vpci_msix_pending_read(&function->msix, offset - function->msix_pending,
						bytes);
	else
		*value = function->ops->read(function, bar, offset, bytes);
	return true;
}

bool vpci_memory_write(struct vpci_bus *bus, uint64_t address, unsigned bytes, uint64_t value)
{
	uint32_t offset = 0;
	unsigned bar = 0;
	struct vpci_function *function = decode(bus, address, bytes, &bar, &offset);

	if (!function)
		return false;
	if (hits_table(function, bar, offset))
		vpci_msix_table_write(&function->msix, offset - function->msix_table, bytes, value);
	else if (!hits_pending(function, bar, offset))
		function->ops->write(function, bar, offset, bytes, value);
	return true;
}
