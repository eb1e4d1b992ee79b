// SPDX-License-Identifier: BSD-2-Clause
// Transmit queues: packets out of the driver's descriptors.
#include "kernel/errno.h"
#include "kernel/string.h"
#include "vio/offload.h"
#include "vio/queue_ring.h"
#include "vio/rate.h"

#define PACKET_BYTES_LEAST 14 /* an Ethernet header */
#define FRAME_OVERHEAD     18 /* Ethernet header and one VLAN tag */

#define FLAGS_SHIFT   32 /* of a descriptor's flags in its high half */
#define OFFLOAD_FLAGS (VIO_TX_MORE | VIO_TX_OFFLOAD)

static uint16_t descriptor_flags(struct ring_descriptor descriptor)
{
	return (uint16_t)(descriptor.high >> FLAGS_SHIFT);
}

static int break_queue(struct vio_queue *queue, enum vio_error error)
{
	queue->error = error;
	return -EPROTO;
}

/* Packets finish in any order; `completed` passes them in theirs. */
static void finish_pending(struct packet *packet)
{
	struct vio_queue *queue = packet->owner;

	queue->pending[packet->cookie].done = true;
	while (queue->pending_first != queue->pending_end) {
		struct vio_tx_pending *pending =
			&queue->pending[queue->pending_first & queue->mask];

		if (!pending->done)
			break;
		queue->completed = pending->end;
		queue->pending_first++;
	}
	packet->done = NULL;
	packet_release(packet);
}

/* A packet up to index `end` was taken: notes when its descriptors are the driver's again. */
static inline void note_taken(struct vio_queue *queue, struct packet *packet, uint32_t end)
{
	queue->next = end;
	vio_count(&queue->stats.packets, 1);
	vio_count(&queue->stats.bytes, packet->total_bytes);
	if (packet->fragments) {
		packet->owner = queue;
		packet->cookie = queue->pending_end++ & queue->mask;
		packet->done = finish_pending;
		queue->pending[packet->cookie] = (struct vio_tx_pending){end, false};
	} else if (queue->pending_first == queue->pending_end) {
		queue->completed = end;
	} else {
		queue->pending[(queue->pending_end - 1) & queue->mask].end = end;
	}
}

/* Adds the buffer that descriptor tells of to packet. */
static enum vio_error add_buffer(struct vio_queue *queue, struct packet *packet,
				 struct ring_descriptor descriptor)
{
	uint32_t bytes = (uint32_t)descriptor.high;
	uint32_t copy = VIO_TX_COPY_BYTES - packet->bytes;
	const uint8_t *memory;

	if (descriptor.high >> FLAGS_SHIFT & ~(uint64_t)VIO_TX_MORE)
		return VIO_ERROR_DESCRIPTOR_FLAGS;
	if (!bytes || bytes > VIO_BUFFER_MOST)
		return VIO_ERROR_BUFFER_BYTES;
	memory = vio_queue_memory(queue, descriptor.low, bytes);
	if (!memory)
		return VIO_ERROR_BUFFER_ADDRESS;
	if (copy > bytes)
		copy = bytes;
	memcpy(packet->data + packet->bytes, memory, copy);
	packet->bytes = (uint16_t)(packet->bytes + copy);
	packet->total_bytes += bytes;
	if (copy < bytes)
		packet->fragment[packet->fragments++] =
			(struct packet_fragment){memory + copy, bytes - copy};
	return VIO_ERROR_NONE;
}

/* Gathers the data descriptors from *index on, and moves it behind them. */
static enum vio_error gather(struct vio_queue *queue, struct packet *packet, uint32_t *index)
{
	for (unsigned i = 0; i < VIO_TX_FRAGMENTS_MOST; i++) {
		struct ring_descriptor descriptor;
		enum vio_error error;

		if (*index == queue->produced)
			return VIO_ERROR_PACKET_FRAGMENTS;
		descriptor = ring_read_descriptor(queue, (*index)++);
		error = add_buffer(queue, packet, descriptor);
		if (error)
			return error;
		if (!(descriptor_flags(descriptor) & VIO_TX_MORE))
			return VIO_ERROR_NONE;
	}
	return VIO_ERROR_PACKET_FRAGMENTS;
}

/* Takes an offload descriptor out of the two words it was read as. */
static enum vio_error read_offload(const struct vio_queue *queue, struct ring_descriptor descriptor,
				   struct vio_tx_offload *offload)
{
	uint16_t allowed = 0;

