/* SPDX-License-Identifier: BSD-2-Clause */
/* How far simulated time has run ahead of real time. */
#ifndef SLUICE_TOOLS_WIRE_PACE_H
#define SLUICE_TOOLS_WIRE_PACE_H

#include "tools/wire/wire.h"

struct pace {
	bool running;
	uint64_t real_ns;
	wire_time_t simulated;
};

/*
 * Nanoseconds by which `simulated` is ahead of `real_ns` (any monotonic clock) since the first
 * call. Where it is behind it is let off: time that was lost is not to be caught up, or a guest
 * that waits for the host would see its time-outs pass in an instant.
 */
uint64_t pace_ahead(struct pace *pace, uint64_t real_ns, wire_time_t simulated);

#endif
