/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator's flows: addresses, ports and tag follow from a flow's number. */
#include "tools/wire/flow.h"

#include <string.h>

#include "drivers/net/headers.h"
#include "tools/wire/checksum.h"

#define ETH_BYTES  14u
#define TAG_BYTES  4u
#define IPV4_BYTES 20u
#define IPV6_BYTES 40u
#define TCP_ACK    0x10

static uint32_t pick(const struct flow_range *range, uint32_t flow)
{
	return range->first + flow % range->count;
}

void flow_mac(const struct flow_mac_range *range, uint32_t n, uint8_t mac[6])
{
	memcpy(mac, range->first, 6);
	store_be32(mac + 2, load_be32(mac + 2) + n % range->count);
}

static void pick_ip6(const struct flow_ip6_range *range, uint32_t flow, uint8_t ip[16])
{
	memcpy(ip, range->first, 16);
	store_be32(ip + 12, load_be32(ip + 12) + flow % range->count);
}

static bool is_ip6(const struct flow_config *config, uint32_t flow)
{
	return config->ip == FLOW_SECOND || (config->ip == FLOW_MIX && flow & 1);
}

static bool is_tcp(const struct flow_config *config, uint32_t flow)
{
	return config->proto == FLOW_SECOND || (config->proto == FLOW_MIX && flow & 2);
}

size_t flow_min_bytes(const struct flow_config *config)
{
	const size_t ip = config->ip == FLOW_FIRST ? IPV4_BYTES : IPV6_BYTES;

	return ETH_BYTES + (config->vlan.count ? TAG_BYTES : 0) + ip + MARK_L4_BYTES;
}

/* Ethernet header and tag; returns their length. */
static size_t put_ethernet(const struct flow_config *config, uint32_t flow, uint8_t *frame)
{
	size_t at = 12;

	flow_mac(&config->dst_mac, flow, frame);
	flow_mac(&config->src_mac, flow, frame + 6);
	if (config->vlan.count) {
		store_be16(frame + at, 0x8100);
		store_be16(frame + at + 2, pick(&config->vlan, flow));
		at += TAG_BYTES;
	}
	store_be16(frame + at, is_ip6(config, flow) ? 0x86dd : 0x0800);
	return at + 2;
}

/* An IPv4 header for `len` bytes behind it; returns the pseudo header's sum. */
static uint32_t put_ipv4(const struct flow_config *config, const struct mark *mark, uint8_t *ip,
			 size_t len, uint8_t proto)
{
	ip[0] = 0x45;
	store_be16(ip + 2, (uint32_t)(IPV4_BYTES + len));
	store_be16(ip + 4, mark->flow_sequence & 0xffff);
	ip[8] = 64;
	ip[9] = proto;
	store_be32(ip + 12, pick(&config->src_ip, mark->flow));
	store_be32(ip + 16, pick(&config->dst_ip, mark->flow));
	store_be16(ip + 10, fold16(sum16(ip, IPV4_BYTES, 0)));
	return sum16(ip + 12, 8, proto + (uint32_t)len);
}

static uint32_t put_ipv6(const struct flow_config *config, const struct mark *mark, uint8_t *ip,
			 size_t len, uint8_t proto)
{
	ip[0] = 0x60;
	store_be16(ip + 4, (uint32_t)len);
	ip[6] = proto;
	ip[7] = 64;
	pick_ip6(&config->src_ip6, mark->flow, ip + 8);
	pick_ip6(&config->dst_ip6, mark->flow, ip + 24);
	return sum16(ip + 8, 32, proto + (uint32_t)len);
}

static void put_l4(const struct flow_config *config, const struct mark *mark, uint8_t *l4,
		   size_t len, uint32_t pseudo)
{
	const bool tcp = is_tcp(config, mark->flow);
	uint8_t *checksum = l4 + (tcp ? 16 : 6);
	uint16_t sum;

	store_be16(l4, pick(&config->src_port, mark->flow));
	store_be16(l4 + 2, pick(&config->dst_port, mark->flow));
	if (tcp) {
		l4[12] = 5 << 4;
		l4[13] = TCP_ACK;
	} else {
		store_be16(l4 + 4, (uint32_t)len);
	}
	mark_put(l4, tcp, mark);
	/* Behind the mark there are zeros. */
	sum = fold16(sum16(l4, MARK_L4_BYTES, pseudo));
	store_be16(checksum, tcp || sum ? sum : 0xffff);
}

void flow_build(const struct flow_config *config, const struct mark *mark, uint8_t *frame,
		size_t len)
{
	const bool ip6 = is_ip6(config, mark->flow);
	const uint8_t proto = is_tcp(config, mark->flow) ? PROTOCOL_TCP : PROTOCOL_UDP;
	size_t l3, l4;
	uint32_t pseudo;

	memset(frame, 0, len);
	l3 = put_ethernet(config, mark->flow, frame);
	l4 = l3 + (ip6 ? IPV6_BYTES : IPV4_BYTES);
	if (ip6)
		pseudo = put_ipv6(config, mark, frame + l3, len - l4, proto);
	else
		pseudo = put_ipv4(config, mark, frame + l3, len - l4, proto);
	put_l4(config, mark, frame + l4, len - l4, pseudo);
}
