/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stages of a backend's round cost: the clock is read in one round of many. */
#ifndef SLUICE_VIO_STAGES_H
#define SLUICE_VIO_STAGES_H

#include "kernel/machine.h"

enum vio_stage {
	VIO_STAGE_RX_BURST,   /* packets out of the card's receive ring, and its refill */
	VIO_STAGE_FORWARD,    /* of these: switch, steering, push */
	VIO_STAGE_LETTERS,    /* from other backends, pushed or sent on */
	VIO_STAGE_PULL,       /* packets out of guests' transmit rings */
	VIO_STAGE_FORWARD_TX, /* of these: switch, and push if they are for a guest */
	VIO_STAGE_TX_BURST,   /* into the card's transmit ring */
	VIO_STAGE_RECLAIM,    /* sent packets freed */
	VIO_STAGE_PUBLISH,    /* indices shown, interrupts posted, backends woken */
	VIO_STAGES,
};

/* One round in so many is measured. */
#define VIO_STAGES_INTERVAL 64

struct vio_stages {
	bool measuring; /* this round is */
	uint32_t rounds;
	uint64_t since; /* tick at which the current stage began */
	struct {
		uint64_t ticks;
		uint64_t packets;
	} total[VIO_STAGES]; /* of the measured rounds; read by any core */
};

/* At the beginning of a round. */
static inline void vio_stages_begin(struct vio_stages *stages)
{
	stages->measuring = !(stages->rounds++ % VIO_STAGES_INTERVAL);
	if (stages->measuring)
		stages->since = ticks_now();
}

/* The stage that began at the last call ends, having dealt with so many packets. */
static inline void vio_stages_end(struct vio_stages *stages, enum vio_stage stage, unsigned packets)
{
	uint64_t now;

	if (!stages->measuring)
		return;
	now = ticks_now();
	stages->total[stage].ticks += now - stages->since;
	stages->total[stage].packets += packets;
	stages->since = now;
}

#endif
