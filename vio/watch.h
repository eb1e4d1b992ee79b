/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watching guests' transmit rings instead of asking for doorbells, each of which is a VM exit. Only
 * for a backend that has its core to itself; the price is that core's sleep.
 */
#ifndef SLUICE_VIO_WATCH_H
#define SLUICE_VIO_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct vio_watch {
	bool dedicated;    /* the backend's core runs nothing else: constant */
	uint64_t transmit; /* tick at which a guest last sent something; 0: never */
	uint64_t work;     /* tick of the last round that found any work */
};

/* After a round at tick now that found so much work, and took so many packets of guests. */
static inline void vio_watch_note(struct vio_watch *watch, uint64_t now, unsigned work,
				  unsigned transmitted)
{
	if (work)
		watch->work = now;
	if (transmitted)
		watch->transmit = now;
}

/* True while the next packet of a guest is likely to come at once: look again without sleep. */
bool vio_watch_spins(const struct vio_watch *watch, uint64_t now);

/*
 * Before sleeping at tick now: true if no doorbells are needed, for the rings will be looked at
 * by *deadline, which may have become earlier.
 */
bool vio_watch_sleep(const struct vio_watch *watch, uint64_t now, uint64_t *deadline);

#endif
