/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VLANs (IEEE 802.1Q) of a switch port, and of packets inside the switch.
 *
 * Inside the switch the outermost tag of a packet is in vlan_tci, never in its data, and tells
 * the packet's VLAN; a packet without tag is in VLAN 0. Which tags a port's own side sees is
 * decided where packets come in (vio_switch_admit()) and go out (vio_switch_emit()).
 */
#ifndef SLUICE_VIO_VLAN_H
#define SLUICE_VIO_VLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/net/packet.h"
#include "kernel/string.h"

#define VIO_VLANS     4096
#define VIO_VLAN_NONE 0xffffu

#define VIO_VLAN_ID_MASK 0x0fffu /* of vlan_tci; above it drop eligibility and priority */
#define VIO_VLAN_ID_MOST 4094    /* 4095 is reserved (802.1Q, table 9-2) */

/* All zero: a trunk of all VLANs. */
struct vio_vlan_config {
	bool access;       /* untagged frames only: those of VLAN `untagged` */
	bool listed;       /* carries only the VLANs below; else all */
	uint16_t untagged; /* VLAN of frames without tag; VIO_VLAN_NONE: they are dropped */
	uint64_t carried[VIO_VLANS / 64];
};

/* Whether a port configured so carries the VLAN. */
bool vio_vlan_carried(const struct vio_vlan_config *config, unsigned vlan);

/* The VLAN of a packet inside the switch. */
static inline unsigned vio_vlan_of(const struct packet *packet)
{
	return packet->flags & PACKET_VLAN ? packet->vlan_tci & VIO_VLAN_ID_MASK : 0;
}

/* Whether a tag stands in the data, behind the one in vlan_tci if there is that. */
static inline bool vio_vlan_in_data(const struct packet *packet)
{
	uint16_t type;

	memcpy(&type, packet->data + 12, sizeof(type));
	return type == 0x0081; /* as it lies in memory: 81 00 */
}

/*
 * Moves the tag of a packet that has its outermost in its data to vlan_tci. Returns false if the
 * packet ends within it.
 */
bool vio_vlan_strip(struct packet *packet);

/* The same for any packet from a guest. */
static inline bool vio_vlan_normalize(struct packet *packet)
{
	return !vio_vlan_in_data(packet) || packet->flags & PACKET_VLAN || vio_vlan_strip(packet);
}

/*
 * Puts a packet of no VLAN, or with a tag that tells only its priority, into VLAN untagged. False
 * if that is VIO_VLAN_NONE. For vio_switch_admit().
 */
bool vio_vlan_tag(struct packet *packet, uint16_t untagged);

/*
 * Takes the tag off. But on a trunk a second tag must not be taken for the first: there both stay.
 * For vio_switch_emit().
 */
void vio_vlan_untag(struct packet *packet, bool access);

#endif
