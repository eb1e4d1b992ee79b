/* SPDX-License-Identifier: BSD-2-Clause */
/* Order, loss and duplicates of received marked frames, flow by flow, as tools/wire/sink.h has
 * them. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_SINK_H
#define SLUICE_GUEST_BARE_TRAFFIC_SINK_H

#include <stdbool.h>
#include <stdint.h>

struct sink_totals {
	uint64_t frames, lost, reordered, duplicated, stale;
	uint32_t flows;
};

void sink_init(void);

/* Counts a frame, without CRC. False: it bears no mark. */
bool sink_take(const uint8_t *frame, uint32_t bytes);

void sink_sum(struct sink_totals *totals);

#endif
