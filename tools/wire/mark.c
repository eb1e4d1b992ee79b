/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark in every generated frame, ours or Linux's pktgen's, which the sink looks for. */
#include "tools/wire/mark.h"

#include "drivers/net/headers.h"

#define ETH_BYTES  14u
#define TAG_BYTES  4u
#define IPV6_BYTES 40u

#define PKTGEN_MAGIC 0xbe9be955u

/* Where the fields are, from the UDP or TCP header on. */
struct layout {
	unsigned magic, flow, flow_sequence, sequence, time;
};

static const struct layout udp_layout = {8, 10, 12, 16, 20};
static const struct layout tcp_layout = {18, 14, 4, 8, 20};

void mark_put(uint8_t *l4, bool tcp, const struct mark *mark)
{
	const struct layout *at = tcp ? &tcp_layout : &udp_layout;

	store_be16(l4 + at->magic, MARK_MAGIC);
	store_be16(l4 + at->flow, mark->flow);
	store_be32(l4 + at->flow_sequence, mark->flow_sequence);
	store_be32(l4 + at->sequence, mark->sequence);
	store_be16(l4 + at->time, (uint32_t)(mark->time >> 32));
	store_be32(l4 + at->time + 2, (uint32_t)mark->time);
}

/* The offset of the UDP or TCP header, or 0; no fragments, no IPv6 extension headers. */
static size_t find_l4(const uint8_t *frame, size_t len, uint8_t *proto)
{
	size_t at = ETH_BYTES;

	while (at + TAG_BYTES <= len &&
	       (load_be16(frame + at - 2) == 0x8100 || load_be16(frame + at - 2) == 0x88a8))
		at += TAG_BYTES;
	if (load_be16(frame + at - 2) == 0x86dd && at + IPV6_BYTES <= len) {
		*proto = frame[at + 6];
		return at + IPV6_BYTES;
	}
	if (load_be16(frame + at - 2) != 0x0800 || at + 20 > len ||
	    (load_be16(frame + at + 6) & 0x3fff))
		return 0;
	*proto = frame[at + 9];
	return at + (frame[at] & 15u) * 4;
}

/* magic (4 bytes), sequence number (4), time (8), at the beginning of the UDP payload */
static bool find_pktgen(const uint8_t *udp, struct mark *mark)
{
	if (load_be32(udp + 8) != PKTGEN_MAGIC)
		return false;
	mark->flow = load_be16(udp);
	mark->flow_sequence = load_be32(udp + 12) - 1;
	mark->sequence = mark->flow_sequence;
	mark->time = MARK_NO_TIME;
	return true;
}

bool mark_find(const uint8_t *frame, size_t len, struct mark *mark)
{
	const struct layout *at;
	const uint8_t *l4;
	uint8_t proto = 0;
	size_t offset;

	if (len < ETH_BYTES)
		return false;
	offset = find_l4(frame, len, &proto);
	if (!offset || (proto != PROTOCOL_UDP && proto != PROTOCOL_TCP) ||
	    offset + MARK_L4_BYTES > len)
		return false;
	l4 = frame + offset;
	at = proto == PROTOCOL_TCP ? &tcp_layout : &udp_layout;
	if (load_be16(l4 + at->magic) != MARK_MAGIC)
		return proto == PROTOCOL_UDP && find_pktgen(l4, mark);
	mark->flow = load_be16(l4 + at->flow);
	mark->flow_sequence = load_be32(l4 + at->flow_sequence);
	mark->sequence = load_be32(l4 + at->sequence);
	mark->time = (uint64_t)load_be16(l4 + at->time) << 32 | load_be32(l4 + at->time + 2);
	return true;
}
