/* SPDX-License-Identifier: BSD-2-Clause */
/* Neighbours of the generator: it asks for an address (ARP) and answers for its own (ARP, IPv6). */
#include "tools/wire/neighbor.h"

#include <string.h>

#include "drivers/net/headers.h"
#include "tools/wire/checksum.h"

#define FRAME_MIN   60u
#define TAG_BYTES   4u
#define ARP_BYTES   28u
#define ARP_REQUEST 1
#define ARP_REPLY   2
#define IPV6_BYTES  40u
#define ND_BYTES    32u /* with one link-layer address option */
#define ND_SOLICIT  135
#define ND_ADVERT   136

/* Behind the Ethernet header and a tag, if there is one. */
static size_t find_l3(const uint8_t *frame, size_t len)
{
	return len >= 18 && load_be16(frame + 12) == 0x8100 ? 14 + TAG_BYTES : 14;
}

static size_t put_ethernet(uint8_t *frame, const uint8_t *dst, const uint8_t *src, int vlan,
			   uint16_t type)
{
	size_t at = 12;

	memset(frame, 0, NEIGHBOR_FRAME_MAX);
	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	if (vlan >= 0) {
		store_be16(frame + at, 0x8100);
		store_be16(frame + at + 2, (uint32_t)vlan);
		at += TAG_BYTES;
	}
	store_be16(frame + at, type);
	return at + 2;
}

static int get_vlan(const uint8_t *frame, size_t l3)
{
	return l3 > 14 ? load_be16(frame + 14) : -1;
}

static void put_arp(uint8_t *arp, uint16_t operation, const uint8_t *mac, uint32_t ip,
		    uint32_t target)
{
	store_be16(arp, 1);
	store_be16(arp + 2, 0x0800);
	arp[4] = 6;
	arp[5] = 4;
	store_be16(arp + 6, operation);
	memcpy(arp + 8, mac, 6);
	store_be32(arp + 14, ip);
	store_be32(arp + 24, target);
}

size_t neighbor_ask(const struct flow_config *config, uint32_t target, uint8_t *frame)
{
	static const uint8_t everyone[6] = {255, 255, 255, 255, 255, 255};
	const int vlan = config->vlan.count ? (int)config->vlan.first : -1;
	size_t at = put_ethernet(frame, everyone, config->src_mac.first, vlan, 0x0806);

	put_arp(frame + at, ARP_REQUEST, config->src_mac.first, config->src_ip.first, target);
	return at + ARP_BYTES < FRAME_MIN ? FRAME_MIN : at + ARP_BYTES;
}

static const uint8_t *find_arp(const uint8_t *frame, size_t len, uint16_t operation)
{
	const size_t l3 = find_l3(frame, len);

	if (len < l3 + ARP_BYTES || load_be16(frame + l3 - 2) != 0x0806 ||
	    load_be16(frame + l3 + 6) != operation)
		return NULL;
	return frame + l3;
}

static size_t answer_arp(const struct flow_config *config, const uint8_t *frame, const uint8_t *arp,
			 uint8_t *answer)
{
	const uint32_t target = load_be32(arp + 24);
	const uint32_t n = target - config->src_ip.first;
	uint8_t mac[6];
	size_t at;

	if (n >= config->src_ip.count)
		return 0;
	flow_mac(&config->src_mac, n, mac);
	at = put_ethernet(answer, arp + 8, mac, get_vlan(frame, (size_t)(arp - frame)), 0x0806);
	put_arp(answer + at, ARP_REPLY, mac, target, load_be32(arp + 14));
	memcpy(answer + at + 18, arp + 8, 6);
	return FRAME_MIN;
}

/* Solicited and override flags, target, and our address as option 2 (RFC 4861 4.4, 4.6.1). */
static void put_advert(uint8_t *ip, const uint8_t *from, const uint8_t *to, const uint8_t *mac)
{
	uint8_t *nd = ip + IPV6_BYTES;

	ip[0] = 0x60;
	store_be16(ip + 4, ND_BYTES);
	ip[6] = 58;
	ip[7] = 255;
	memcpy(ip + 8, from, 16);
	memcpy(ip + 24, to, 16);
	nd[0] = ND_ADVERT;
	nd[4] = 0x60;
	memcpy(nd + 8, from, 16);
	nd[24] = 2;
	nd[25] = 1;
	memcpy(nd + 26, mac, 6);
	store_be16(nd + 2, fold16(sum16(nd, ND_BYTES, sum16(ip + 8, 32, 58 + ND_BYTES))));
}

static size_t answer_solicit(const struct flow_config *config, const uint8_t *frame, size_t len,
			     uint8_t *answer)
{
	const size_t l3 = find_l3(frame, len);
	const uint8_t *target = frame + l3 + IPV6_BYTES + 8;
	uint8_t mac[6];
	uint32_t n;
	size_t at;

	if (len < l3 + IPV6_BYTES + 24 || load_be16(frame + l3 - 2) != 0x86dd ||
	    frame[l3 + 6] != 58 || frame[l3 + IPV6_BYTES] != ND_SOLICIT)
		return 0;
	n = load_be32(target + 12) - load_be32(config->src_ip6.first + 12);
	if (memcmp(target, config->src_ip6.first, 12) != 0 || n >= config->src_ip6.count)
		return 0;
	flow_mac(&config->src_mac, n, mac);
	at = put_ethernet(answer, frame + 6, mac, get_vlan(frame, l3), 0x86dd);
	put_advert(answer + at, target, frame + l3 + 8, mac);
	return at + IPV6_BYTES + ND_BYTES;
}

size_t neighbor_answer(const struct flow_config *config, const uint8_t *frame, size_t len,
		       uint8_t *answer)
{
	const uint8_t *arp = find_arp(frame, len, ARP_REQUEST);

	return arp ? answer_arp(config, frame, arp, answer)
		   : answer_solicit(config, frame, len, answer);
}

bool neighbor_learn(const uint8_t *frame, size_t len, uint32_t target, uint8_t mac[6])
{
	const uint8_t *arp = find_arp(frame, len, ARP_REPLY);

	if (!arp || load_be32(arp + 14) != target)
		return false;
	memcpy(mac, arp + 8, 6);
	return true;
}
