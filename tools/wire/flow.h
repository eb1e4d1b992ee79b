/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator's flows: addresses, ports and tag follow from a flow's number. */
#ifndef SLUICE_TOOLS_WIRE_FLOW_H
#define SLUICE_TOOLS_WIRE_FLOW_H

#include "tools/wire/mark.h"

/* Which of two variants flows have; FLOW_MIX: half of them each. */
enum flow_choice {
	FLOW_FIRST,
	FLOW_SECOND,
	FLOW_MIX
};

/* `count` values from a first one on; flow f has number f % count. */
struct flow_range {
	uint32_t first, count;
};

struct flow_mac_range {
	uint8_t first[6];
	uint32_t count;
};

struct flow_ip6_range {
	uint8_t first[16]; /* counts in the last 32 bits */
	uint32_t count;
};

struct flow_config {
	uint32_t flows;         /* 1 to MARK_FLOWS */
	enum flow_choice ip;    /* IPv4, IPv6; mixed: odd flows are IPv6 */
	enum flow_choice proto; /* UDP, TCP; mixed: flows 2, 3, 6, 7, ... are TCP */
	struct flow_mac_range src_mac, dst_mac;
	struct flow_range vlan; /* count 0: no tag */
	struct flow_range src_ip, dst_ip;
	struct flow_ip6_range src_ip6, dst_ip6;
	struct flow_range src_port, dst_port;
};

/* The n-th address of a range. */
void flow_mac(const struct flow_mac_range *range, uint32_t n, uint8_t mac[6]);

/* The shortest frame, without CRC, in which every flow has room for its mark. */
size_t flow_min_bytes(const struct flow_config *config);

/* Builds a frame of mark->flow: len bytes without CRC, flow_min_bytes() to 9,014. */
void flow_build(const struct flow_config *config, const struct mark *mark, uint8_t *frame,
		size_t len);

#endif
