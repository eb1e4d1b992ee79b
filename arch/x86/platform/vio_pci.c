// SPDX-License-Identifier: BSD-2-Clause
/* Binds a vio-net device to a function on the guest's PCI bus. */
#include "arch/x86/platform/vio_pci.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "vio/device.h"
#include "vio/vio_net.h"

#define CLASS_ETHERNET 0x020000u
#define NAME_BYTES     (VM_NAME_BYTES + 8)

struct vio_pci {
	struct vpci_function function; /* must be first */
	struct vm *vm;
	unsigned number;
	struct vio_device *device;
	char name[NAME_BYTES];
};

static bool guest_region(void *guest, uint64_t address, struct vio_region *region)
{
	const struct vm_region *found = vm_find_region(guest, address);

	if (!found)
		return false;
	*region = (struct vio_region){found->guest_address, found->bytes, found->memory};
	return true;
}

static void post_interrupt(void *function, unsigned vector)
{
	struct vio_pci *device = function;

	vpci_msix_post(&device->function.msix, vector);
}

static const struct vio_guest_ops guest_ops = {
	.region = guest_region,
	.post_interrupt = post_interrupt,
	.yield = thread_yield,
};

/* Registers and doorbells are 32 bits wide; other accesses read ones and write nothing. */
static uint64_t read_bar(struct vpci_function *function, unsigned bar, uint32_t offset,
			 unsigned bytes)
{
	struct vio_pci *device = (struct vio_pci *)function;

	(void)bar;
	if (bytes != 4 || offset % 4)
		return UINT64_MAX;
	if (offset < VIO_BAR_DOORBELLS)
		return vio_device_read(device->device, offset - VIO_BAR_REGISTERS);
	return 0;
}

static void write_bar(struct vpci_function *function, unsigned bar, uint32_t offset, unsigned bytes,
		      uint64_t value)
{
	struct vio_pci *device = (struct vio_pci *)function;

	(void)bar;
	if (bytes != 4 || offset % 4)
		return;
	if (offset < VIO_BAR_DOORBELLS)
		vio_device_write(device->device, offset - VIO_BAR_REGISTERS, value);
	else if (offset < VIO_BAR_MSIX_TABLE)
		vio_device_doorbell(device->device, (offset - VIO_BAR_DOORBELLS) / 4);
}

static const struct vpci_ops bar_ops = {
	.read = read_bar,
	.write = write_bar,
};

static const struct vpci_identity identity = {
	.vendor = VIO_NET_PCI_VENDOR,
	.device = VIO_NET_PCI_DEVICE,
	.revision = VIO_NET_PCI_REVISION,
	.class_code = CLASS_ETHERNET,
};

static void name_device(struct vio_pci *device)
{
	size_t length = strlen(device->vm->name);

	memcpy(device->name, device->vm->name, length);
	memcpy(device->name + length, " net", 4);
	device->name[length + 4] = '0' + device->number;
}

int vio_pci_create(struct vio_pci **device, struct vm *vm, struct vpci_bus *bus, unsigned number,
		   struct vio_network *network)
{
	const struct config_net *net = &vm->config->net[number];
	struct vio_device_config config = {
		.queue_pairs = net->queues,
		.any_source = net->any_source,
		.vlans = &net->vlans,
		.rate_tx = net->rate_tx,
		.rate_rx = net->rate_rx,
		.network = network,
		.ops = &guest_ops,
		.guest = vm,
	};
	struct vio_pci *new = kmalloc(sizeof(*new));
	int error;

	if (!new) {
		log_error("%s: no memory for network device %u", vm->name, number);
		return -ENOMEM;
	}
	new->vm = vm;
	new->number = number;
	name_device(new);
	vpci_function_init(&new->function, &identity, &bar_ops);
	vpci_add_bar(&new->function, 0, VIO_NET_BAR_BYTES);
	vpci_add_msix(&new->function, vm, VIO_VECTORS_MOST, 0, VIO_BAR_MSIX_TABLE,
		      VIO_BAR_MSIX_PBA);
	config.name = new->name;
	config.function = new;
	memcpy(config.mac, net->mac, sizeof(config.mac));
	error = vio_device_create(&new->device, &config);
	if (error) {
		kfree(new);
		return error;
	}
	vpci_bus_attach(bus, number + 1, &new->function);
	vm->device[number] = new->device;
	*device = new;
	return 0;
}

/* Whoever looks at the VM's devices, for their counters, holds the VM's lock. */
static void hide_device(struct vio_pci *device)
{
	bool interrupts = spin_lock_irq(&device->vm->lock);

	device->vm->device[device->number] = NULL;
	spin_unlock_irq(&device->vm->lock, interrupts);
}

int vio_pci_destroy(struct vio_pci *device)
{
	int error;

	hide_device(device);
	error = vio_device_destroy(device->device);
	if (!error)
		kfree(device);
	return error;
}
