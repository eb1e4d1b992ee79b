/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit offloads: checksum insertion and segmentation (DS 7.2.4, 7.2.5). */
#include <string.h>

#include "tools/i82599/device.h"

#define TCP_CHECKSUM  16
#define UDP_CHECKSUM  6
#define SCTP_CHECKSUM 8

/* CRC32c (RFC 9260 appendix A), bit by bit: SCTP is rare. */
static uint32_t crc32c(const uint8_t *p, uint32_t len)
{
	uint32_t crc = 0xffffffff;

	for (; len; p++, len--) {
		crc ^= *p;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void insert_ip(uint8_t *ip, uint32_t len)
{
	store_be16(ip + 10, 0);
	store_be16(ip + 10, (uint16_t)~nic_fold(nic_sum(ip, len, 0)));
}

/* The field holds the pseudo header's sum; extra is what it leaves out. */
static void insert_l4(uint8_t *l4, uint32_t len, unsigned type, uint32_t extra)
{
	unsigned at = type == TXD_L4T_UDP ? UDP_CHECKSUM : TCP_CHECKSUM;
	uint16_t sum = nic_fold(nic_sum(l4, len, extra)) ^ 0xffff;

	if (!sum && type == TXD_L4T_UDP)
		sum = 0xffff; /* 0 would mean: no checksum (RFC 768) */
	store_be16(l4 + at, sum);
}

static void insert_sctp(uint8_t *l4, uint32_t len)
{
	uint32_t crc;

	memset(l4 + SCTP_CHECKSUM, 0, 4);
	crc = crc32c(l4, len);
	for (unsigned i = 0; i < 4; i++)
		l4[SCTP_CHECKSUM + i] = (uint8_t)(crc >> (8 * i));
}

/* Insert the checksums asked for into a frame whose context's lengths have been checked. */
void nic_insert_checksums(uint8_t *frame, uint32_t len, const struct nic_tx_context *ctx, bool ip,
			  bool l4)
{
	uint32_t l4_at = (uint32_t)ctx->mac_len + ctx->ip_len;

	if (ip && ctx->ipv4)
		insert_ip(frame + ctx->mac_len, ctx->ip_len);
	if (l4 && ctx->l4_type == TXD_L4T_SCTP)
		insert_sctp(frame + l4_at, len - l4_at);
	else if (l4)
		insert_l4(frame + l4_at, len - l4_at, ctx->l4_type, 0);
}

/* What a segment's position means for it. */
struct segment {
	uint32_t number, offset, len;
	bool first, last;
};

static void patch_ip(uint8_t *ip, const struct nic_tx_context *ctx, uint32_t l4_len,
		     const struct segment *s, uint16_t first_id, bool checksum)
{
	if (!ctx->ipv4) {
		store_be16(ip + 4, ctx->ip_len - 40u + l4_len);
		return;
	}
	store_be16(ip + 2, ctx->ip_len + l4_len);
	store_be16(ip + 4, (uint16_t)(first_id + s->number));
	if (checksum)
		insert_ip(ip, ctx->ip_len);
}

static void patch_tcp(const struct i82599 *dev, uint8_t *tcp, const struct segment *s,
		      uint32_t first_seq, uint16_t flags)
{
	uint32_t seq = first_seq + s->offset, keep = nic_reg(dev, R_DTXTCPFLGL);

	if (s->first && s->last)
		keep = 0xfff; /* nothing was cut */
	else if (s->last)
		keep = nic_reg(dev, R_DTXTCPFLGH);
	else if (!s->first)
		keep >>= 16;
	store_be16(tcp + 4, seq >> 16);
	store_be16(tcp + 6, seq & 0xffff);
	store_be16(tcp + 12, (flags & 0xf000u) | (flags & keep & 0xfff));
}

/* Cut a packet into segments of MSS payload bytes. False: the packet buffer cannot hold it. */
bool nic_segment(struct i82599 *dev, unsigned queue, uint8_t *packet, uint32_t len,
		 const struct nic_tx_context *ctx, uint64_t q1)
{
	uint32_t l4_at = (uint32_t)ctx->mac_len + ctx->ip_len, header = l4_at + ctx->l4_len;
	uint8_t frame[NIC_FRAME_MAX], *l4 = frame + l4_at;
	const uint8_t *tcp = packet + l4_at;
	uint16_t first_id = load_be16(packet + ctx->mac_len + 4), flags = load_be16(tcp + 12);
	uint32_t first_seq = (uint32_t)load_be16(tcp + 4) << 16 | load_be16(tcp + 6);
	struct segment s = {.first = true};

	if (header + ctx->mss > sizeof(frame))
		return false;
	for (; s.offset < len - header; s.offset += s.len, s.number++, s.first = false) {
		uint32_t left = len - header - s.offset, l4_len;

		s.len = left < ctx->mss ? left : ctx->mss;
		s.last = s.len == left;
		l4_len = ctx->l4_len + s.len;
		memcpy(frame, packet, header);
		memcpy(frame + header, packet + header + s.offset, s.len);
		patch_ip(frame + ctx->mac_len, ctx, l4_len, &s, first_id, q1 & TXD_IXSM);
		if (ctx->l4_type == TXD_L4T_TCP)
			patch_tcp(dev, l4, &s, first_seq, flags);
		else
			store_be16(l4 + 4, l4_len);
		if (q1 & TXD_TXSM)
			insert_l4(l4, l4_len, ctx->l4_type, l4_len);
		if (!nic_tx_enqueue(dev, queue, frame, header + s.len,
				    (q1 & TXD_VLE) ? &ctx->vlan : NULL))
			return false;
	}
	return true;
}
