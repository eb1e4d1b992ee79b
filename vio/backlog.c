// SPDX-License-Identifier: BSD-2-Clause
// How fast a busy driver takes packets.
#include "vio/backlog.h"

/* Packets in a measurement: several polls of Linux. */
#define MEASURE_PACKETS 256

#define PACE_WEIGHT 4 /* a new measurement counts one in so many */

static void measure(struct vio_backlog *backlog, uint64_t ticks, uint32_t packets)
{
	uint64_t pace;

	backlog->ticks += ticks;
	backlog->packets += packets;
	if (backlog->packets < MEASURE_PACKETS)
		return;
	pace = backlog->ticks / backlog->packets;
	backlog->pace =
		backlog->pace ? (backlog->pace * (PACE_WEIGHT - 1) + pace) / PACE_WEIGHT : pace;
	backlog->ticks = backlog->packets = 0;
}

void vio_backlog_look(struct vio_backlog *backlog, uint64_t now, uint32_t published, uint32_t taken,
		      uint32_t size)
{
	uint32_t unread = published - taken;

	if (unread > size || unread < VIO_BACKLOG_UNTOLD)
		unread = 0;
	else
		unread -= VIO_BACKLOG_UNTOLD;
	/* Busy all the time: it had something to do, and has not come to the end of it. */
	if (backlog->unread && unread && taken - backlog->taken <= size)
		measure(backlog, now - backlog->looked, taken - backlog->taken);
	else
		backlog->ticks = backlog->packets = 0;
	backlog->looked = now;
	backlog->taken = taken;
	backlog->unread = unread;
}
