// SPDX-License-Identifier: BSD-2-Clause
// The policy of virtual interrupts: at once, or as long as the guest's settings let it wait.
#include "vio/coalesce.h"

/*
 * With fewer receive buffers left than this part of the ring, an interrupt waits no longer: the
 * driver must refill before packets are lost.
 */
#define RING_PART_LOW 4

uint64_t vio_coalesce(const struct vio_coalesce_settings *settings,
		      const struct vio_coalesce_state *state)
{
	if (!state->asked)
		return VIO_COALESCE_NEVER;
	if (!settings->delay_ticks)
		return state->now;
	if (settings->frames && state->frames >= settings->frames)
		return state->now;
	if (state->receive && state->ring_posted < state->ring_size / RING_PART_LOW)
		return state->now;
	return state->first + settings->delay_ticks;
}
