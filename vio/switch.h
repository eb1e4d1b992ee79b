/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A MAC-learning Ethernet switch, with VLANs, between guests' devices and one uplink, port 0.
 *
 * Unicast goes where its address was learned in its VLAN, and to the uplink if that is unknown.
 * Backend threads look addresses up and learn without locks: an entry is one 64-bit word (address,
 * VLAN, port, age), so it is seen whole or not at all. Ports are opened and closed by one thread
 * of control at a time (struct vio_network has a lock for that).
 *
 * An "address" below is a MAC address with a VLAN: vio_address(). VLAN 0 is that of frames that
 * have no tag on the wire.
 */
#ifndef SLUICE_VIO_SWITCH_H
#define SLUICE_VIO_SWITCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/machine.h"
#include "kernel/string.h"
#include "vio/vlan.h"

/* No six bytes are this. */
#define VIO_NO_ADDRESS UINT64_MAX

#define VIO_PORTS_MOST  64
#define VIO_PORT_UPLINK 0

/* An entry not seen for this long is forgotten (IEEE 802.1D's default: 300 s). */
#define VIO_SWITCH_AGEING_SECONDS 300

struct vio_device;

struct vio_port {
	struct vio_device *device; /* NULL: closed, or the uplink */
	uint64_t mac;              /* byte 0 lowest; changes under the lock for ports */
	const void *owner;         /* whose device that is: vio_switch_set_address() */
	uint64_t multicast;        /* hash filter, VIO_REG_MULTICAST */
	uint32_t filter;           /* VIO_FILTER_* */
	uint16_t untagged;         /* VLAN of frames without a tag, or VIO_VLAN_NONE */
	bool access;               /* frames with a tag are refused */
};

/* Of one port, by one backend; those of all backends are added on reading. */
struct vio_port_stats {
	uint64_t rx_packets, rx_bytes; /* into the switch */
	uint64_t tx_packets, tx_bytes; /* out of the switch */
	uint64_t flooded;              /* into the switch, to several ports */
	uint64_t unknown;              /* into the switch: its destination was not learned */
	uint64_t spoofed;              /* dropped: source address that it may not use */
	uint64_t vlan;                 /* dropped: tag, or none, that it may not use */
	uint64_t nowhere;              /* dropped: no port to go to */
	uint64_t rate_waits;           /* its rate limit made its transmit rings wait */
	uint64_t rate_drops;           /* dropped on the way out: above its rate limit */
	uint64_t wire_bytes;           /* sent by the uplink, with all that a wire adds */
	uint64_t wire_waits;           /* the uplink that had no room, or all packets, did */
	uint64_t level_waits;          /* what is its share of a full wire did (fair.h) */
};

#define VIO_PORT_STATS (sizeof(struct vio_port_stats) / sizeof(uint64_t))

/* Where a frame goes. */
struct vio_route {
	uint64_t ports; /* bit n: port n */
	bool unknown;   /* its unicast destination was not learned */
};

struct vio_switch {
	uint64_t open;        /* bit n: port n takes frames */
	uint64_t promiscuous; /* bit n: port n takes all frames */
	unsigned epoch_shift; /* ticks_now() >> this counts the epochs by which entries age */
	struct vio_port port[VIO_PORTS_MOST];
	uint64_t *table;
	unsigned age_part;              /* of the table, swept next */
	uint64_t vlan_ports[VIO_VLANS]; /* bit n: port n carries the VLAN */
};

/* Makes a switch without ports but the uplink, if there is one. Returns 0 or -ENOMEM. */
int vio_switch_init(struct vio_switch *network, bool uplink);
void vio_switch_destroy(struct vio_switch *network);

/* Address of six bytes as the switch keeps it. */
static inline uint64_t vio_mac(const uint8_t *bytes)
{
	uint64_t mac = 0;

	memcpy(&mac, bytes, 6);
	return mac;
}

/* The address by which the switch knows mac in vlan (0 to 4094). */
static inline uint64_t vio_address(uint64_t mac, unsigned vlan)
{
	return mac | (uint64_t)vlan << 48;
}

/* Destination and source of a frame of at least an Ethernet header. */
static inline uint64_t vio_destination(const uint8_t *frame)
{
	uint64_t word;

	memcpy(&word, frame, sizeof(word));
	return word & 0xffffffffffffull;
}

