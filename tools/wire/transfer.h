/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP sender that never runs out of data: RFC 9293, with NewReno's windows (RFC 5681, 6582). */
#ifndef SLUICE_TOOLS_WIRE_TRANSFER_H
#define SLUICE_TOOLS_WIRE_TRANSFER_H

#include "tools/wire/flow.h"
#include "tools/wire/wire.h"

#define TRANSFER_FRAME_MAX 1514u
#define TRANSFER_SEGMENTS  8192u /* under way, at most */

enum transfer_state {
	TRANSFER_IDLE,
	TRANSFER_OPENING,
	TRANSFER_OPEN
};

/* Byte numbers count from the transfer's begin, 0 being the first byte. */
struct transfer {
	enum transfer_state state;
	const struct flow_config *flow; /* addresses are those of flow 0 */
	uint16_t port, own_port;
	uint32_t peer_next; /* what the peer's next segment would begin with */
	uint32_t segment;   /* payload bytes of each */
	uint64_t acknowledged, next, highest;
	uint64_t window; /* bytes behind `acknowledged` that the peer takes */
	unsigned window_shift;
	uint64_t allowed, threshold; /* congestion window, slow start's end */
	unsigned duplicates;         /* of the last acknowledgment */
	bool recovering;
	uint64_t recover; /* where recovery ends */
	bool again;       /* the first segment not acknowledged is to be sent again */
	bool finish;      /* tell the peer that it is over */
	uint32_t finish_at;
	wire_time_t line_free, timeout, patience;
	uint64_t frames, repeated;
	wire_time_t
		sent_at[TRANSFER_SEGMENTS]; /* by number of the segment; 0: not to be measured */
};

/*
 * Opens a connection to a port of flow 0's destination; frame_bytes (64 to 1518, with CRC) is what
 * a full segment takes. The flow must stay. Each transfer has a port of its own.
 */
void transfer_begin(struct transfer *t, const struct flow_config *flow, uint16_t port,
		    uint32_t frame_bytes, wire_time_t now);

/* Resets the connection if there is one. */
void transfer_end(struct transfer *t);

/* When a frame or a time-out is due; WIRE_NEVER if nothing is. */
wire_time_t transfer_next(const struct transfer *t);

/* Builds the frame that is due, its length without CRC, or returns 0. */
size_t transfer_send(struct transfer *t, wire_time_t now, uint8_t frame[TRANSFER_FRAME_MAX]);

/*
 * Takes a frame from the peer; others are no harm. Returns the time from a segment's first bit to
 * its acknowledgment if this told of one, else 0.
 */
wire_time_t transfer_take(struct transfer *t, const uint8_t *frame, size_t len, wire_time_t now);

#endif
