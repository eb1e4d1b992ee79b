// SPDX-License-Identifier: BSD-2-Clause
// Switch, then steer to a virtual queue, then push, hand over, or send by the uplink.
#include "vio/forward.h"

#include "kernel/string.h"
#include "vio/device.h"
#include "vio/offload.h"
#include "vio/queue_ring.h"

/*
 * A copy of packet that refers to its data, but has the first bytes, where a checksum is to be
 * written, in headers.
 */
static void copy_headers(struct packet *copy, uint8_t headers[VIO_TX_COPY_BYTES],
			 const struct packet *packet)
{
	*copy = *packet;
	copy->data = copy->buffer = headers;
	if (packet->bytes > VIO_TX_COPY_BYTES) {
		/* A packet of another backend, copied for this one: in one piece. */
		copy->bytes = VIO_TX_COPY_BYTES;
		copy->fragment[copy->fragments++] =
			(struct packet_fragment){packet->data + VIO_TX_COPY_BYTES,
						 packet->bytes - (uint32_t)VIO_TX_COPY_BYTES};
	}
	memcpy(headers, packet->data, copy->bytes);
}

static __attribute__((noinline)) enum vio_push push_with_checksum(struct vio_queue *queue,
								  const struct packet *packet)
{
	uint8_t headers[VIO_TX_COPY_BYTES];
	struct packet copy;

	copy_headers(&copy, headers, packet);
	vio_finish_checksum(&copy);
	return vio_queue_push(queue, &copy);
}

static __attribute__((noinline)) enum vio_push push_segments(struct vio_queue *queue,
							     const struct packet *packet)
{
	uint8_t headers[VIO_TX_COPY_BYTES];
	struct packet segment = {.buffer = headers};
	enum vio_push result = VIO_PUSH_DONE;
	unsigned segments = vio_segments(packet);

	for (unsigned i = 0; i < segments && result == VIO_PUSH_DONE; i++) {
		if (!vio_make_segment(packet, i, &segment)) {
			vio_count(&queue->stats.drop_segment, 1);
			continue;
		}
		if (!(queue->features & VIO_F_RX_CSUM))
			vio_finish_checksum(&segment);
		result = vio_queue_push(queue, &segment);
	}
	return result;
}

/* Pushes packet as the receiver can take it. */
static enum vio_push push(struct vio_queue *queue, const struct packet *packet)
{
	enum vio_push result = VIO_PUSH_LARGE;

	if (packet->gso_size) {
		if (queue->features & VIO_F_RX_GSO)
			result = vio_queue_push(queue, packet);
		return result == VIO_PUSH_LARGE ? push_segments(queue, packet) : result;
	}
	if (packet->flags & PACKET_CSUM_PARTIAL && !(queue->features & VIO_F_RX_CSUM))
		return push_with_checksum(queue, packet);
	return vio_queue_push(queue, packet);
}

void vio_deliver(struct vio_backend *backend, struct vio_queue *queue, const struct packet *packet)
{
	if (!queue->enabled || !vio_device_running(queue->device)) {
		vio_count(&queue->stats.drop_down, 1);
		return;
	}
	switch (push(queue, packet)) {
	case VIO_PUSH_FULL:
	case VIO_PUSH_LARGE:
		vio_count(&queue->stats.drop_no_buffer, 1);
		break;
	case VIO_PUSH_BROKEN:
		vio_device_break(queue->device, queue->number, queue->error);
		return;
	case VIO_PUSH_DONE:
		break;
	}
	if (!queue->on_flush_list) {
		queue->on_flush_list = true;
		queue->flush_next = backend->flush_list;
		backend->flush_list = queue;
	}
}

/* The receive queue of device that packet's flow belongs to. */
static struct vio_queue *steer(const struct vio_network *network, struct vio_device *device,
			       struct packet *packet)
{
	unsigned pair = 0;
	bool spread = READ_ONCE(device->rss.pairs) > 1;

	if (packet->hash_type == PACKET_HASH_NONE &&
	    (spread || READ_ONCE(device->features) & VIO_F_RX_HASH))
		packet->hash_type = (uint8_t)toeplitz_hash_frame(&network->toeplitz, packet->data,
								 packet->bytes, &packet->hash);
	if (spread)
		pair = READ_ONCE(device->rss.table[packet->hash % VIO_RSS_TABLE_ENTRIES]);
	return &device->queue[2 * pair];
}

/* A copy of packet from this backend's pool, or NULL. Segment-offload packets are too large. */
static struct packet *clone_packet(struct vio_backend *backend, const struct packet *packet)
{
	uint32_t at = packet->bytes;
	struct packet *clone;

	if (packet->total_bytes > backend->tx_pool.buffer_bytes)
		return NULL;
	clone = packet_alloc(&backend->tx_pool);
	if (!clone)
		return NULL;
	memcpy(clone->data, packet->data, packet->bytes);
	for (unsigned i = 0; i < packet->fragments; i++) {
		memcpy(clone->data + at, packet->fragment[i].data, packet->fragment[i].bytes);
		at += packet->fragment[i].bytes;
	}
	clone->bytes = (uint16_t)at;
	clone->total_bytes = at;
	clone->flags = packet->flags;
	clone->fragments = 0;
	clone->hash = packet->hash;
	clone->hash_type = packet->hash_type;
	clone->vlan_tci = packet->vlan_tci;
	clone->csum_start = packet->csum_start;
	clone->csum_offset = packet->csum_offset;
	clone->gso_size = packet->gso_size;
	clone->header_bytes = packet->header_bytes;
	clone->done = NULL;
	return clone;
}