static inline uint64_t vio_source(const uint8_t *frame)
{
	uint64_t word;

	memcpy(&word, frame + 4, sizeof(word));
	return word >> 16;
}

/*
 * Opens a port for device, with a static entry for mac. It carries all VLANs, and takes no frames
 * before vio_switch_set_receiving(). Returns its number; -EEXIST if another port has that address,
 * -EINVAL if it is not a unicast address, -ENOSPC if all ports are in use.
 */
int vio_switch_open_port(struct vio_switch *network, struct vio_device *device, uint64_t mac);

/*
 * Closes the port and forgets its addresses. A backend thread that is looking right now may still
 * use what it saw: the device lives until every backend has passed a call.
 */
void vio_switch_close_port(struct vio_switch *network, unsigned port);

/*
 * Changes a port's own address. Ports of the same owner may have one in common, as the links of a
 * bond do: it is then where it last sent from. Returns 0; -EEXIST if another owner's port has it,
 * -EINVAL if it is not a unicast address, -ENOSPC if the table has no room for it.
 */
int vio_switch_set_address(struct vio_switch *network, unsigned port, uint64_t mac);
void vio_switch_set_owner(struct vio_switch *network, unsigned port, const void *owner);

/* Whether another port has the same address. */
bool vio_switch_address_shared(const struct vio_switch *network, unsigned port);

/* Whether the port takes frames, and which (VIO_FILTER_*, 64-bit multicast hash filter). */
void vio_switch_set_receiving(struct vio_switch *network, unsigned port, bool receiving);
void vio_switch_set_filter(struct vio_switch *network, unsigned port, uint32_t filter,
			   uint64_t multicast);

/*
 * Which VLANs the port carries, and how; NULL: all. While no frame comes from or goes to it, so
 * before it is receiving; the uplink's before there is traffic.
 */
void vio_switch_set_vlans(struct vio_switch *network, unsigned port,
			  const struct vio_vlan_config *config);

/*
 * Gives a packet that comes in by port, its outermost tag in vlan_tci, its place in a VLAN.
 * Returns false if the port may not send it.
 */
static inline bool vio_switch_admit(const struct vio_switch *network, unsigned port,
				    struct packet *packet)
{
	unsigned vlan = vio_vlan_of(packet);

	if (vlan)
		return !network->port[port].access &&
		       READ_ONCE(network->vlan_ports[vlan]) >> port & 1;
	return !network->port[port].untagged || vio_vlan_tag(packet, network->port[port].untagged);
}

/* Takes the tag off a packet if it is to leave by port without it. */
static inline void vio_switch_emit(const struct vio_switch *network, unsigned port,
				   struct packet *packet)
{
	if (packet->flags & PACKET_VLAN && vio_vlan_of(packet) == network->port[port].untagged)
		vio_vlan_untag(packet, network->port[port].access);
}

/*
 * Where a frame to address `to` goes that came in by port `from`, which carries its VLAN. now:
 * ticks.
 */
struct vio_route vio_switch_route(const struct vio_switch *network, unsigned from, uint64_t to,
				  uint64_t now);

/*
 * Learns that address source is at port. Returns false if it is the own address of another port
 * in this VLAN, and not this one's, too: the frame is spoofed, to be dropped. Group addresses are
 * refused too. now: ticks.
 */
bool vio_switch_learn(struct vio_switch *network, unsigned port, uint64_t source, uint64_t now);

/*
 * Removes entries that are too old from the next of VIO_SWITCH_AGE_PARTS parts of the table: all at
 * once would hold up a backend on the same core. Each part's turn must come more often than once
 * in VIO_SWITCH_AGEING_SECONDS; by one thread.
 */
#define VIO_SWITCH_AGE_PARTS 64
void vio_switch_age(struct vio_switch *network, uint64_t now);

/*
 * Calls visit for each address that is known at tick now, static ones (a port's own in all its
 * VLANs: vlan is VIO_VLAN_NONE) included. From any core.
 */
void vio_switch_visit(const struct vio_switch *network, uint64_t now,
		      void (*visit)(void *context, uint64_t mac, unsigned vlan, unsigned port),
		      void *context);

/* Bit of the 64-bit multicast filter for an address (vio_net.h, receive filter). */
unsigned vio_multicast_bit(uint64_t mac);

#endif
