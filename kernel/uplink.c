// SPDX-License-Identifier: BSD-2-Clause
/* From PCI device to running network card. */
#include "kernel/uplink.h"

#include "drivers/net/ixgbe/ixgbe.h"
#include "drivers/pci/pci.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/thread.h"

/* The 82599's registers and its MSI-X table. */
#define REGISTER_BAR 0

static struct thread *control;

static void queue_interrupt(void *argument)
{
	thread_wake(argument);
}

static void link_interrupt(void *argument)
{
	ixgbe_link_interrupt(argument);
	thread_wake(control);
}

static uint16_t read_config(const void *function, unsigned offset)
{
	return pci_read16(function, offset);
}

static struct netdev *probe_device(const struct pci_device *device)
{
	struct ixgbe_resources resources = {
		.name = device->name,
		.bar0_bytes = device->bar[REGISTER_BAR].bytes,
		.device_id = device->device_id,
		.read_config = read_config,
		.function = device,
	};
	struct netdev *dev = NULL;
	struct pci_msix msix;

	if (!pci_enable(device))
		resources.bar0 = pci_map_bar(device, REGISTER_BAR);
	if (resources.bar0 && !pci_enable_msix(device, &msix)) {
		resources.msix_table = msix.table;
		resources.msix_entries = msix.entries;
		if (!ixgbe_probe(&resources, &dev))
			return dev;
	}
	log_error("%s: network card %04x:%04x is not used", device->name, device->vendor,
		  device->device_id);
	pci_disable(device);
	return NULL;
}

struct netdev *uplink_probe(void)
{
	struct pci_device *device = NULL;

	while ((device = pci_find(device, ixgbe_supports))) {
		struct netdev *dev = probe_device(device);

		if (dev)
			return dev;
	}
	return NULL;
}

static int alloc_message(struct core *core, const char *name, void (*handler)(void *argument),
			 void *argument, struct netdev_msi *msi)
{
	struct interrupt_message message;
	int error = interrupt_alloc(core, name, handler, argument, &message);

	if (error) {
		log_error("no interrupt vector left on core %u for %s", core->id, name);
		return error;
	}
	msi->address = message.address;
	msi->data = message.data;
	return 0;
}

int uplink_alloc_link(struct netdev *dev, struct netdev_msi *msi)
{
	control = core_this()->current;
	return alloc_message(control->core, dev->name, link_interrupt, dev, msi);
}

int uplink_start(struct netdev *dev, struct netdev_config *config, struct thread **threads,
		 unsigned count)
{
	int error = uplink_alloc_link(dev, &config->link_msi);

	for (unsigned i = 0; !error && i < config->queue_pairs; i++) {
		struct thread *thread = threads[i % count];

		error = alloc_message(thread->core, dev->name, queue_interrupt, thread,
				      &config->queue_msi[i]);
	}
	return error ? error : dev->ops->start(dev, config);
}
