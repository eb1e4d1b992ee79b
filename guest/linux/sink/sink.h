/* SPDX-License-Identifier: GPL-2.0-only */
/* The sink for marked frames: what its files share. docs/wire.md describes the mark. */
#ifndef SLUICE_SINK_H
#define SLUICE_SINK_H

#include <linux/skbuff.h>
#include <linux/spinlock.h>

#define SINK_WINDOW     1024 /* a frame so far behind its flow's newest is not told from a copy */
#define SINK_FLOWS_MOST 65536
#define SINK_L4_BYTES   26 /* that a frame with a mark has from its UDP or TCP header on */
/* Of latency: exact up to 2^SINK_FINE_BITS ticks, then so many to an octave. */
#define SINK_FINE_BITS 6
#define SINK_BUCKETS   ((32 - SINK_FINE_BITS + 1) << SINK_FINE_BITS)

/* Where a frame's latency ends. */
enum sink_place {
	SINK_AT_DEVICE,
	SINK_AT_SOCKET,
	SINK_PLACES
};

struct sink_mark {
	u32 flow;
	u32 sequence; /* within the flow */
	bool timed;   /* it says when it was sent: pktgen's does in another clock's time */
	u64 sent_ps;  /* modulo 2^48 */
};

/* One flow; its frames may come by any CPU. */
struct sink_flow {
	spinlock_t lock;
	bool begun;
	u64 first, next; /* lowest number counted, and behind the highest seen */
	u64 frames;      /* all that arrived */
	u64 reordered;   /* first arrivals behind a higher number (RFC 4737) */
	u64 duplicated;  /* arrived before */
	u64 stale;       /* beyond the window, or below the first: late or duplicated */
	unsigned long seen[BITS_TO_LONGS(SINK_WINDOW)];
};

/* Finds the generator's mark, or pktgen's, in a frame from its network header on. */
bool sink_find_mark(struct sk_buff *skb, struct sink_mark *mark);
struct udphdr;
/* The same from its UDP header on, of which SINK_L4_BYTES are there in one piece. */
bool sink_find_udp_mark(const struct udphdr *udp, struct sink_mark *mark);

/* A UDP socket at the discard port, which takes a sample of the frames from the stack, if any. */
int sink_socket_open(void);
void sink_socket_close(void);
/* Whether a marked frame belongs to the sample. */
bool sink_socket_wants(const struct sink_mark *mark);

void sink_flow_init(struct sink_flow *flow);
void sink_flow_count(struct sink_flow *flow, u32 sequence);

/* Numbers never seen between the flow's first and highest. */
u64 sink_flow_lost(const struct sink_flow *flow);

struct seq_file;

int sink_latency_init(void);
void sink_latency_free(void);
/* Counts how long the frame was under way, if it says when it was sent. In softirq context. */
void sink_latency_count(enum sink_place place, const struct sink_mark *mark);
/* A line for each bucket: its place's name, the lowest number of ticks in it, frames. */
void sink_latency_show(struct seq_file *file);
/* All buckets of a place, while others count on. */
void sink_latency_copy(enum sink_place place, u32 to[SINK_BUCKETS]);
/* As the file calls it. */
const char *sink_latency_name(enum sink_place place);
/* The lowest number of ticks that falls into a bucket. */
u32 sink_latency_low(unsigned int bucket);
/* While nobody counts. */
void sink_latency_clear(void);

int sink_taken_init(void);
void sink_taken_free(void);
/* Keeps a copy of the latencies, and the number of frames. -ENOSPC: 16 are kept already. */
int sink_take(u64 frames);
/* A line for each copy's frames, and each bucket of it. */
void sink_taken_show(struct seq_file *file);
void sink_taken_clear(void);

#endif
