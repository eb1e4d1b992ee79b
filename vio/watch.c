// SPDX-License-Identifier: BSD-2-Clause
// How long transmit rings are watched after guests have sent something.
#include "vio/watch.h"

#include "kernel/machine.h"

/* After any work: as long as a guest may take to answer. */
#define SPIN_US 30

/* Then, from one look to the next: what a packet may be late. */
#define LOOK_US 20

/* Without a packet of guests for this long, doorbells are asked for. */
#define WATCH_US 2000

static bool is_watching(const struct vio_watch *watch, uint64_t now)
{
	return watch->dedicated && watch->transmit &&
	       now - watch->transmit < WATCH_US * ticks_per_us();
}

bool vio_watch_spins(const struct vio_watch *watch, uint64_t now)
{
	return is_watching(watch, now) && now - watch->work < SPIN_US * ticks_per_us();
}

bool vio_watch_sleep(const struct vio_watch *watch, uint64_t now, uint64_t *deadline)
{
	uint64_t look = now + LOOK_US * ticks_per_us();

	if (!is_watching(watch, now))
		return false;
	if (look < *deadline)
		*deadline = look;
	return true;
}
