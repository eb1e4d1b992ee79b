// SPDX-License-Identifier: BSD-2-Clause
/* PCI configuration mechanism 1 (PCI 3.0, section 3.2.2.3.2). */
#include "guest/bare/traffic/pci.h"

#include <stddef.h>

#include "arch/x86/cpu/io.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  (1u << 31)
#define DEVICES        32

#define PCI_COMMAND      0x04
#define COMMAND_MEMORY   (1u << 1)
#define COMMAND_MASTER   (1u << 2)
#define PCI_BAR0         0x10
#define PCI_CAPABILITIES 0x34
#define CAPABILITY_MSIX  0x11
#define MSIX_ENABLE      (1u << 31) /* of the capability's first word */

static uint32_t config_read(unsigned device, unsigned offset)
{
	io_write32(CONFIG_ADDRESS, CONFIG_ENABLE | device << 11 | offset);
	return io_read32(CONFIG_DATA);
}

static void config_write(unsigned device, unsigned offset, uint32_t value)
{
	io_write32(CONFIG_ADDRESS, CONFIG_ENABLE | device << 11 | offset);
	io_write32(CONFIG_DATA, value);
}

static void enable_msix(unsigned device)
{
	unsigned at = config_read(device, PCI_CAPABILITIES) & 0xfc;

	while (at) {
		uint32_t header = config_read(device, at);

		if ((header & 0xff) == CAPABILITY_MSIX)
			config_write(device, at, header | MSIX_ENABLE);
		at = header >> 8 & 0xfc;
	}
}

void *pci_open(uint16_t vendor, uint16_t device)
{
	for (unsigned i = 0; i < DEVICES; i++) {
		if (config_read(i, 0) != ((uint32_t)device << 16 | vendor))
			continue;
		config_write(i, PCI_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
		enable_msix(i);
		return (void *)(uint64_t)(config_read(i, PCI_BAR0) & ~15u);
	}
	return NULL;
}
