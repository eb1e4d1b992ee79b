/* SPDX-License-Identifier: BSD-2-Clause */
/* When frames go: rate, arrivals, bursts, begin and end, in exact simulated time. */
#ifndef SLUICE_TOOLS_WIRE_SCHEDULE_H
#define SLUICE_TOOLS_WIRE_SCHEDULE_H

#include "tools/wire/random.h"
#include "tools/wire/wire.h"

enum rate_unit {
	RATE_LINE, /* one frame behind the other */
	RATE_PPS,  /* frames a second */
	RATE_MBPS, /* megabits a second on the wire: 10000 is line rate for every frame size */
};

struct schedule_config {
	enum rate_unit unit;
	uint64_t rate; /* 1 to 10^9; not for RATE_LINE */
	bool poisson;  /* exponential gaps of the rate's mean, else even ones */
	wire_time_t on,
		off;      /* bursts: the rate holds for `on`, then nothing for `off`; 0: always */
	wire_time_t stop; /* no frame begins at this time or later; 0: no limit */
	wire_time_t duration; /* the same, since the begin */
	uint64_t count;       /* frames; 0: no limit */
};

struct schedule {
	struct schedule_config config;
	struct random random;
	wire_time_t begin;
	wire_time_t active; /* time within bursts since the begin, of the next frame */
	uint64_t remainder; /* fraction of it, in 1/rate ps */
	wire_time_t line_free;
	uint64_t frames;
};

/* The first burst begins at `begin`. */
void schedule_init(struct schedule *s, const struct schedule_config *config, uint64_t seed,
		   wire_time_t begin);

/*
 * When the next frame, of len bytes without CRC, begins: on schedule, or as soon after as the
 * 10 Gb/s line is free. WIRE_NEVER: there is no next frame.
 */
wire_time_t schedule_next(struct schedule *s, size_t len);

#endif
