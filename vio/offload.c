// SPDX-License-Identifier: BSD-2-Clause
// Checksums and segmentation in software.
#include "vio/offload.h"

#include "drivers/net/headers.h"
#include "kernel/string.h"

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_CWR 0x80

/* Where the headers of a frame are. */
struct layout {
	uint16_t type;    /* ethertype behind the tag */
	uint16_t l3;      /* offset of the IP header */
	uint16_t l4;      /* offset of what follows it */
	uint8_t protocol; /* of what follows it */
	bool fragment;    /* IPv4 fragment */
};

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Adds bytes to a sum of little-endian words: swapping bytes commutes with the sum (RFC 1071). */
static uint64_t sum_bytes(const uint8_t *p, size_t bytes)
{
	uint64_t sum = 0;
	uint32_t word;

	for (; bytes >= 4; bytes -= 4, p += 4) {
		memcpy(&word, p, 4);
		sum += word;
	}
	if (bytes & 2)
		sum += (uint32_t)(p[0] | p[1] << 8);
	if (bytes & 1)
		sum += p[bytes & 2];
	return fold(sum);
}

static uint16_t swap(uint16_t value)
{
	return (uint16_t)(value << 8 | value >> 8);
}

uint16_t vio_packet_sum(const struct packet *packet, uint32_t start)
{
	uint64_t sum = sum_bytes(packet->data + start, packet->bytes - start);
	uint32_t odd = (packet->bytes - start) & 1;

	for (unsigned i = 0; i < packet->fragments; i++) {
		const struct packet_fragment *fragment = &packet->fragment[i];
		uint16_t part = (uint16_t)sum_bytes(fragment->data, fragment->bytes);

		sum += odd ? swap(part) : part;
		odd ^= fragment->bytes & 1;
	}
	return swap(fold(sum));
}

void vio_finish_checksum(struct packet *packet)
{
	uint16_t checksum = (uint16_t)~vio_packet_sum(packet, packet->csum_start);

	/* UDP sends 0 for "no checksum"; the other zero means the same sum (RFC 768). */
	if (!checksum && packet->csum_offset == UDP_CSUM_OFFSET)
		checksum = 0xffff;
	store_be16(packet->data + packet->csum_start + packet->csum_offset, checksum);
	packet->flags &= (uint16_t)~PACKET_CSUM_PARTIAL;
}

/* Finds the headers; false if it is not IP or they are not in the linear part. */
static bool find_layout(const struct packet *packet, struct layout *layout)
{
	const uint8_t *data = packet->data;

	layout->l3 = 14;
	layout->type = load_be16(data + 12);
	if (layout->type == ETHERTYPE_VLAN && packet->bytes >= 18) {
		layout->l3 = 18;
		layout->type = load_be16(data + 16);
	}
	data += layout->l3;
	layout->fragment = false;
	if (layout->type == ETHERTYPE_IPV4) {
		if (packet->bytes < layout->l3 + 20u || data[0] < 0x45 || data[0] > 0x4f)
			return false;
		layout->l4 = (uint16_t)(layout->l3 + (data[0] & 15u) * 4);
		layout->protocol = data[9];
		layout->fragment = load_be16(data + 6) & 0x3fff;
		return true;
	}
	if (layout->type == ETHERTYPE_IPV6) {
		if (packet->bytes < layout->l3 + 40u || data[0] >> 4 != 6)
			return false;
		layout->l4 = (uint16_t)(layout->l3 + 40);
		layout->protocol = data[6];
		return true;
	}
	return false;
}

/* True if the wish is for the checksum of a TCP or UDP header directly behind the IP header. */
static bool card_understands(const struct packet *packet, const struct layout *layout)
{
	return !layout->fragment && packet->csum_start == layout->l4 &&
	       ((layout->protocol == PROTOCOL_TCP && packet->csum_offset == TCP_CSUM_OFFSET) ||
		(layout->protocol == PROTOCOL_UDP && packet->csum_offset == UDP_CSUM_OFFSET));
}

static enum vio_error apply_segmentation(struct packet *packet,
					 const struct vio_tx_offload *offload, uint32_t longest)
{
	bool ipv4 = offload->offload & VIO_OFFLOAD_TSO4;
	struct layout layout;
	uint32_t tcp_bytes;

	if (ipv4 && offload->offload & VIO_OFFLOAD_TSO6)
		return VIO_ERROR_OFFLOAD;
	if (!find_layout(packet, &layout) || !card_understands(packet, &layout) ||
	    layout.protocol != PROTOCOL_TCP ||
	    layout.type != (ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6))
		return VIO_ERROR_OFFLOAD;
	tcp_bytes = (uint32_t)(packet->data[layout.l4 + 12] >> 4) * 4;
	if (tcp_bytes < 20 || offload->header_bytes != layout.l4 + tcp_bytes ||
	    offload->header_bytes > packet->bytes || offload->header_bytes >= packet->total_bytes)
		return VIO_ERROR_OFFLOAD;
	if (offload->gso_size < VIO_GSO_SIZE_LEAST ||
	    (uint32_t)offload->gso_size + offload->header_bytes > longest)
		return VIO_ERROR_OFFLOAD;
	packet->gso_size = offload->gso_size;
	packet->header_bytes = offload->header_bytes;
	packet->flags |= ipv4 ? PACKET_GSO_TCPV4 : PACKET_GSO_TCPV6;
	return VIO_ERROR_NONE;
}

