/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the simulator's packets come from: synthetic arrivals, senders that react, captures. */
#ifndef SLUICE_TOOLS_POLICY_TRAFFIC_H
#define SLUICE_TOOLS_POLICY_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#define TICKS_PER_US 3000ull

/* No packet comes until one more is delivered, or none at all. */
#define TRAFFIC_NONE UINT64_MAX

struct traffic {
	/* Constant. */
	uint64_t packets;      /* in all */
	double gap;            /* mean ticks from arrival to arrival, within a burst */
	uint64_t spacing;      /* ticks a frame takes on the wire: arrivals are never closer */
	uint64_t on, off;      /* a burst's and a pause's mean ticks; off 0: no pauses */
	uint32_t window;       /* a sender that reacts: packets not acknowledged; 0: it does not */
	uint64_t reaction;     /* then, ticks from a packet's handling until the next can arrive */
	const uint64_t *trace; /* arrivals of a capture, or NULL */

	/* State. */
	uint64_t sent, acknowledged;
	uint64_t next; /* tick of the next arrival, or TRAFFIC_NONE */
	uint64_t burst_end;
	uint64_t *acknowledgements; /* a ring of `window` ticks */
	uint64_t random;
};

struct load {
	const char *name;
	struct traffic traffic; /* its constants */
};

/*
 * The loads everything is compared at. Shares of capacity are of `guest_packet` ticks a packet,
 * what the guest can take without interrupts. Returns how many there are.
 */
size_t traffic_loads(struct load *loads, size_t most, uint64_t guest_packet, uint64_t packets);

/* Begins, always the same way. Returns 0, or -1 without memory. traffic_end() frees it. */
int traffic_begin(struct traffic *traffic);
void traffic_end(struct traffic *traffic);

/* Takes the packet that arrives at traffic->next. */
void traffic_take(struct traffic *traffic);

/* A packet was handled by the guest, or lost, at tick now. */
void traffic_acknowledge(struct traffic *traffic, uint64_t now);

/*
 * Arrivals of a capture file, in ticks from 0; *count of them, to be freed. NULL if it cannot be
 * read: the reason is on stderr.
 */
uint64_t *traffic_read_capture(const char *path, uint64_t *count);

#endif
