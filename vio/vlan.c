// SPDX-License-Identifier: BSD-2-Clause
// VLAN tags where packets come into the switch and where they leave it.
#include "vio/vlan.h"

#include "kernel/string.h"
#include "vio/switch.h"

#define TYPE_AT   12 /* of the EtherType; a tag comes before it */
#define TAG_BYTES 4

bool vio_vlan_carried(const struct vio_vlan_config *config, unsigned vlan)
{
	if (vlan > VIO_VLAN_ID_MOST)
		return false;
	if (config->listed)
		return config->carried[vlan / 64] >> vlan % 64 & 1;
	/* Two VLANs without tag could not be told apart. */
	return vlan || !config->untagged;
}

bool vio_vlan_strip(struct packet *packet)
{
	if (packet->bytes < TYPE_AT + TAG_BYTES + 2)
		return false;
	packet->vlan_tci = (uint16_t)(packet->data[TYPE_AT + 2] << 8 | packet->data[TYPE_AT + 3]);
	packet->flags |= PACKET_VLAN;
	memmove(packet->data + TAG_BYTES, packet->data, TYPE_AT);
	packet->data += TAG_BYTES;
	packet->bytes = (uint16_t)(packet->bytes - TAG_BYTES);
	packet->total_bytes -= TAG_BYTES;
	packet->csum_start = (uint16_t)(packet->csum_start - TAG_BYTES);
	packet->header_bytes = (uint16_t)(packet->header_bytes - TAG_BYTES);
	return true;
}

bool vio_vlan_accept(const struct vio_switch *network, unsigned port, struct packet *packet)
{
	const struct vio_port *from = &network->port[port];
	unsigned vlan = vio_vlan_of(packet);

	if (!vlan) {
		/* No tag, or one that tells only the priority. */
		if (from->untagged == VIO_VLAN_NONE)
			return false;
		if (!(packet->flags & PACKET_VLAN))
			packet->vlan_tci = 0;
		if (from->untagged) {
			packet->flags |= PACKET_VLAN;
			packet->vlan_tci |= from->untagged;
		}
		return true;
	}
	return !from->access && READ_ONCE(network->vlan_ports[vlan]) >> port & 1;
}

void vio_vlan_emit(const struct vio_switch *network, unsigned port, struct packet *packet)
{
	const struct vio_port *to = &network->port[port];
	unsigned vlan = vio_vlan_of(packet);

	if (!vlan || vlan != to->untagged)
		return;
	/* On a trunk a second tag must not be taken for the first: both stay. */
	if (to->access || !vio_vlan_in_data(packet))
		packet->flags &= (uint16_t)~PACKET_VLAN;
}
