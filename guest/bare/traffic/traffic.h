/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that makes or takes network load with as little work per packet as possible, so that
 * the hypervisor is what limits it. Words of its command line:
 *
 * role=sink|source|both|echo|meter: take marked frames and check each flow's order; make them;
 *   both at once, as soon as one has come; send every marked frame back; log the host's counters
 *
 * queues=N: queue pairs (as many as the device has); queue q is served by vCPU q mod vCPUs
 *
 * ring=N: descriptors of a ring (1024)
 *
 * wait=poll|interrupt: how a vCPU without work waits (poll)
 *
 * ip=A.B.C.D: answers ARP requests for this address (10.0.2.15)
 *
 * dst_mac=ADDRESS, dst_ip=A.B.C.D: where a source sends (02:00:00:00:10:01, 10.0.2.100)
 *
 * bytes=N, proto=udp|tcp: a source's frames, with CRC, 64 to 1518 (64, udp)
 *
 * flows=N, flow_base=N: a source's flows are numbered from flow_base (64, 0); queue f mod queues
 *   sends flow f
 *
 * send=TICKS: a source stops after that time (0: never)
 *
 * pace=TICKS: each queue of a source sends a packet in so many ticks, in bursts (0: as it can)
 *
 * pin=Q: all received flows go to queue Q by the indirection table (not: they are spread)
 *
 * stall=Q: received packets of queue Q are left where they are, once traffic has begun
 *
 * idle=TICKS: ends when nothing more was received for that time (2000000)
 *
 * supervise=TICKS: how often it looks for its end, asleep too, by a timer (200000)
 *
 * limit=TICKS: gives up when nothing has begun by then (4000000000)
 *
 * go=yes: tells meters, by a broadcast, that traffic has begun
 *
 * begin=TICKS, window=TICKS, windows=N: a meter logs the counters when `begin` has passed since
 *   traffic began, and again after `window` (2000000, 10000000), and does that so often (1), each
 *   time that traffic is said to begin: by that broadcast, by an ARP request for its ip, or by a
 *   gratuitous one. Its VM needs `meter = yes`.
 *
 * It reports on its console:
 *	traffic: queue Q rx_packets N rx_bytes N tx_packets N tx_bytes N busy_ticks N
 *	traffic: sink frames N lost N reordered N duplicated N stale N unmarked N flows N
 * with the meaning that docs/wire.md gives these words; busy_ticks are those of its vCPU while
 * there was work.
 */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_TRAFFIC_H
#define SLUICE_GUEST_BARE_TRAFFIC_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#define TRAFFIC_NONE UINT32_MAX

enum role {
	ROLE_SINK = 1,
	ROLE_SOURCE = 2,
	ROLE_ECHO = 4,
	ROLE_METER = 8
};

struct options {
	unsigned role; /* enum role */
	bool poll, tcp, go;
	uint32_t queues, ring, bytes, flows, flow_base;
	uint32_t pin, stall; /* a queue, or TRAFFIC_NONE */
	uint32_t ip, dst_ip;
	uint8_t dst_mac[6];
	uint32_t windows;
	uint64_t send, pace, idle, supervise, limit, begin, window;
};

extern struct options options;

/* Takes the words of text; a word it does not know, or a bad value, is reported as a failed check.
 */
bool options_parse(const char *text);

/* Zeroed memory, 4 KB aligned, for ever. */
void *traffic_alloc(uint64_t bytes);

#endif
