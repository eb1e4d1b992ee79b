/* SPDX-License-Identifier: BSD-2-Clause */
/* What the receive path knows about a frame's headers. */
#ifndef SLUICE_TOOLS_I82599_PARSE_H
#define SLUICE_TOOLS_I82599_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/net/headers.h"

#define ETHERTYPE_FLOW 0x8808
#define PROTOCOL_SCTP  132

/* Packet type bits, in place in bits 16:4 of the write-back (DS 7.1.6.2) */
#define TYPE_IPV4     (1u << 4)
#define TYPE_IPV4_OPT (1u << 5)
#define TYPE_IPV6     (1u << 6)
#define TYPE_IPV6_EXT (1u << 7)
#define TYPE_TCP      (1u << 8)
#define TYPE_UDP      (1u << 9)
#define TYPE_SCTP     (1u << 10)
#define TYPE_ETQF     (1u << 15)

struct nic_parsed {
	bool tagged;        /* carries a VLAN tag of the type looked for */
	uint16_t tag;       /* its TCI */
	uint16_t ethertype; /* behind the tag */
	uint16_t l3;        /* offset of the IP header */
	uint16_t l4;        /* offset of the L4 header; 0 when absent or a fragment */
	uint16_t l4_len;    /* bytes of L4 header and payload by the IP header */
	uint8_t proto;      /* of the L4 header */
	bool ipv4, ipv6, fragment;
	uint32_t type; /* TYPE_x bits */
};

/* Parse a frame of len >= 14 bytes; vlan_type is VLNCTRL.VET. */
void nic_parse(struct nic_parsed *p, const uint8_t *frame, uint32_t len, uint16_t vlan_type);

/* One's complement sum of len bytes, added to sum, not folded. */
uint64_t nic_sum(const uint8_t *p, uint32_t len, uint64_t sum);
uint16_t nic_fold(uint64_t sum);

/* The sum of the pseudo header (RFC 9293, RFC 8200) of a parsed IPv4 or IPv6 frame. */
uint64_t nic_pseudo_sum(const struct nic_parsed *p, const uint8_t *frame);

#endif
