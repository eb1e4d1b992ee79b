// SPDX-License-Identifier: GPL-2.0-only
/* Finds the mark that a generator put into a frame: the wire's, or pktgen's. */
#include "sink.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <asm/unaligned.h>

#define WIRE_MAGIC   0x534c
#define PKTGEN_MAGIC 0xbe9be955
#define TIME_AT      20 /* where its time is, from there on */

/* With UDP the mark is the payload's beginning; pktgen counts from 1, a stream per source port. */
struct wire_mark {
	__be16 magic;
	__be16 flow;
	__be32 sequence;
} __packed;

struct pktgen_mark {
	__be32 magic;
	__be32 sequence;
};

bool sink_find_udp_mark(const struct udphdr *udp, struct sink_mark *mark)
{
	const struct wire_mark *wire = (const void *)(udp + 1);
	const struct pktgen_mark *pktgen = (const void *)(udp + 1);

	mark->timed = wire->magic == htons(WIRE_MAGIC);
	if (mark->timed) {
		mark->flow = ntohs(wire->flow);
		mark->sequence = ntohl(wire->sequence);
		mark->sent_ps = get_unaligned_be48((const u8 *)udp + TIME_AT);
		return true;
	}
	if (pktgen->magic != htonl(PKTGEN_MAGIC))
		return false;
	mark->flow = ntohs(udp->source);
	mark->sequence = ntohl(pktgen->sequence) - 1;
	return true;
}

static bool find_tcp(const struct tcphdr *tcp, struct sink_mark *mark)
{
	if (tcp->urg_ptr != htons(WIRE_MAGIC))
		return false;
	mark->flow = ntohs(tcp->window);
	mark->sequence = ntohl(tcp->seq);
	mark->timed = true;
	mark->sent_ps = get_unaligned_be48((const u8 *)tcp + TIME_AT);
	return true;
}

/* The offset of the UDP or TCP header, or 0: no fragments, no extension headers. */
static unsigned int find_l4(struct sk_buff *skb, u8 *protocol)
{
	if (skb->protocol == htons(ETH_P_IP) && pskb_may_pull(skb, sizeof(struct iphdr))) {
		const struct iphdr *ip = (const void *)skb->data;

		*protocol = ip->protocol;
		return ip->frag_off & htons(0x3fff) ? 0 : ip->ihl * 4;
	}
	if (skb->protocol == htons(ETH_P_IPV6) && pskb_may_pull(skb, sizeof(struct ipv6hdr))) {
		*protocol = ((const struct ipv6hdr *)skb->data)->nexthdr;
		return sizeof(struct ipv6hdr);
	}
	return 0;
}

bool sink_find_mark(struct sk_buff *skb, struct sink_mark *mark)
{
	u8 protocol;
	unsigned int l4 = find_l4(skb, &protocol);

	if (!l4 || !pskb_may_pull(skb, l4 + SINK_L4_BYTES))
		return false;
	if (protocol == IPPROTO_UDP)
		return sink_find_udp_mark((const void *)(skb->data + l4), mark);
	if (protocol == IPPROTO_TCP)
		return find_tcp((const void *)(skb->data + l4), mark);
	return false;
}
