// SPDX-License-Identifier: BSD-2-Clause
// VLAN tags where packets come into the switch and where they leave it.
#include "vio/vlan.h"

#include "drivers/net/headers.h"
#include "kernel/string.h"

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
	packet->vlan_tci = load_be16(packet->data + TYPE_AT + 2);
	packet->flags |= PACKET_VLAN;
	memmove(packet->data + TAG_BYTES, packet->data, TYPE_AT);
	packet->data += TAG_BYTES;
	packet->bytes = (uint16_t)(packet->bytes - TAG_BYTES);
	packet->total_bytes -= TAG_BYTES;
	packet->csum_start = (uint16_t)(packet->csum_start - TAG_BYTES);
	packet->header_bytes = (uint16_t)(packet->header_bytes - TAG_BYTES);
	return true;
}

bool vio_vlan_tag(struct packet *packet, uint16_t untagged)
{
	uint16_t priority = packet->flags & PACKET_VLAN ? packet->vlan_tci : 0;

	if (untagged == VIO_VLAN_NONE)
		return false;
	packet->vlan_tci = priority | untagged;
	packet->flags |= PACKET_VLAN;
	return true;
}

void vio_vlan_untag(struct packet *packet, bool access)
{
	/* A tag of VLAN 0 is there for its priority. */
	if (vio_vlan_of(packet) && (access || !vio_vlan_in_data(packet)))
		packet->flags &= (uint16_t)~PACKET_VLAN;
}
