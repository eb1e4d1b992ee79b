/* SPDX-License-Identifier: BSD-2-Clause */
/* What arrives of marked frames: loss, order and duplicates of each flow, and latency. */
#ifndef SLUICE_TOOLS_WIRE_SINK_H
#define SLUICE_TOOLS_WIRE_SINK_H

#include <stdio.h>

#include "tools/wire/histogram.h"
#include "tools/wire/wire.h"

#define SINK_WINDOW 1024u /* a frame so far behind its flow's newest is not told from a copy */

struct sink_flow {
	uint64_t frames;     /* all that arrived */
	uint64_t next;       /* behind the highest sequence number seen */
	uint64_t reordered;  /* first arrivals behind a higher number (RFC 4737) */
	uint64_t duplicated; /* arrived before */
	uint64_t stale;      /* beyond the window: late or duplicated */
	uint64_t latency_max;
	uint64_t seen[SINK_WINDOW / 64];
};

struct sink {
	uint64_t frames, bytes; /* marked */
	uint64_t unmarked;
	wire_time_t first, last;
	struct histogram latency; /* first bit sent to last bit arrived, ps */
	struct sink_flow *flows;  /* MARK_FLOWS of them */
};

/* False without memory. */
bool sink_init(struct sink *sink);
void sink_free(struct sink *sink);

/* A frame without CRC whose last bit arrived at `now`. */
void sink_take(struct sink *sink, const void *frame, size_t len, wire_time_t now);

/* Numbers never seen among those below the highest; frames still missing behind it are not known.
 */
uint64_t sink_flow_lost(const struct sink_flow *flow);

/* Sums over all flows. */
struct sink_totals {
	uint64_t flows, lost, reordered, duplicated, stale;
};
struct sink_totals sink_totals(const struct sink *sink);

/*
 * Writes "sink": {...} as a member of a JSON object, without a comma. `sent` is how many frames of
 * each flow (MARK_FLOWS) went, where that is known, or NULL: then it also tells how many are
 * missing, whether lost or on their way.
 */
void sink_report(const struct sink *sink, const uint32_t *sent, FILE *f);

#endif