	memcpy(offload, &descriptor, sizeof(*offload));
	if (queue->features & VIO_F_TX_CSUM)
		allowed |= VIO_OFFLOAD_CSUM;
	if (queue->features & VIO_F_TSO4)
		allowed |= VIO_OFFLOAD_TSO4;
	if (queue->features & VIO_F_TSO6)
		allowed |= VIO_OFFLOAD_TSO6;
	if (queue->features & VIO_F_TX_VLAN)
		allowed |= VIO_OFFLOAD_VLAN;
	if (offload->flags != OFFLOAD_FLAGS || offload->offload & ~allowed)
		return VIO_ERROR_DESCRIPTOR_FLAGS;
	return offload->unused0 ? VIO_ERROR_OFFLOAD : VIO_ERROR_NONE;
}

/* The usual packet is one piece without offload. False: it is not, or in doubt. */
static inline bool pull_plain(struct vio_queue *queue, struct packet *packet, uint32_t mtu,
			      struct ring_descriptor descriptor)
{
	uint32_t longest = mtu + FRAME_OVERHEAD;
	uint64_t bytes = descriptor.high; /* and flags, which would make it too large */
	const uint8_t *memory;

	if (longest > PACKET_BUFFER_BYTES)
		longest = PACKET_BUFFER_BYTES;
	if (bytes - PACKET_BYTES_LEAST > longest - PACKET_BYTES_LEAST)
		return false;
	memory = vio_region_pointer(&queue->region, descriptor.low, bytes);
	if (!memory)
		return false;
	memcpy(packet->data, memory, bytes);
	packet->bytes = (uint16_t)bytes;
	packet->total_bytes = (uint32_t)bytes;
	note_taken(queue, packet, queue->next + 1);
	return true;
}

/* Any packet, of which descriptor is the first. */
static __attribute__((noinline)) int pull_pieces(struct vio_queue *queue, struct packet *packet,
						 uint32_t mtu, struct ring_descriptor descriptor)
{
	struct vio_tx_offload offload = {0};
	uint32_t index = queue->next;
	uint32_t longest = mtu + FRAME_OVERHEAD;
	enum vio_error error;

	if (descriptor_flags(descriptor) & VIO_TX_OFFLOAD) {
		error = read_offload(queue, descriptor, &offload);
		if (error)
			return break_queue(queue, error);
		index++;
	}
	error = gather(queue, packet, &index);
	if (error)
		return break_queue(queue, error);
	if (packet->total_bytes < PACKET_BYTES_LEAST ||
	    packet->total_bytes > (offload.offload & (VIO_OFFLOAD_TSO4 | VIO_OFFLOAD_TSO6)
					   ? VIO_PACKET_MOST
					   : longest))
		return break_queue(queue, VIO_ERROR_PACKET_BYTES);
	if (offload.offload) {
		error = vio_apply_offload(packet, &offload, longest);
		if (error)
			return break_queue(queue, error);
	}
	note_taken(queue, packet, index);
	return 1;
}

/* In line also where it is run per packet of a burst. */
inline __attribute__((always_inline)) int vio_queue_pull(struct vio_queue *queue,
							 struct packet *packet, uint32_t mtu)
{
	struct ring_descriptor descriptor;

	if (queue->next == queue->produced) {
		if (!vio_ring_refresh(queue))
			return -EPROTO;
		if (queue->next == queue->produced)
			return 0;
	}
	packet_clear(packet);
	descriptor = ring_read_descriptor(queue, queue->next);
	if (__builtin_expect(pull_plain(queue, packet, mtu, descriptor), 1))
		return 1;
	return pull_pieces(queue, packet, mtu, descriptor);
}

unsigned vio_queue_pull_burst(struct vio_queue *queue, struct packet_pool *pool,
			      struct packet **packets, unsigned most, int64_t *allowance,
			      uint32_t mtu)
{
	int64_t left = *allowance;
	unsigned count = 0;

	while (count < most && left > 0 && pool->free) {
		struct packet *packet = packet_take(pool);

		if (vio_queue_pull(queue, packet, mtu) <= 0) {
			packet_release(packet);
			break;
		}
		left -= vio_wire_bytes(packet);
		packets[count++] = packet;
	}
	*allowance = left;
	return count;
}
