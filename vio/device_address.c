// SPDX-License-Identifier: BSD-2-Clause
// A device's own address: joining the switch with it, changing it, giving it back.
#include "kernel/errno.h"
#include "kernel/log.h"
#include "vio/device_internal.h"
#include "vio/network_lock.h"

static struct vio_device *device_at(const struct vio_network *network, unsigned port)
{
	return network->fabric.port[port].device;
}

/* After an address has changed: what each device may send without asking the switch. */
static void update_sources(struct vio_network *network)
{
	for (unsigned i = VIO_PORT_UPLINK + 1; i < VIO_PORTS_MOST; i++) {
		struct vio_device *device = device_at(network, i);

		if (device)
			WRITE_ONCE(device->source, vio_switch_address_shared(&network->fabric, i)
							   ? VIO_NO_ADDRESS
							   : device->mac);
	}
}

static int change(struct vio_device *device, uint64_t mac)
{
	int error = vio_switch_set_address(&device->network->fabric, device->port, mac);

	if (!error)
		WRITE_ONCE(device->mac, mac);
	return error;
}

/* Nobody keeps a device off the network by taking the address that it is configured with. */
static void take_back(struct vio_network *network, uint64_t mac, const char *name)
{
	for (unsigned i = VIO_PORT_UPLINK + 1; i < VIO_PORTS_MOST; i++) {
		struct vio_device *device = device_at(network, i);

		if (!device || device->mac != mac || device->configured_mac == mac ||
		    change(device, device->configured_mac))
			continue;
		log_warning("%s: has its own address again: it had taken that of %s", device->name,
			    name);
	}
}

int vio_device_join(struct vio_device *device, const struct vio_vlan_config *vlans)
{
	struct vio_switch *fabric = &device->network->fabric;
	int port;

	vio_network_lock(device->network);
	take_back(device->network, device->mac, device->name);
	port = vio_switch_open_port(fabric, device, device->mac);
	if (port >= 0) {
		vio_switch_set_vlans(fabric, (unsigned)port, vlans);
		vio_switch_set_owner(fabric, (unsigned)port, device->guest);
		update_sources(device->network);
	}
	vio_network_unlock(device->network);
	if (port < 0) {
		log_error("%s: cannot join the network: %s", device->name,
			  port == -EEXIST   ? "another device has its address"
			  : port == -EINVAL ? "its address is not a unicast address"
					    : "no port is free");
		return port;
	}
	device->port = (unsigned)port;
	vio_network_port_stats(device->network, device->port, &device->port_before);
	return 0;
}

void vio_device_leave(struct vio_device *device)
{
	vio_network_lock(device->network);
	vio_switch_close_port(&device->network->fabric, device->port);
	update_sources(device->network);
	vio_network_unlock(device->network);
}

/* Whether another guest's device is configured with the address, which it may want back. */
static bool is_configured_elsewhere(const struct vio_device *device, uint64_t mac)
{
	for (unsigned i = VIO_PORT_UPLINK + 1; i < VIO_PORTS_MOST; i++) {
		const struct vio_device *other = device_at(device->network, i);

		if (other && other->guest != device->guest && other->configured_mac == mac)
			return true;
	}
	return false;
}

enum vio_error vio_device_set_address(struct vio_device *device, uint64_t mac)
{
	int error = -EEXIST;

	vio_network_lock(device->network);
	if (!is_configured_elsewhere(device, mac))
		error = change(device, mac);
	update_sources(device->network);
	vio_network_unlock(device->network);
	return !error             ? VIO_ERROR_NONE
	       : error == -EEXIST ? VIO_ERROR_ADDRESS
	       : error == -EINVAL ? VIO_ERROR_REGISTER
				  : VIO_ERROR_BUSY;
}