/*
 * Hands packet, or a copy of it if it may not be given away, to the backend that owns queue.
 * Returns true if packet was given away. (Kept out of line: the straight way stays short.)
 */
static __attribute__((noinline)) bool
hand_over(struct vio_backend *backend, struct vio_queue *queue, struct packet *packet, bool give)
{
	unsigned to = queue->owner->number;
	struct packet *letter = give ? packet : clone_packet(backend, packet);

	if (letter && vio_mailbox_send(backend->out[to], letter, queue)) {
		backend->out_dirty |= 1ull << to;
		vio_count(&backend->stats.handovers, 1);
		return give;
	}
	vio_count(&backend->stats.drop_handover, 1);
	if (letter && !give)
		packet_free(letter);
	return false;
}

/* Whether the rate at which the device may get packets has room for this one. Counts if not. */
static bool check_rate(struct vio_backend *backend, struct vio_device *device,
		       const struct packet *packet)
{
	uint64_t when;

	if (vio_rate_allows(&device->rate_rx, backend->number, backend->now, &when)) {
		vio_rate_charge(&device->rate_rx, backend->number, vio_wire_bytes(packet));
		return true;
	}
	vio_count(&backend->port_stats[device->port].rate_drops, 1);
	return false;
}

/* Sends packet out of a guest's port; true if it was given away. */
static bool send_to_guest(struct vio_backend *backend, unsigned port, struct packet *packet,
			  bool give)
{
	struct vio_network *network = backend->network;
	struct vio_device *device =
		__atomic_load_n(&network->fabric.port[port].device, __ATOMIC_ACQUIRE);
	struct vio_queue *queue;
	uint16_t flags = packet->flags;

	if (!device)
		return false;
	if (device->rate_rx.bits_per_second && !check_rate(backend, device, packet))
		return false;
	if (flags & PACKET_VLAN)
		vio_vlan_emit(&network->fabric, port, packet);
	vio_count(&backend->port_stats[port].tx_packets, 1);
	vio_count(&backend->port_stats[port].tx_bytes, packet->total_bytes);
	queue = steer(network, device, packet);
	if (queue->owner == backend)
		vio_deliver(backend, queue, packet);
	else if (hand_over(backend, queue, packet, give))
		return true;
	packet->flags = flags; /* for the next port */
	return false;
}

bool vio_uplink_flush(struct vio_backend *backend)
{
	struct netdev *uplink = backend->uplink;
	unsigned waiting = backend->uplink_waiting;
	unsigned sent = 0;

	if (!waiting)
		return true;
	if (READ_ONCE(uplink->link.up)) {
		sent = uplink->ops->tx_burst(uplink, backend->hw_queue, backend->uplink_batch,
					     waiting);
		backend->uplink_outstanding += sent;
		vio_count(&backend->stats.uplink_tx, sent);
		if (sent < waiting)
			vio_count(&backend->stats.uplink_full, 1);
	} else {
		for (; sent < waiting; sent++)
			packet_free(backend->uplink_batch[sent]);
		vio_count(&backend->stats.drop_link, sent);
	}
	for (unsigned i = sent; i < waiting; i++)
		backend->uplink_batch[i - sent] = backend->uplink_batch[i];
	backend->uplink_waiting = waiting - sent;
	return sent == waiting;
}

/* The caller has seen to it that there is room in the batch (vio_backend_poll). */
static void send_to_uplink(struct vio_backend *backend, struct packet *packet)
{
	if (packet->flags & PACKET_VLAN)
		vio_vlan_emit(&backend->network->fabric, VIO_PORT_UPLINK, packet);
	vio_count(&backend->port_stats[VIO_PORT_UPLINK].tx_packets, 1);
	vio_count(&backend->port_stats[VIO_PORT_UPLINK].tx_bytes, packet->total_bytes);
	backend->uplink_batch[backend->uplink_waiting++] = packet;
}

/* As the last packet of this round or by looking it up: bursts mostly have one destination. */
static struct vio_route route(struct vio_backend *backend, unsigned from, uint64_t to)
{
	if (to != backend->route_to || from != backend->route_from) {
		backend->route_to = to;
		backend->route_from = from;
		backend->route =
			vio_switch_route(&backend->network->fabric, from, to, backend->now);
	}
	return backend->route;
}

void vio_forward(struct vio_backend *backend, unsigned from, struct packet *packet)
{
	struct vio_port_stats *stats = &backend->port_stats[from];
	uint64_t to = vio_address(vio_mac(packet->data), vio_vlan_of(packet));
	struct vio_route where = route(backend, from, to);
	uint64_t ports = where.ports;
	bool to_uplink = ports & 1ull << VIO_PORT_UPLINK;

	vio_count(&stats->rx_packets, 1);
	vio_count(&stats->rx_bytes, packet->total_bytes);
	if (where.unknown)
		vio_count(&stats->unknown, 1);
	if (!ports)
		vio_count(&stats->nowhere, 1);
	if (ports & (ports - 1))
		vio_count(&stats->flooded, 1);
	for (ports &= ~(1ull << VIO_PORT_UPLINK); ports; ports &= ports - 1) {
		bool give = !to_uplink && !(ports & (ports - 1));

		if (send_to_guest(backend, (unsigned)__builtin_ctzll(ports), packet, give))
			return;
	}
	if (to_uplink)
		send_to_uplink(backend, packet);
	else
		packet_free(packet);
}
