// SPDX-License-Identifier: BSD-2-Clause
/* The transmit path (DS 7.2): packets to descriptors, one doorbell a burst, and reclaiming. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/string.h"

#define CHUNKS(bytes)   (((bytes) + IXGBE_CHUNK_BYTES - 1) >> IXGBE_CHUNK_SHIFT)
#define BYTES_LEAST     17         /* shorter frames are not padded */
#define BYTES_MOST      (1u << 18) /* of PAYLEN */
#define REPORT_INTERVAL 32         /* descriptors that may wait for a report (RS) */

#define OFFLOADS (PACKET_VLAN | PACKET_CSUM_PARTIAL | PACKET_GSO_TCPV4 | PACKET_GSO_TCPV6)

#define PLAIN_COMMAND (TXD_DTYP_DATA | TXD_DEXT | TXD_IFCS)

#define ETHERTYPE_AT 12
#define TYPE_TAGGED  0x0081 /* as it lies in memory: 81 00 */

#define COLD __attribute__((noinline, cold)) /* keeps the loop's registers free */

static uint32_t next_of(uint32_t index, uint32_t size)
{
	return index + 1 == size ? 0 : index + 1;
}

/* Freed by the next ixgbe_tx_reclaim(), as done() may not be called from here. */
static void drop(struct ixgbe_tx *tx, struct packet *packet)
{
	packet->next = tx->unsent;
	tx->unsent = packet;
	tx->dropped++;
}

static uint32_t count_chunks(const struct packet *packet)
{
	uint32_t count = CHUNKS(packet->bytes);

	for (unsigned i = 0; i < packet->fragments; i++)
		count += CHUNKS(packet->fragment[i].bytes);
	return count;
}

/* The card hangs on frames that it cannot send, so none may reach it. */
static bool is_sendable(const struct ixgbe_tx *tx, const struct packet *packet)
{
	uint32_t frame = packet->total_bytes;

	if (packet->flags & (PACKET_GSO_TCPV4 | PACKET_GSO_TCPV6))
		frame = (uint32_t)packet->header_bytes + packet->gso_size;
	return packet->bytes && packet->total_bytes >= BYTES_LEAST &&
	       packet->total_bytes < BYTES_MOST && frame <= tx->frame_most &&
	       packet->fragments <= PACKET_FRAGMENTS_MOST;
}

/* The card keeps the context; it is written only when it differs. Returns descriptors used. */
static uint32_t put_context(struct ixgbe_tx *tx, const struct ixgbe_offload *offload)
{
	volatile struct ixgbe_descriptor *descriptor = &tx->ring[tx->next];

	if (tx->context_valid && tx->context[0] == offload->context[0] &&
	    tx->context[1] == offload->context[1])
		return 0;
	descriptor->q0 = offload->context[0];
	descriptor->q1 = offload->context[1];
	tx->context[0] = offload->context[0];
	tx->context[1] = offload->context[1];
	tx->context_valid = true;
	tx->packets[tx->next] = NULL;
	tx->next = next_of(tx->next, tx->size);
	return 1;
}

/* Puts descriptors for bytes at data from index on; returns the last one's index. */
static uint32_t put_data(struct ixgbe_tx *tx, uint32_t *index, const uint8_t *data, uint32_t bytes,
			 uint64_t command)
{
	uint64_t address = dma_address(data);
	uint32_t next = *index, last = next;

	while (bytes) {
		uint32_t chunk = bytes < IXGBE_CHUNK_BYTES ? bytes : IXGBE_CHUNK_BYTES;

		tx->ring[next].q0 = address;
		tx->ring[next].q1 = command | chunk;
		tx->packets[next] = NULL;
		last = next;
		next = next_of(next, tx->size);
		address += chunk;
		bytes -= chunk;
	}
	*index = next;
	return last;
}

/* Asks for a report when the descriptor at last is done. */
static void ask_report(struct ixgbe_tx *tx, uint32_t last)
{
	tx->ring[last].q1 |= TXD_RS;
	tx->report[tx->report_tail] = (uint16_t)last;
	tx->report_tail = next_of(tx->report_tail, tx->size);
	tx->unreported = 0;
	WRITE_ONCE(tx->reports_asked, tx->reports_asked + 1);
}