enum vio_error vio_apply_offload(struct packet *packet, const struct vio_tx_offload *offload,
				 uint32_t longest)
{
	struct layout layout;

	if (offload->offload & VIO_OFFLOAD_VLAN) {
		packet->vlan_tci = offload->vlan_tci;
		packet->flags |= PACKET_VLAN;
	}
	if (!(offload->offload & VIO_OFFLOAD_CSUM))
		return offload->offload & (VIO_OFFLOAD_TSO4 | VIO_OFFLOAD_TSO6) ? VIO_ERROR_OFFLOAD
										: VIO_ERROR_NONE;
	if (offload->csum_start < 14 ||
	    (uint32_t)offload->csum_start + offload->csum_offset + 2 > packet->bytes)
		return VIO_ERROR_OFFLOAD;
	packet->csum_start = offload->csum_start;
	packet->csum_offset = offload->csum_offset;
	packet->flags |= PACKET_CSUM_PARTIAL;
	if (offload->offload & (VIO_OFFLOAD_TSO4 | VIO_OFFLOAD_TSO6))
		return apply_segmentation(packet, offload, longest);
	if (!find_layout(packet, &layout) || !card_understands(packet, &layout))
		vio_finish_checksum(packet);
	return VIO_ERROR_NONE;
}

unsigned vio_segments(const struct packet *packet)
{
	uint32_t payload = packet->total_bytes - packet->header_bytes;

	return (payload + packet->gso_size - 1) / packet->gso_size;
}

/* Refers segment's fragments to bytes of packet from offset start on. */
static bool refer_payload(const struct packet *packet, uint32_t start, uint32_t bytes,
			  struct packet *segment)
{
	uint32_t at = 0;

	for (int i = -1; i < (int)packet->fragments && bytes; i++) {
		const uint8_t *data = i < 0 ? packet->data : packet->fragment[i].data;
		uint32_t length = i < 0 ? packet->bytes : packet->fragment[i].bytes;

		if (start < at + length) {
			uint32_t skip = start - at;
			uint32_t part = length - skip < bytes ? length - skip : bytes;

			if (segment->fragments == PACKET_FRAGMENTS_MOST)
				return false;
			segment->fragment[segment->fragments++] =
				(struct packet_fragment){data + skip, part};
			start += part;
			bytes -= part;
		}
		at += length;
	}
	return true;
}

/* Sum of the addresses, as the pseudo-header has them. */
static uint64_t sum_addresses(const uint8_t *ip, bool ipv4)
{
	return swap((uint16_t)(ipv4 ? sum_bytes(ip + 12, 8) : sum_bytes(ip + 8, 32)));
}

/* Sets lengths, identification and IP checksum of a segment, and TCP's pseudo-header sum. */
static void patch_headers(struct packet *segment, unsigned index, bool last, uint32_t offset)
{
	struct layout layout;
	uint8_t *ip, *tcp;
	bool ipv4;
	uint32_t tcp_bytes;

	find_layout(segment, &layout);
	ip = segment->data + layout.l3;
	tcp = segment->data + layout.l4;
	ipv4 = layout.type == ETHERTYPE_IPV4;
	tcp_bytes = segment->total_bytes - layout.l4;
	if (ipv4) {
		store_be16(ip + 2, segment->total_bytes - layout.l3);
		store_be16(ip + 4, load_be16(ip + 4) + index);
		store_be16(ip + 10, 0);
		store_be16(ip + 10,
			   (uint16_t)~swap((uint16_t)sum_bytes(ip, layout.l4 - layout.l3)));
	} else {
		store_be16(ip + 4, tcp_bytes);
	}
	store_be32(tcp + 4, load_be32(tcp + 4) + offset);
	if (!last)
		tcp[13] &= (uint8_t) ~(TCP_FLAG_FIN | TCP_FLAG_PSH);
	if (index)
		tcp[13] &= (uint8_t)~TCP_FLAG_CWR;
	store_be16(tcp + TCP_CSUM_OFFSET, fold(sum_addresses(ip, ipv4) + PROTOCOL_TCP + tcp_bytes));
}

bool vio_make_segment(const struct packet *packet, unsigned index, struct packet *segment)
{
	uint32_t offset = index * packet->gso_size;
	uint32_t left = packet->total_bytes - packet->header_bytes - offset;
	uint32_t payload = left < packet->gso_size ? left : packet->gso_size;
	uint8_t *buffer = segment->buffer;

	*segment = (struct packet){
		.data = buffer,
		.buffer = buffer,
		.bytes = packet->header_bytes,
		.flags = PACKET_CSUM_PARTIAL | (packet->flags & PACKET_VLAN),
		.total_bytes = packet->header_bytes + payload,
		.hash = packet->hash,
		.hash_type = packet->hash_type,
		.vlan_tci = packet->vlan_tci,
		.csum_start = packet->csum_start,
		.csum_offset = packet->csum_offset,
	};
	memcpy(buffer, packet->data, packet->header_bytes);
	if (!refer_payload(packet, packet->header_bytes + offset, payload, segment))
		return false;
	patch_headers(segment, index, left == payload, offset);
	return true;
}
