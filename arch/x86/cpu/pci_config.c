// SPDX-License-Identifier: BSD-2-Clause
/* Configuration mechanism 1: an address port and a data port. */
#include "drivers/pci/config.h"

#include "arch/x86/cpu/io.h"
#include "kernel/spinlock.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  (1u << 31)

/* Protects the pair of ports. */
static struct spinlock lock;

static void select(uint8_t bus, uint8_t device, uint8_t function, unsigned offset)
{
	io_write32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)bus << 16 | (uint32_t)device << 11 |
					   (uint32_t)function << 8 | (offset & ~3u));
}

uint32_t pci_config_read(uint8_t bus, uint8_t device, uint8_t function, unsigned offset)
{
	bool interrupts = spin_lock_irq(&lock);
	uint32_t value;

	select(bus, device, function, offset);
	value = io_read32(CONFIG_DATA);
	spin_unlock_irq(&lock, interrupts);
	return value;
}

void pci_config_write(uint8_t bus, uint8_t device, uint8_t function, unsigned offset,
		      uint32_t value)
{
	bool interrupts = spin_lock_irq(&lock);

	select(bus, device, function, offset);
	io_write32(CONFIG_DATA, value);
	spin_unlock_irq(&lock, interrupts);
}

void pci_config_write16(uint8_t bus, uint8_t device, uint8_t function, unsigned offset,
			uint16_t value)
{
	bool interrupts = spin_lock_irq(&lock);

	select(bus, device, function, offset);
	io_write16((uint16_t)(CONFIG_DATA + (offset & 2)), value);
	spin_unlock_irq(&lock, interrupts);
}
