/* SPDX-License-Identifier: BSD-2-Clause */
/* Order, loss and duplicates of received marked frames, flow by flow, as tools/wire/sink.h has
 * them. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_SINK_H
#define SLUICE_GUEST_BARE_TRAFFIC_SINK_H

#include <stdbool.h>
#include <stdint.h>

struct guest_totals {
	uint64_t frames, lost, reordered, duplicated, stale;
	uint32_t flows;
};

void guest_sink_init(void);

/* Counts a frame, without CRC. False: it bears no mark. */
bool guest_sink_take(const uint8_t *frame, uint32_t bytes);

void guest_sink_sum(struct guest_totals *totals);

#endif
