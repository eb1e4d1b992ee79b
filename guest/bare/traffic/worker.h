/* SPDX-License-Identifier: BSD-2-Clause */
/* What one vCPU does: it serves its queue pairs until told to stop. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_WORKER_H
#define SLUICE_GUEST_BARE_TRAFFIC_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/bare/traffic/source.h"

/* One queue pair; written by the vCPU that serves it. */
struct pair {
	struct ring receive, transmit;
	struct source source;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, unmarked, busy_ticks;
	bool stalled; /* received packets stay where they are */
} __attribute__((aligned(64)));

extern struct pair pairs[VIO_QUEUE_PAIRS_MOST];
extern uint8_t own_mac[6];

/* Set by vCPU 0. */
extern volatile bool sending, stopping;

/*
 * Serves pairs first, first + step, ... below options.queues. vCPU 0's is also called with
 * supervise(), between two rounds, at least every options.supervise ticks.
 */
void worker_run(unsigned first, unsigned step, void (*supervise)(void));

#endif