/* A packet of one chunk. Returns the index of its descriptor. */
static uint32_t put_small(struct ixgbe_tx *tx, struct packet *packet, uint64_t command)
{
	uint32_t index = tx->next;
	volatile struct ixgbe_descriptor *descriptor = &tx->ring[index];

	tx->packets[index] = packet;
	tx->next = next_of(index, tx->size);
	descriptor->q0 = dma_address(packet->data);
	descriptor->q1 = command | TXD_EOP | packet->bytes;
	return index;
}

/* Returns the index of the packet's last descriptor. */
static uint32_t put_large(struct ixgbe_tx *tx, struct packet *packet, uint64_t command)
{
	uint32_t next = tx->next;
	uint32_t last = put_data(tx, &next, packet->data, packet->bytes, command);

	for (unsigned i = 0; i < packet->fragments; i++) {
		const struct packet_fragment *fragment = &packet->fragment[i];

		if (fragment->bytes)
			last = put_data(tx, &next, fragment->data, fragment->bytes, command);
	}
	tx->ring[last].q1 |= TXD_EOP;
	tx->packets[last] = packet;
	tx->next = next;
	return last;
}

/* What a packet asks for, but for segmentation, in one word. */
static inline uint64_t request_of(const struct packet *packet)
{
	return (packet->flags & OFFLOADS) | (uint64_t)packet->vlan_tci << 16 |
	       (uint64_t)packet->csum_start << 32 | (uint64_t)packet->csum_offset << 48;
}

static inline uint16_t type_of(const struct packet *packet)
{
	uint16_t type;

	memcpy(&type, packet->data + ETHERTYPE_AT, sizeof(type));
	return type;
}

/* Remembers a request that the card's context is right for now. */
static void note_request(struct ixgbe_tx *tx, const struct packet *packet, uint64_t command)
{
	tx->request = 0;
	if (packet->flags & (PACKET_GSO_TCPV4 | PACKET_GSO_TCPV6) || type_of(packet) == TYPE_TAGGED)
		return;
	tx->request = request_of(packet);
	tx->request_type = type_of(packet);
	tx->request_command = command;
}

/* A packet in one descriptor that asks for the same as the last: as type and lengths are too. */
static inline bool is_repeated(const struct ixgbe_tx *tx, const struct packet *packet)
{
	return tx->request && request_of(packet) == tx->request &&
	       type_of(packet) == tx->request_type && packet->bytes == packet->total_bytes &&
	       packet->total_bytes - BYTES_LEAST <= tx->plain_most - BYTES_LEAST &&
	       packet->csum_start + packet->csum_offset + 2u <= packet->bytes;
}

/*
 * Puts a packet of chunks data descriptors into the ring, which has room for one more. Returns how
 * many it took; 0 if the packet had to be dropped.
 */
static uint32_t put(struct ixgbe_tx *tx, struct packet *packet, uint32_t chunks, uint32_t *last)
{
	uint64_t command = PLAIN_COMMAND;
	uint32_t contexts = 0;

	if (packet->flags & OFFLOADS) {
		struct ixgbe_offload offload;

		if (!ixgbe_offload_prepare(packet, &offload))
			return 0;
		contexts = put_context(tx, &offload);
		command |= offload.command;
		note_request(tx, packet, command);
		command |= TXD_PAYLEN(offload.paylen);
	} else {
		command |= TXD_PAYLEN(packet->total_bytes);
	}
	*last = chunks == 1 ? put_small(tx, packet, command) : put_large(tx, packet, command);
	return contexts + chunks;
}

/* The usual packet: in one descriptor, and the card is asked for nothing but sending it. */
static inline bool is_plain(const struct ixgbe_tx *tx, const struct packet *packet)
{
	return !(packet->flags & OFFLOADS) && packet->bytes == packet->total_bytes &&
	       packet->total_bytes - BYTES_LEAST <= tx->plain_most - BYTES_LEAST;
}

