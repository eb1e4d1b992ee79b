// SPDX-License-Identifier: BSD-2-Clause
/* The receive path (DS 7.1): from written-back descriptors to packets, and posting buffers. */
#include "drivers/net/ixgbe/device.h"

#include "drivers/net/headers.h"

#define COLD __attribute__((noinline, cold)) /* keeps the loop's registers free */

/* The RSS types of the descriptor; the -ex types hash like the plain ones without the option. */
static const uint8_t hash_types[16] = {
	[1] = PACKET_HASH_TCP_IPV4, [2] = PACKET_HASH_IPV4,     [3] = PACKET_HASH_TCP_IPV6,
	[4] = PACKET_HASH_IPV6,     [5] = PACKET_HASH_IPV6,     [6] = PACKET_HASH_TCP_IPV6,
	[7] = PACKET_HASH_UDP_IPV4, [8] = PACKET_HASH_UDP_IPV6, [9] = PACKET_HASH_UDP_IPV6,
};

/* Packet flags without checksum errors, by the status bits from VP on: VP, UDPCS, L4CS, IPCS. */
#define STATUS_SHIFT     3
#define STATUS_INDEX(q1) ((q1) >> STATUS_SHIFT & 15)
#define STATUS_FLAGS(i)                                               \
	(((i) << STATUS_SHIFT & RXD_VP ? PACKET_VLAN : 0) |           \
	 ((i) << STATUS_SHIFT & RXD_L4CS ? PACKET_L4_CSUM_GOOD : 0) | \
	 ((i) << STATUS_SHIFT & RXD_IPCS ? PACKET_IP_CSUM_GOOD : 0))
#define STATUS_FLAGS_4(i) \
	STATUS_FLAGS(i), STATUS_FLAGS((i) + 1), STATUS_FLAGS((i) + 2), STATUS_FLAGS((i) + 3)
static const uint8_t status_flags[16] = {STATUS_FLAGS_4(0), STATUS_FLAGS_4(4), STATUS_FLAGS_4(8),
					 STATUS_FLAGS_4(12)};

/* Posts up to count buffers from fill on, without wrapping. Returns how many. */
static uint32_t post(struct ixgbe_rx *rx, uint32_t fill, uint32_t count)
{
	volatile struct ixgbe_descriptor *descriptor = rx->ring + fill;
	struct packet **packets = rx->packets + fill;
	struct packet_pool *pool = rx->pool;
	uint64_t dma_offset = rx->dma_offset;

	if (count > pool->free_count)
		count = pool->free_count;
	for (uint32_t i = 0; i < count; i++) {
		packets[i] = packet_take(pool);
		descriptor[i].q0 = (uintptr_t)packets[i]->buffer + dma_offset;
		descriptor[i].q1 = 0;
	}
	return count;
}

/* Posts buffers in every free descriptor but the last; one write of RDT. */
void ixgbe_rx_refill(struct ixgbe_rx *rx)
{
	uint32_t fill = rx->fill, posted = rx->posted;
	uint32_t count = rx->size - 1 - posted;
	uint32_t run = rx->size - fill;
	uint32_t done = post(rx, fill, count < run ? count : run);

	fill += done;
	if (fill == rx->size) {
		uint32_t rest = post(rx, 0, count - done);

		fill = rest;
		done += rest;
	}
	if (!done && !posted)
		return;
	rx->fill = fill;
	WRITE_ONCE(rx->posted, posted + done);
	dma_wmb();
	mmio_write32(rx->tail, fill);
}

/* A frame that does not fit one buffer, or that came with an error or an impossible length. */
static COLD void discard(struct ixgbe_rx *rx, struct packet *packet, uint64_t q1)
{
	bool end = q1 & RXD_EOP;

	if (!end && !rx->discarding)
		rx->oversize++;
	else if (end && !rx->discarding)
		rx->errors++;
	rx->discarding = !end;
	packet_release(packet);
}

