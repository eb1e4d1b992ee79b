// SPDX-License-Identifier: BSD-2-Clause
/* Power states of a function (PCI Power Management 1.2, 3.2). */
#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/machine.h"

#define POWER_CONTROL 4
#define POWER_STATE   3u         /* D0 to D3hot */
#define POWER_PME     (1u << 15) /* cleared by writing 1 */
#define POWER_ABSENT  0xffff

/* Time that a function may take from D3hot to D0 (5.4). */
#define POWER_UP_US 10000

/* The header behind Command and Status, and the class: cache line to bridge control. */
#define HEADER_FIRST  0x0c
#define HEADER_DWORDS 13

static void save_header(const struct pci_device *dev, uint32_t *header)
{
	for (unsigned i = 0; i < HEADER_DWORDS; i++)
		header[i] = pci_read32(dev, HEADER_FIRST + 4 * i);
}

/* A function may be reset on its way to D0: BARs, bus numbers and windows are 0 then (3.2.4). */
static void restore_header(const struct pci_device *dev, const uint32_t *header)
{
	for (unsigned i = 0; i < HEADER_DWORDS; i++)
		if (pci_read32(dev, HEADER_FIRST + 4 * i) != header[i])
			pci_write32(dev, HEADER_FIRST + 4 * i, header[i]);
}

static int wake(const struct pci_device *dev, unsigned at)
{
	uint16_t control = pci_read16(dev, at);
	uint16_t command = pci_read16(dev, PCI_COMMAND);
	uint32_t header[HEADER_DWORDS];

	save_header(dev, header);
	pci_write16(dev, at, control & (uint16_t) ~(POWER_STATE | POWER_PME));
	delay_us(POWER_UP_US);
	if (pci_read16(dev, at) & POWER_STATE) {
		log_error("PCI %s: stays in power state D%u, expected D0", dev->name,
			  pci_read16(dev, at) & POWER_STATE);
		return -ENODEV;
	}
	restore_header(dev, header);
	pci_write16(dev, PCI_COMMAND, command);
	log_info("PCI %s: was in power state D%u", dev->name, control & POWER_STATE);
	return 0;
}

static unsigned find_control(const struct pci_device *dev)
{
	unsigned capability = pci_find_capability(dev, PCI_CAPABILITY_POWER);

	return capability ? capability + POWER_CONTROL : 0;
}

int pci_power_state(const struct pci_device *dev)
{
	unsigned at = find_control(dev);
	uint16_t control = at ? pci_read16(dev, at) : 0;

	if (pci_is_gone(dev) || control == POWER_ABSENT)
		return -ENODEV;
	return (int)(control & POWER_STATE);
}

int pci_power_up(const struct pci_device *dev)
{
	int state = pci_power_state(dev);

	if (state < 0)
		log_error("PCI %s: does not answer any more", dev->name);
	return state > 0 ? wake(dev, find_control(dev)) : state;
}
