// SPDX-License-Identifier: BSD-2-Clause
/* The receive path (DS 7.1): from written-back descriptors to packets, and posting buffers. */
#include "drivers/net/ixgbe/device.h"

#define ETHERNET_HEADER 14
#define ETHERTYPE_IPV4  0x0800

/* The RSS types of the descriptor; the -ex types hash like the plain ones without the option. */
static const uint8_t hash_types[16] = {
	[1] = PACKET_HASH_TCP_IPV4, [2] = PACKET_HASH_IPV4,     [3] = PACKET_HASH_TCP_IPV6,
	[4] = PACKET_HASH_IPV6,     [5] = PACKET_HASH_IPV6,     [6] = PACKET_HASH_TCP_IPV6,
	[7] = PACKET_HASH_UDP_IPV4, [8] = PACKET_HASH_UDP_IPV6, [9] = PACKET_HASH_UDP_IPV6,
};

/*
 * Checksum state to packet flags; the index is L4CS, IPCS, TCPE, IPE and "is UDP". A UDP error
 * says nothing: the card reports one for datagrams without a checksum (erratum).
 */
#define CSUM_L4CS  1
#define CSUM_IPCS  2
#define CSUM_TCPE  4
#define CSUM_IPE   8
#define CSUM_UDP   16
#define CSUM_L4(i) ((i)&CSUM_TCPE ? ((i)&CSUM_UDP ? 0 : PACKET_CSUM_BAD) : PACKET_L4_CSUM_GOOD)
#define CSUM_IP(i) ((i)&CSUM_IPE ? PACKET_CSUM_BAD : PACKET_IP_CSUM_GOOD)
#define CSUM_1(i)  (((i)&CSUM_L4CS ? CSUM_L4(i) : 0) | ((i)&CSUM_IPCS ? CSUM_IP(i) : 0))
#define CSUM_4(i)  CSUM_1(i), CSUM_1((i) + 1), CSUM_1((i) + 2), CSUM_1((i) + 3)
#define CSUM_16(i) CSUM_4(i), CSUM_4((i) + 4), CSUM_4((i) + 8), CSUM_4((i) + 12)
static const uint8_t csum_flags[32] = {CSUM_16(0), CSUM_16(16)};

static unsigned csum_index(uint64_t q0, uint64_t q1)
{
	return (q1 >> 5 & 3) | (q1 >> 28 & 12) | (q0 & RXD_PACKET_UDP) >> 5;
}

/* Posts buffers, in batches; one write of RDT. */
void ixgbe_rx_refill(struct ixgbe_rx *rx)
{
	uint32_t fill = rx->fill, size = rx->size;
	uint32_t count = size - 1 - rx->posted;
	uint64_t dma_offset = rx->dma_offset;
	uint32_t done = 0;

	for (; done < count; done++) {
		struct packet *packet = packet_alloc(rx->pool);

		if (!packet)
			break;
		rx->ring[fill].q0 = (uintptr_t)packet->buffer + dma_offset;
		rx->ring[fill].q1 = 0;
		rx->packets[fill] = packet;
		fill = fill + 1 == size ? 0 : fill + 1;
	}
	if (!done && !rx->posted)
		return;
	rx->fill = fill;
	WRITE_ONCE(rx->posted, rx->posted + done);
	dma_wmb();
	mmio_write32(rx->tail, fill);
}

/* A frame that does not fit one buffer, or that came with an error or an impossible length. */
static void discard(struct ixgbe_rx *rx, struct packet *packet, uint64_t q1)
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

	if (packet->bytes < ETHERNET_HEADER + 20 ||
	    (packet->data[12] << 8 | packet->data[13]) != ETHERTYPE_IPV4)
		return false;
	bytes = (header[0] & 15u) * 4;
	if (bytes < 20 || bytes + ETHERNET_HEADER > packet->bytes)
		return false;
	for (uint32_t i = 0; i < bytes; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	return sum == 0xFFFF;
}

static void fill_packet(struct packet *packet, uint64_t q0, uint64_t q1, uint32_t length)
{
	unsigned csum = csum_index(q0, q1);

	packet->bytes = (uint16_t)length;
	packet->total_bytes = length;
	packet->hash = RXD_RSS_HASH(q0);
	packet->hash_type = hash_types[RXD_RSS_TYPE(q0)];
	if (__builtin_expect(csum & CSUM_IPE, 0) && ipv4_header_good(packet))
		csum &= ~(unsigned)CSUM_IPE;
	packet->flags = csum_flags[csum];
	if (q1 & RXD_VP) {
		packet->flags |= PACKET_VLAN;
		packet->vlan_tci = RXD_VLAN(q1);
	}
}

static unsigned take(struct ixgbe_rx *rx, struct packet **packets, unsigned most)
{
	uint32_t next = rx->next, posted = rx->posted, size = rx->size;
	uint32_t length_most = rx->pool->buffer_bytes - ETHERNET_HEADER;
	unsigned count = 0;

	while (count < most && posted) {
		uint64_t q0, q1 = READ_ONCE(rx->ring[next].q1);
		struct packet *packet;
		uint32_t length;

		if (!(q1 & RXD_DD))
			break;
		dma_rmb();
		q0 = READ_ONCE(rx->ring[next].q0);
		packet = rx->packets[next];
		next = next + 1 == size ? 0 : next + 1;
		posted--;
		length = RXD_LENGTH(q1);
		if (__builtin_expect((q1 & (RXD_EOP | RXD_ERRORS)) != RXD_EOP || rx->discarding ||
					     length - ETHERNET_HEADER > length_most,
				     0)) {
			discard(rx, packet, q1);
			continue;
		}
		fill_packet(packet, q0, q1, length);
		packets[count++] = packet;
	}
	WRITE_ONCE(rx->next, next);
	WRITE_ONCE(rx->posted, posted);
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
