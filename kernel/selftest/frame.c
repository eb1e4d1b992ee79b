// SPDX-License-Identifier: BSD-2-Clause
/* Frames known to the byte by flow, sequence number and length. */
#include "kernel/selftest/frame.h"

#include "drivers/net/headers.h"
#include "kernel/string.h"

#define TCP_ACK    0x10
#define MAGIC      0x534C5354u
#define MARK_BYTES 12 /* magic, flow, sequence number, length */
#define PORT       7
#define MAC_BYTES  6

/* Where frames go to: an address that nobody else has. */
static const uint8_t partner[MAC_BYTES] = {0x02, 0x53, 0x4C, 0, 0, 1};

unsigned frame_l4_offset(unsigned flow)
{
	return ETHERNET_HEADER + (frame_is_ipv6(flow) ? 40 : 20);
}

unsigned frame_checksum_offset(unsigned flow)
{
	return frame_is_tcp(flow) ? TCP_CSUM_OFFSET : UDP_CSUM_OFFSET;
}

unsigned frame_payload_offset(unsigned flow)
{
	return frame_l4_offset(flow) + (frame_is_tcp(flow) ? 20 : 8);
}

static uint32_t add_words(uint32_t sum, const uint8_t *at, unsigned bytes)
{
	for (unsigned i = 0; i + 1 < bytes; i += 2)
		sum += load_be16(at + i);
	if (bytes & 1)
		sum += (uint32_t)at[bytes - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return sum;
}

uint16_t frame_pseudo_sum(const uint8_t *at, unsigned flow, unsigned l4_bytes)
{
	uint32_t sum = l4_bytes + (frame_is_tcp(flow) ? PROTOCOL_TCP : PROTOCOL_UDP);

	if (frame_is_ipv6(flow))
		return (uint16_t)add_words(sum, at + ETHERNET_HEADER + 8, 32);
	return (uint16_t)add_words(sum, at + ETHERNET_HEADER + 12, 8);
}

static uint32_t sum_l4(const uint8_t *at, unsigned flow, unsigned bytes)
{
	unsigned offset = frame_l4_offset(flow);

	return add_words(frame_pseudo_sum(at, flow, bytes - offset), at + offset, bytes - offset);
}

bool frame_checksum_good(const uint8_t *at, unsigned flow, unsigned bytes)
{
	return sum_l4(at, flow, bytes) == 0xFFFF;
}

static void build_ipv4(uint8_t *ip, unsigned flow, unsigned bytes)
{
	ip[0] = 0x45;
	store_be16(ip + 2, bytes - ETHERNET_HEADER);
	ip[8] = 64;
	ip[9] = frame_is_tcp(flow) ? PROTOCOL_TCP : PROTOCOL_UDP;
	store_be32(ip + 12, 0x0A000100u + flow);
	store_be32(ip + 16, 0x0A010001u);
	store_be16(ip + 10, ~add_words(0, ip, 20));
}

static void build_ipv6(uint8_t *ip, unsigned flow, unsigned bytes)
{
	ip[0] = 0x60;
	store_be16(ip + 4, bytes - ETHERNET_HEADER - 40);
	ip[6] = frame_is_tcp(flow) ? PROTOCOL_TCP : PROTOCOL_UDP;
	ip[7] = 64;
	ip[8] = ip[24] = 0xFD;
	store_be16(ip + 22, 0x100 + flow);
	ip[39] = 1;
}

static void build_l4(uint8_t *at, unsigned flow, uint32_t sequence, unsigned bytes)
{
	unsigned offset = frame_l4_offset(flow);
	uint8_t *l4 = at + offset;
	uint32_t sum;

	store_be16(l4, 1024 + flow);
	store_be16(l4 + 2, PORT);
	if (frame_is_tcp(flow)) {
		store_be32(l4 + 4, sequence);
		l4[12] = 5 << 4;
		l4[13] = TCP_ACK;
		store_be16(l4 + 14, 0xFFFF);
	} else {
		store_be16(l4 + 4, bytes - offset);
	}
	sum = ~sum_l4(at, flow, bytes) & 0xFFFF;
	store_be16(l4 + frame_checksum_offset(flow), sum ? sum : 0xFFFF);
}

void frame_build(uint8_t *at, const uint8_t mac[6], unsigned flow, uint32_t sequence,
		 unsigned bytes)
{
	unsigned payload = frame_payload_offset(flow);
	uint8_t *mark = at + payload;

	memset(at, 0, payload);
	memcpy(at, partner, MAC_BYTES);
	memcpy(at + MAC_BYTES, mac, MAC_BYTES);
	store_be16(at + 12, frame_is_ipv6(flow) ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	if (frame_is_ipv6(flow))
		build_ipv6(at + ETHERNET_HEADER, flow, bytes);
	else
		build_ipv4(at + ETHERNET_HEADER, flow, bytes);
	store_be32(mark, MAGIC);
	store_be16(mark + 4, flow);
	store_be32(mark + 6, sequence);
	store_be16(mark + 10, bytes);
	for (unsigned i = payload + MARK_BYTES; i < bytes; i++)
		at[i] = (uint8_t)(i * 7 + (i >> 8) + sequence);
	build_l4(at, flow, sequence, bytes);
}

bool frame_is_ours(const uint8_t *at, unsigned bytes, const uint8_t mac[6])
{
	const uint8_t *source = at + MAC_BYTES;

	if (bytes < ETHERNET_HEADER)
		return false;
	return (!memcmp(at, partner, MAC_BYTES) && !memcmp(source, mac, MAC_BYTES)) ||
	       (!memcmp(at, mac, MAC_BYTES) && !memcmp(source, partner, MAC_BYTES));
}

bool frame_identify(const uint8_t *at, unsigned bytes, unsigned *flow, uint32_t *sequence,
		    unsigned *length)
{
	unsigned type, protocol;

	if (bytes < FRAME_BYTES_SHORT)
		return false;
	type = load_be16(at + 12);
	protocol = type == ETHERTYPE_IPV6 ? at[ETHERNET_HEADER + 6] : at[ETHERNET_HEADER + 9];
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return false;
	*flow = (type == ETHERTYPE_IPV6 ? 1 : 0) | (protocol == PROTOCOL_TCP ? 2 : 0);
	if (bytes < frame_payload_offset(*flow) + MARK_BYTES)
		return false;
	at += frame_payload_offset(*flow);
	*sequence = load_be32(at + 6);
	*length = load_be16(at + 10);
	if (load_be32(at) != MAGIC || (load_be16(at + 4) & 3u) != *flow)
		return false;
	*flow = load_be16(at + 4);
	return true;
}

void frame_exchange(uint8_t *at)
{
	uint8_t target[MAC_BYTES];

	memcpy(target, at, MAC_BYTES);
	memcpy(at, at + MAC_BYTES, MAC_BYTES);
	memcpy(at + MAC_BYTES, target, MAC_BYTES);
}
