/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes marked frames, one transmit ring's share of the flows. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_SOURCE_H
#define SLUICE_GUEST_BARE_TRAFFIC_SOURCE_H

#include <stdint.h>

#include "guest/bare/traffic/device.h"

struct source {
	struct ring *ring;
	uint32_t *sequence;   /* of each flow of this queue */
	uint32_t flows, at;   /* how many it has, the one whose turn it is */
	uint32_t first, step; /* flow `at` is numbered first + at * step */
	uint32_t sent;        /* packets */
	uint32_t partial;     /* TCP: the sum of what does not change */
	uint64_t started;     /* tick; 0: not yet */
};

/* Queue number `queue` of `queues` sends through ring, whose buffers are filled. */
void source_init(struct source *source, struct ring *ring, unsigned queue, unsigned queues,
		 const uint8_t mac[6]);

/* Puts what there is room for, at most a burst, into the ring; how many. */
unsigned source_push(struct source *source, uint64_t now);

#endif
