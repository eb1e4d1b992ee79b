/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of virtual interrupts: when to post one that is due. A pure function of what was
 * observed, so that it can be tested and simulated anywhere.
 */
#ifndef SLUICE_VIO_COALESCE_H
#define SLUICE_VIO_COALESCE_H

#include <stdbool.h>
#include <stdint.h>

/* What the guest set (VIO_QUEUE_USECS, VIO_QUEUE_FRAMES), in the policy's units. */
struct vio_coalesce_settings {
	uint64_t delay_ticks; /* longest delay of an interrupt; 0: none */
	uint32_t frames;      /* this many complete end the delay; 0: any number may wait */
};

/* What is known of a queue whose `completed` has moved since its last interrupt. */
struct vio_coalesce_state {
	uint64_t now;         /* ticks */
	uint64_t first;       /* tick at which the first packet now waiting was completed */
	uint32_t frames;      /* packets that wait for the interrupt */
	uint32_t ring_size;   /* descriptors */
	uint32_t ring_posted; /* descriptors the driver has posted that are not yet used */
	bool asked;           /* `completed` has passed the driver's event */
	bool receive;         /* a receive queue: running out of descriptors loses packets */
};

/* No interrupt is due: the guest did not ask for one. */
#define VIO_COALESCE_NEVER UINT64_MAX

/*
 * The tick at which to post the interrupt: at or before state->now means at once, later means
 * not before that (ask again then, or when more is complete), VIO_COALESCE_NEVER not at all.
 */
uint64_t vio_coalesce(const struct vio_coalesce_settings *settings,
		      const struct vio_coalesce_state *state);

#endif
