/* SPDX-License-Identifier: BSD-2-Clause */
/* Header parsing and Internet checksums of the receive path. */
#include "tools/i82599/parse.h"

#include <string.h>

static void parse_l4(struct nic_parsed *p, uint32_t offset, uint32_t end, uint8_t proto)
{
	static const struct {
		uint8_t proto, header;
		uint32_t type;
	} known[] = {{PROTOCOL_TCP, 20, TYPE_TCP},
		     {PROTOCOL_UDP, 8, TYPE_UDP},
		     {PROTOCOL_SCTP, 12, TYPE_SCTP}};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].proto != proto || offset + known[i].header > end)
			continue;
		p->l4 = (uint16_t)offset;
		p->l4_len = (uint16_t)(end - offset);
		p->proto = proto;
		p->type |= known[i].type;
	}
}

static void parse_ipv4(struct nic_parsed *p, const uint8_t *frame, uint32_t len)
{
	const uint8_t *ip = frame + p->l3;
	uint32_t header, total;

	if (len - p->l3 < 20 || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15u) * 4;
	total = load_be16(ip + 2);
	if (header < 20 || total < header || p->l3 + total > len)
		return;
	p->ipv4 = true;
	p->type |= header > 20 ? TYPE_IPV4 | TYPE_IPV4_OPT : TYPE_IPV4;
	p->fragment = load_be16(ip + 6) & 0x3fff;
	if (!p->fragment)
		parse_l4(p, p->l3 + header, p->l3 + total, ip[9]);
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 44 || next == 60;
}

static void parse_ipv6(struct nic_parsed *p, const uint8_t *frame, uint32_t len)
{
	const uint8_t *ip = frame + p->l3;
	uint32_t offset = p->l3 + 40u, end;
	uint8_t next;

	if (len < offset || ip[0] >> 4 != 6)
		return;
	end = offset + load_be16(ip + 4);
	if (end > len)
		return;
	p->ipv6 = true;
	p->type |= TYPE_IPV6;
	for (next = ip[6]; is_extension(next) && offset + 8 <= end; p->type |= TYPE_IPV6_EXT) {
		const uint8_t *ext = frame + offset;

		if (next == 44 && load_be16(ext + 2) & 0xfff9)
			p->fragment = true;
		offset += next == 44 ? 8 : (ext[1] + 1u) * 8;
		next = ext[0];
	}
	if (!p->fragment && offset < end)
		parse_l4(p, offset, end, next);
}

void nic_parse(struct nic_parsed *p, const uint8_t *frame, uint32_t len, uint16_t vlan_type)
{
	memset(p, 0, sizeof(*p));
	p->l3 = 14;
	p->ethertype = load_be16(frame + 12);
	if (p->ethertype == vlan_type && len >= 18) {
		p->tagged = true;
		p->tag = load_be16(frame + 14);
		p->ethertype = load_be16(frame + 16);
		p->l3 = 18;
	}
	if (p->ethertype == ETHERTYPE_IPV4)
		parse_ipv4(p, frame, len);
	else if (p->ethertype == ETHERTYPE_IPV6)
		parse_ipv6(p, frame, len);
}

uint64_t nic_sum(const uint8_t *p, uint32_t len, uint64_t sum)
{
	uint64_t words = 0;

	/* In either byte order the sum is the same but for its own byte order (RFC 1071). */
	for (; len >= 4; p += 4, len -= 4)
		words += (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
			 (uint32_t)p[3] << 24;
	for (unsigned shift = 0; len; p++, len--, shift += 8)
		words += (uint32_t)p[0] << shift;
	return sum + __builtin_bswap16(nic_fold((words & 0xffffffff) + (words >> 32)));
}

uint16_t nic_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint64_t nic_pseudo_sum(const struct nic_parsed *p, const uint8_t *frame)
{
	const uint8_t *ip = frame + p->l3;

	if (p->ipv4)
		return nic_sum(ip + 12, 8, (uint64_t)p->proto + p->l4_len);
	return nic_sum(ip + 8, 32, (uint64_t)p->proto + p->l4_len);
}
