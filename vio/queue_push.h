/* SPDX-License-Identifier: BSD-2-Clause */
/* The short way of the usual packet into a receive queue. Kept in line: it is run per packet. */
#ifndef SLUICE_VIO_QUEUE_PUSH_H
#define SLUICE_VIO_QUEUE_PUSH_H

#include "kernel/string.h"
#include "vio/queue_ring.h"

/* The packet's flags are those of the protocol. */
_Static_assert((int)VIO_RX_IP_CSUM == (int)PACKET_IP_CSUM_GOOD, "same");
_Static_assert((int)VIO_RX_L4_CSUM == (int)PACKET_L4_CSUM_GOOD, "same");
_Static_assert((int)VIO_RX_VLAN == (int)PACKET_VLAN, "same");
_Static_assert((int)VIO_RX_L4_PARTIAL == (int)PACKET_CSUM_PARTIAL, "same");

/* All of a completion but `bytes`. */
static inline struct vio_completion vio_describe_packet(const struct vio_queue *queue,
							const struct packet *packet)
{
	return (struct vio_completion){
		.hash = packet->hash & queue->receive_hash,
		.flags = (uint16_t)(packet->flags & queue->receive_flags),
		.vlan_tci = packet->vlan_tci,
		.hash_type = packet->hash_type & (uint8_t)queue->receive_hash,
	};
}

static inline void vio_push_done(struct vio_queue *queue, uint32_t next, uint32_t bytes)
{
	queue->next = next;
	queue->completed = next;
	vio_count(&queue->stats.packets, 1);
	vio_count(&queue->stats.bytes, bytes);
}

/*
 * As vio_queue_push(), for a packet in one piece that needs nothing done to it and fits the posted
 * buffer. Returns false, with nothing done, if any of that is not so, or in doubt.
 */
static inline bool vio_queue_push_plain(struct vio_queue *queue, const struct packet *packet)
{
	uint32_t index = queue->next;
	uint64_t bytes = packet->bytes;
	struct ring_descriptor descriptor;
	struct vio_completion *completion;
	uint8_t *buffer;

	if (index == queue->produced || packet->flags & queue->special_flags ||
	    bytes != packet->total_bytes)
		return false;
	descriptor = ring_read_descriptor(queue, index);
	/* Flags, which receive descriptors have none of, would make this too large as well. */
	if (descriptor.high - VIO_RX_BUFFER_LEAST > VIO_BUFFER_MOST - VIO_RX_BUFFER_LEAST ||
	    descriptor.high < bytes)
		return false;
	buffer = vio_region_pointer(&queue->region, descriptor.low, descriptor.high);
	if (!buffer)
		return false;
	memcpy(buffer, packet->data, bytes);
	completion = &queue->completions[index & queue->mask];
	*completion = vio_describe_packet(queue, packet);
	completion->bytes = (uint16_t)bytes;
	vio_push_done(queue, index + 1, (uint32_t)bytes);
	return true;
}

#endif
