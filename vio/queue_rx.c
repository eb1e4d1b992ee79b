// SPDX-License-Identifier: BSD-2-Clause
// Receive queues: packets into buffers that the driver posted.
#include "kernel/string.h"
#include "vio/queue_push.h"

#define VLAN_TAG_AT    12
#define VLAN_TAG_BYTES 4

/* The pieces of a packet in the order in which they are copied. */
struct source {
	struct packet_fragment piece[PACKET_FRAGMENTS_MOST + 3];
	unsigned pieces;
	unsigned current;
	uint32_t taken; /* of the current piece */
	uint8_t tag[VLAN_TAG_BYTES];
};

static void add_piece(struct source *source, const uint8_t *data, uint32_t bytes)
{
	source->piece[source->pieces++] = (struct packet_fragment){data, bytes};
}

static void open_source(struct source *source, const struct packet *packet, bool insert_tag)
{
	source->pieces = source->current = 0;
	source->taken = 0;
	if (insert_tag) {
		source->tag[0] = 0x81;
		source->tag[1] = 0x00;
		source->tag[2] = (uint8_t)(packet->vlan_tci >> 8);
		source->tag[3] = (uint8_t)packet->vlan_tci;
		add_piece(source, packet->data, VLAN_TAG_AT);
		add_piece(source, source->tag, VLAN_TAG_BYTES);
		add_piece(source, packet->data + VLAN_TAG_AT, packet->bytes - VLAN_TAG_AT);
	} else {
		add_piece(source, packet->data, packet->bytes);
	}
	for (unsigned i = 0; i < packet->fragments; i++)
		add_piece(source, packet->fragment[i].data, packet->fragment[i].bytes);
}

/* Copies the next bytes, of which there are so many. */
static void copy_from_source(struct source *source, uint8_t *to, uint32_t bytes)
{
	while (bytes) {
		const struct packet_fragment *piece = &source->piece[source->current];
		uint32_t part = piece->bytes - source->taken;

		if (part > bytes)
			part = bytes;
		memcpy(to, piece->data + source->taken, part);
		to += part;
		bytes -= part;
		source->taken += part;
		if (source->taken == piece->bytes) {
			source->current++;
			source->taken = 0;
		}
	}
}

/* The posted buffer at index, or NULL with queue->error set. */
static uint8_t *check_buffer(struct vio_queue *queue, uint32_t index, uint32_t *bytes)
{
	struct ring_descriptor descriptor = ring_read_descriptor(queue, index);
	uint8_t *buffer;

	*bytes = (uint32_t)descriptor.high;
	if (descriptor.high >> 32) {
		queue->error = VIO_ERROR_DESCRIPTOR_FLAGS;
		return NULL;
	}
	if (*bytes < VIO_RX_BUFFER_LEAST || *bytes > VIO_BUFFER_MOST) {
		queue->error = VIO_ERROR_BUFFER_BYTES;
		return NULL;
	}
	buffer = vio_queue_memory(queue, descriptor.low, *bytes);
	if (!buffer)
		queue->error = VIO_ERROR_BUFFER_ADDRESS;
	return buffer;
}

/* True if a descriptor is posted at index; false if not, or if queue->error is set. */
static inline bool is_posted(struct vio_queue *queue, uint32_t index)
{
	if (index != queue->produced)
		return true;
	return vio_ring_refresh(queue) && index != queue->produced;
}

static enum vio_push push_failed(const struct vio_queue *queue)
{
	return queue->error ? VIO_PUSH_BROKEN : VIO_PUSH_FULL;
}

/* Any packet, into as many buffers as it takes. */
static enum vio_push push_pieces(struct vio_queue *queue, const struct packet *packet,
				 struct vio_completion *completion, bool insert_tag)
{
	uint32_t total = packet->total_bytes + (insert_tag ? VLAN_TAG_BYTES : 0);
	uint32_t left = total;
	uint32_t index = queue->next;
	struct source source;

	open_source(&source, packet, insert_tag);
	if (packet->gso_size) {
		completion->gso_size = packet->gso_size;
		completion->segments = (uint16_t)((packet->total_bytes - packet->header_bytes +
						   packet->gso_size - 1) /
						  packet->gso_size);
	}
	for (; left; index++) {
		uint32_t part;
		uint8_t *buffer;

		if (!is_posted(queue, index))
			return push_failed(queue);
		buffer = check_buffer(queue, index, &part);
		if (!buffer)
			return push_failed(queue);
		/* Buffers of one length are usual: then this is known before any is filled. */
		if (left > (uint64_t)part * (queue->next + VIO_RX_PIECES_MOST - index) &&
		    (index == queue->next || index + 1 == queue->next + VIO_RX_PIECES_MOST))
			return VIO_PUSH_LARGE;
		if (part > left)
			part = left;
		copy_from_source(&source, buffer, part);
		left -= part;
		completion->bytes = (uint16_t)part;
		if (left)
			completion->flags |= VIO_RX_MORE;
		else
			completion->flags &= (uint16_t)~VIO_RX_MORE;
		queue->completions[index & queue->mask] = *completion;
	}
	vio_push_done(queue, index, total);
	return VIO_PUSH_DONE;
}

enum vio_push vio_queue_push(struct vio_queue *queue, const struct packet *packet)
{
	bool insert_tag = packet->flags & PACKET_VLAN && !(queue->features & VIO_F_RX_VLAN);
	struct vio_completion completion;

	if (vio_queue_push_plain(queue, packet))
		return VIO_PUSH_DONE;
	completion = vio_describe_packet(queue, packet);
	return push_pieces(queue, packet, &completion, insert_tag);
}
