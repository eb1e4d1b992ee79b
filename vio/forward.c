// SPDX-License-Identifier: BSD-2-Clause
// Switch, then steer to a virtual queue, then push, hand over, or send by the uplink.
#include "vio/forward.h"

#include "kernel/string.h"
#include "vio/device.h"
#include "vio/offload.h"
#include "vio/queue_push.h"

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

static inline void note_pushed(struct vio_backend *backend, struct vio_queue *queue)
{
	if (queue->on_flush_list)
		return;
	queue->on_flush_list = true;
	queue->flush_next = backend->flush_list;
	backend->flush_list = queue;
}

__attribute__((noinline)) void vio_deliver(struct vio_backend *backend, struct vio_queue *queue,
					   const struct packet *packet)
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
	note_pushed(backend, queue);
}

static __attribute__((noinline)) void hash_packet(const struct vio_device *device,
						  struct packet *packet)
{
	packet->hash_type =
		(uint8_t)toeplitz_hash_frame(&device->network->toeplitz, device->rss.hash_types,
					     packet->data, packet->bytes, &packet->hash);
}

/* The receive queue of device that packet's flow belongs to. */
static inline struct vio_queue *steer(struct vio_device *device, struct packet *packet)
{
	if (!(device->hashes_taken >> packet->hash_type & 1))
		hash_packet(device, packet);
	return &device->queue[2 * device->rss.table[packet->hash % VIO_RSS_TABLE_ENTRIES]];
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

/* Whether the rate at which the device may get packets has room for this one. Counts either. */
static __attribute__((noinline)) bool
take_rate(struct vio_backend *backend, struct vio_device *device, const struct packet *packet)
{
	struct vio_port_stats *stats = &backend->port_stats[device->port];
	uint64_t when;

	if (!vio_rate_allows(&device->rate_rx, backend->number, backend->now, &when)) {
		vio_count(&stats->rate_drops, 1);
		return false;
	}
	vio_rate_charge(&device->rate_rx, backend->number, vio_wire_bytes(packet));
	vio_count(&stats->tx_packets, 1);
	vio_count(&stats->tx_bytes, packet->total_bytes);
	return true;
}

/* Sends packet out of a guest's port; true if it was given away. */
static bool send_to_device(struct vio_backend *backend, struct vio_device *device,
			   struct packet *packet, bool give)
{
	struct vio_queue *queue;

	if (device->rate_rx.bits_per_second && !take_rate(backend, device, packet))
		return false;
	vio_switch_emit(&backend->network->fabric, device->port, packet);
	queue = steer(device, packet);
	if (queue->owner != backend)
		return hand_over(backend, queue, packet, give);
	vio_deliver(backend, queue, packet);
	return false;
}

/* The caller has seen to it that there is room in the batch (vio_backend_poll). */
static inline void send_to_uplink(struct vio_backend *backend, struct packet *packet)
{
	vio_switch_emit(&backend->network->fabric, VIO_PORT_UPLINK, packet);
	vio_uplink_add(&backend->uplink, packet);
}

static struct vio_device *device_of(const struct vio_backend *backend, unsigned port)
{
	return __atomic_load_n(&backend->network->fabric.port[port].device, __ATOMIC_ACQUIRE);
}

/* Sends packet to all ports of its path, which are none, or several. */
static __attribute__((noinline)) void send_to_ports(struct vio_backend *backend, uint64_t ports,
						    struct packet *packet)
{
	bool to_uplink = ports & 1ull << VIO_PORT_UPLINK;
	/* Ports differ in what they do with a tag, and devices in what they want to have hashed. */
	uint16_t flags = packet->flags;
	uint32_t hash = packet->hash;
	uint8_t hash_type = packet->hash_type;

	for (ports &= ~(1ull << VIO_PORT_UPLINK); ports; ports &= ports - 1) {
		struct vio_device *device = device_of(backend, (unsigned)__builtin_ctzll(ports));
		bool give = !to_uplink && !(ports & (ports - 1));

		if (device && send_to_device(backend, device, packet, give))
			return;
		packet->flags = flags;
		packet->hash = hash;
		packet->hash_type = hash_type;
	}
	if (to_uplink)
		send_to_uplink(backend, packet);
	else
		packet_free(packet);
}

static void count_path(struct vio_backend *backend, struct vio_path *path)
{
	struct vio_port_stats *stats = &backend->port_stats[path->from];
	uint64_t ports = path->ports;

	vio_count(&stats->rx_packets, path->packets);
	vio_count(&stats->rx_bytes, path->bytes);
	if (path->unknown)
		vio_count(&stats->unknown, path->packets);
	if (!ports)
		vio_count(&stats->nowhere, path->packets);
	if (ports & (ports - 1))
		vio_count(&stats->flooded, path->packets);
	for (ports &= ~path->limited; ports; ports &= ports - 1) {
		stats = &backend->port_stats[__builtin_ctzll(ports)];
		vio_count(&stats->tx_packets, path->packets);
		vio_count(&stats->tx_bytes, path->bytes);
	}
	path->packets = path->bytes = 0;
}

/* Looks a destination up, and keeps that in path. */
static __attribute__((noinline)) void find_path(struct vio_backend *backend, struct vio_path *path,
						unsigned from, uint64_t to)
{
	struct vio_route route =
		vio_switch_route(&backend->network->fabric, from, to, backend->now);

	count_path(backend, path);
	backend->paths_used |= 1u << (path - backend->path);
	path->to = to;
	path->from = from;
	path->ports = route.ports;
	path->unknown = route.unknown;
	path->limited = 0;
	path->device = NULL;
	for (uint64_t ports = path->ports; ports; ports &= ports - 1) {
		unsigned port = (unsigned)__builtin_ctzll(ports);
		struct vio_device *device = device_of(backend, port);

		if (!device)
			continue;
		if (device->rate_rx.bits_per_second)
			path->limited |= 1ull << port;
		if (path->ports == 1ull << port && vio_device_running(device))
			path->device = device;
	}
}

void vio_forward_end(struct vio_backend *backend)
{
	for (; backend->paths_used; backend->paths_used &= backend->paths_used - 1) {
		struct vio_path *path = &backend->path[__builtin_ctz(backend->paths_used)];

		count_path(backend, path);
		path->to = VIO_NO_ADDRESS;
	}
}

/* Into a queue of the path's only device, or to the backend that owns it. */
static inline void send_along_path(struct vio_backend *backend, const struct vio_path *path,
				   struct packet *packet)
{
	struct vio_device *device = path->device;
	struct vio_queue *queue;

	if (path->limited && !take_rate(backend, device, packet)) {
		packet_free(packet);
		return;
	}
	vio_switch_emit(&backend->network->fabric, device->port, packet);
	queue = steer(device, packet);
	if (queue->owner != backend) {
		if (hand_over(backend, queue, packet, true))
			return;
	} else if (queue->enabled && vio_queue_push_plain(queue, packet)) {
		note_pushed(backend, queue);
	} else {
		vio_deliver(backend, queue, packet);
	}
	packet_free(packet);
}

/* A path is kept by what distinguishes addresses of one maker, by VLAN, and by port. */
static inline struct vio_path *path_to(struct vio_backend *backend, unsigned from, uint64_t to)
{
	struct vio_path *path = &backend->path[((to >> 40) ^ (to >> 48) ^ from) % VIO_PATHS];

	if (to != path->to || from != path->from)
		find_path(backend, path, from, to);
	return path;
}

void vio_forward(struct vio_backend *backend, unsigned from, struct packet **packets,
		 unsigned count)
{
	struct vio_path *path = backend->path;

	for (unsigned i = 0; i < count; i++) {
		struct packet *packet = packets[i];
		uint64_t to = vio_address(vio_destination(packet->data), vio_vlan_of(packet));

		if (to != path->to || from != path->from)
			path = path_to(backend, from, to);
		path->packets++;
		path->bytes += packet->total_bytes;
		if (path->device)
			send_along_path(backend, path, packet);
		else if (path->ports == 1ull << VIO_PORT_UPLINK)
			send_to_uplink(backend, packet);
		else
			send_to_ports(backend, path->ports, packet);
	}
}