/* The card finds errors in the headers of some good fragments (erratum): look again. */
static bool ipv4_header_good(const struct packet *packet)
{
	const uint8_t *header = packet->data + ETHERNET_HEADER;
	uint32_t sum = 0, bytes;

	if (packet->bytes < ETHERNET_HEADER + 20 || load_be16(packet->data + 12) != ETHERTYPE_IPV4)
		return false;
	bytes = (header[0] & 15u) * 4;
	if (bytes < 20 || bytes + ETHERNET_HEADER > packet->bytes)
		return false;
	for (uint32_t i = 0; i < bytes; i += 2)
		sum += load_be16(header + i);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return sum == 0xFFFF;
}

/*
 * The flags of a packet in which the card found a wrong checksum. A UDP error says nothing: the
 * card reports one for datagrams without a checksum (erratum).
 */
static COLD unsigned checksum_error_flags(const struct packet *packet, uint64_t q0, uint64_t q1)
{
	unsigned flags = status_flags[STATUS_INDEX(q1)];

	if ((flags & PACKET_IP_CSUM_GOOD) && (q1 & RXD_IPE) && !ipv4_header_good(packet))
		flags = (flags & ~(unsigned)PACKET_IP_CSUM_GOOD) | PACKET_CSUM_BAD;
	if ((flags & PACKET_L4_CSUM_GOOD) && (q1 & RXD_TCPE)) {
		flags &= ~(unsigned)PACKET_L4_CSUM_GOOD;
		if (!(q0 & RXD_PACKET_UDP))
			flags |= PACKET_CSUM_BAD;
	}
	return flags;
}

static unsigned take(struct ixgbe_rx *rx, struct packet **packets, unsigned most)
{
	const volatile struct ixgbe_descriptor *ring = rx->ring;
	struct packet **table = rx->packets;
	uint32_t next = rx->next, size = rx->size;
	uint32_t left = most < rx->posted ? most : rx->posted;
	uint32_t length_most = rx->pool->buffer_bytes - ETHERNET_HEADER;
	uint32_t seen = 0;
	unsigned count = 0;

	for (; seen < left; seen++) {
		uint64_t q0, q1 = ring[next].q1;
		uint32_t length = RXD_LENGTH(q1);
		struct packet *packet;

		if (!(q1 & RXD_DD))
			break;
		dma_rmb();
		q0 = ring[next].q0;
		packet = table[next];
		next = next + 1 == size ? 0 : next + 1;
		if (__builtin_expect((q1 & (RXD_EOP | RXD_ERRORS)) != RXD_EOP || rx->discarding ||
					     length - ETHERNET_HEADER > length_most,
				     0)) {
			discard(rx, packet, q1);
			continue;
		}
		packet->bytes = (uint16_t)length;
		packet->total_bytes = length;
		packet->flags = status_flags[STATUS_INDEX(q1)];
		if (__builtin_expect(q1 & (RXD_TCPE | RXD_IPE), 0))
			packet->flags = (uint16_t)checksum_error_flags(packet, q0, q1);
		packet->vlan_tci = RXD_VLAN(q1);
		packet->hash = RXD_RSS_HASH(q0);
		packet->hash_type = hash_types[RXD_RSS_TYPE(q0)];
		packets[count++] = packet;
	}
	WRITE_ONCE(rx->next, next);
	WRITE_ONCE(rx->posted, rx->posted - seen);
	return count;
}

unsigned ixgbe_rx_burst(struct netdev *netdev, unsigned index, struct packet **packets,
			unsigned most)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	struct ixgbe_queue *queue = &dev->queues[index];
	struct ixgbe_rx *rx = &queue->rx;
	unsigned count;

	if (!ixgbe_enter(dev, queue))
		return 0;
	count = take(rx, packets, most);
	if (ixgbe_rx_refillable(rx))
		ixgbe_rx_refill(rx);
	ixgbe_leave(queue);
	return count;
}
