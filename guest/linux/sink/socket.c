// SPDX-License-Identifier: GPL-2.0-only
/* The end of the stack's path: a UDP socket that takes a sample of the frames as they come. */
#include <linux/in.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/udp.h>

#include <net/net_namespace.h>
#include <net/udp.h>

#include "sink.h"

#define DISCARD_PORT 9 /* RFC 863 */

static uint sample;
module_param(sample, uint, 0444);
MODULE_PARM_DESC(sample,
		 "each so many-th marked frame of a flow passes, to the sink's socket; 0: none");

static struct socket *discard;

bool sink_socket_wants(const struct sink_mark *mark)
{
	return sample && mark->timed && mark->sequence % sample == 0;
}

/* In softirq context, once for each datagram that has been queued. */
static void take_datagrams(struct sock *sk)
{
	struct sink_mark mark;
	struct sk_buff *skb;
	int offset = 0, error;

	while ((skb = __skb_recv_udp(sk, MSG_DONTWAIT, &offset, &error))) {
		if (skb_headlen(skb) + sizeof(struct udphdr) >= SINK_L4_BYTES &&
		    sink_find_udp_mark(udp_hdr(skb), &mark) && mark.timed)
			sink_latency_count(SINK_AT_SOCKET, &mark);
		skb_consume_udp(sk, skb, skb->len);
	}
}

int sink_socket_open(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};
	int error;

	if (!sample)
		return 0;
	error = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &discard);
	if (error)
		return error;
	write_lock_bh(&discard->sk->sk_callback_lock);
	discard->sk->sk_data_ready = take_datagrams;
	write_unlock_bh(&discard->sk->sk_callback_lock);
	error = kernel_bind(discard, (struct sockaddr *)&address, sizeof(address));
	if (error) {
		sock_release(discard);
		discard = NULL;
	}
	return error;
}

void sink_socket_close(void)
{
	if (discard)
		sock_release(discard);
}
