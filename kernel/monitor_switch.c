// SPDX-License-Identifier: BSD-2-Clause
/* The monitor's commands that show the switch. */
#include "kernel/monitor_switch.h"

#include "kernel/console.h"
#include "kernel/network.h"
#include "kernel/vm.h"
#include "vio/device.h"

/* What is shown of a device, copied while it cannot go away. */
struct device_line {
	char name[VIO_DEVICE_NAME_BYTES];
	unsigned port;
	uint64_t mac;
	bool any_source;
	uint64_t rate_tx, rate_rx;
};

static void print_mac(uint64_t mac)
{
	for (unsigned i = 0; i < 6; i++)
		console_printf("%s%02x", i ? ":" : "", (unsigned)(mac >> 8 * i) & 0xff);
}

static bool carries(const struct vio_switch *fabric, unsigned port, unsigned vlan)
{
	return READ_ONCE(fabric->vlan_ports[vlan]) >> port & 1;
}

/* The VLANs above 0 that the port carries, as in the configuration. */
static void print_list(const struct vio_switch *fabric, unsigned port)
{
	const char *separator = "";

	for (unsigned first = 1; first <= VIO_VLAN_ID_MOST; first++) {
		unsigned last = first;

		if (!carries(fabric, port, first))
			continue;
		while (last < VIO_VLAN_ID_MOST && carries(fabric, port, last + 1))
			last++;
		if (first == 1 && last == VIO_VLAN_ID_MOST)
			console_printf("all");
		else if (first == last)
			console_printf("%s%u", separator, first);
		else
			console_printf("%s%u-%u", separator, first, last);
		separator = ",";
		first = last;
	}
}

static void print_vlans(const struct vio_switch *fabric, unsigned number)
{
	const struct vio_port *port = &fabric->port[number];

	if (port->access) {
		console_printf(" vlan=%u", port->untagged);
		return;
	}
	console_printf(" trunk=");
	print_list(fabric, number);
	if (port->untagged != VIO_VLAN_NONE)
		console_printf(" native=%u", port->untagged);
}

/* With the VM's lock the device stays; false: there is none. */
static bool copy_device(struct vm *vm, unsigned number, struct device_line *line)
{
	bool interrupts = spin_lock_irq(&vm->lock);
	const struct vio_device *device = vm->device[number];

	if (device) {
		memcpy(line->name, device->name, sizeof(line->name));
		line->port = device->port;
		line->mac = device->mac;
		line->any_source = device->any_source;
		line->rate_tx = device->rate_tx.bits_per_second;
		line->rate_rx = device->rate_rx.bits_per_second;
	}
	spin_unlock_irq(&vm->lock, interrupts);
	return device;
}

static void print_device(const struct vio_switch *fabric, const struct device_line *line)
{
	console_wait_room();
	console_printf("%u: %s ", line->port, line->name);
	print_mac(line->mac);
	print_vlans(fabric, line->port);
	if (line->any_source)
		console_printf(" any_source=yes");
	if (line->rate_tx)
		console_printf(" rate_tx=%llu", (unsigned long long)line->rate_tx);
	if (line->rate_rx)
		console_printf(" rate_rx=%llu", (unsigned long long)line->rate_rx);
	console_printf("\n");
}

void monitor_ports(const char *argument)
{
	const struct vio_switch *fabric;

	(void)argument;
	if (!host_network)
		return;
	fabric = &host_network->fabric;
	if (host_uplink) {
		console_printf("%u: uplink %s", VIO_PORT_UPLINK, host_uplink->name);
		print_vlans(fabric, VIO_PORT_UPLINK);
		console_printf("\n");
	}
	for (unsigned i = 0; i < vm_count; i++) {
		for (unsigned number = 0; number < VM_DEVICES_MOST; number++) {
			struct device_line line;

			if (copy_device(vms[i], number, &line))
				print_device(fabric, &line);
		}
	}
}

static void print_address(void *context, uint64_t mac, unsigned vlan, unsigned port)
{
	(void)context;
	console_wait_room();
	print_mac(mac);
	if (vlan == VIO_VLAN_NONE)
		console_printf(" port %u, its own\n", port);
	else
		console_printf(" port %u, learned in VLAN %u\n", port, vlan);
}

void monitor_addresses(const char *argument)
{
	(void)argument;
	if (host_network)
		vio_switch_visit(&host_network->fabric, ticks_now(), print_address, NULL);
}