/*
 * Puts any packet into the ring if it fits in room descriptors and leaves one free. Returns how
 * many it took, 0 if it had to be dropped, -1 if it does not fit.
 */
static COLD int put_any(struct ixgbe_tx *tx, struct packet *packet, uint32_t room, uint32_t *last)
{
	uint32_t chunks, descriptors = 0;

	if (is_sendable(tx, packet)) {
		chunks = count_chunks(packet);
		if (chunks >= room)
			return -1;
		descriptors = put(tx, packet, chunks, last);
	}
	if (!descriptors)
		drop(tx, packet);
	return (int)descriptors;
}

static unsigned put_burst(struct ixgbe_tx *tx, struct packet **packets, unsigned count)
{
	uint32_t used = tx->next - tx->clean + (tx->next < tx->clean ? tx->size : 0);
	uint32_t room = tx->size - 1 - used;
	uint32_t last = 0, start = tx->next;
	unsigned taken;

	for (taken = 0; taken < count && room > 1; taken++) {
		struct packet *packet = packets[taken];
		int descriptors = 1;

		if (__builtin_expect(is_plain(tx, packet), 1))
			last = put_small(tx, packet,
					 PLAIN_COMMAND | TXD_PAYLEN(packet->total_bytes));
		else if (is_repeated(tx, packet))
			last = put_small(tx, packet,
					 tx->request_command | TXD_PAYLEN(packet->total_bytes));
		else
			descriptors = put_any(tx, packet, room, &last);
		if (descriptors < 0)
			break;
		room -= (uint32_t)descriptors;
		tx->unreported += (uint32_t)descriptors;
		if (tx->unreported >= REPORT_INTERVAL)
			ask_report(tx, last);
	}
	if (tx->next == start)
		return taken;
	if (tx->unreported)
		ask_report(tx, last);
	dma_wmb();
	mmio_write32(tx->tail, tx->next);
	return taken;
}

unsigned ixgbe_tx_burst(struct netdev *netdev, unsigned index, struct packet **packets,
			unsigned count)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	struct ixgbe_queue *queue = &dev->queues[index];
	unsigned taken = count;

	if (!ixgbe_enter(dev, queue))
		return 0;
	if (READ_ONCE(netdev->link.up)) {
		taken = put_burst(&queue->tx, packets, count);
	} else {
		for (unsigned i = 0; i < count; i++)
			drop(&queue->tx, packets[i]);
	}
	ixgbe_leave(queue);
	return taken;
}

static unsigned free_unsent(struct ixgbe_tx *tx)
{
	unsigned count = 0;

	while (tx->unsent) {
		struct packet *packet = tx->unsent;

		tx->unsent = packet->next;
		packet_free(packet);
		count++;
	}
	return count;
}

/* Frees the packets up to and including the descriptor at end. */
static unsigned free_sent(struct ixgbe_tx *tx, uint32_t end)
{
	uint32_t index = tx->clean, size = tx->size;
	unsigned count = 0;

	for (;;) {
		struct packet *packet = tx->packets[index];
		bool last = index == end;

		if (packet) {
			packet_free(packet);
			count++;
		}
		index = next_of(index, size);
		if (last)
			break;
	}
	tx->clean = index;
	return count;
}

unsigned ixgbe_tx_reclaim(struct netdev *netdev, unsigned index)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	struct ixgbe_queue *queue = &dev->queues[index];
	struct ixgbe_tx *tx = &queue->tx;
	unsigned count;

	if (!ixgbe_enter(dev, queue))
		return 0;
	count = free_unsent(tx);
	while (tx->reports_seen != tx->reports_asked) {
		uint32_t end = tx->report[tx->report_head];

		if (!(tx->ring[end].q1 & TXD_DD))
			break;
		count += free_sent(tx, end);
		WRITE_ONCE(tx->report_head, next_of(tx->report_head, tx->size));
		WRITE_ONCE(tx->reports_seen, tx->reports_seen + 1);
	}
	ixgbe_leave(queue);
	return count;
}
