/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The card's interrupts of one backend, moderated together with the virtual ones: the hardware
 * queue may hold packets back only for a part of what the tightest of the virtual queues it feeds
 * would wait anyway, and that part counts there.
 */
#ifndef SLUICE_VIO_MODERATE_H
#define SLUICE_VIO_MODERATE_H

#include <stdbool.h>
#include <stdint.h>

struct vio_backend;

struct vio_moderation {
	unsigned interval_us;    /* as set in the card: least time between two interrupts */
	bool masked;             /* asleep without the card's interrupt */
	uint64_t rest;           /* ticks to sleep for, work or not; 0: none */
	uint64_t slept;          /* tick at which the backend last went to sleep; 0: it looks */
	uint64_t handovers;      /* at the last sleep, */
	uint64_t rest_handovers; /* and when a rest was last thought of */
	uint64_t looked;         /* tick of the last round; 0: none yet */
	uint64_t drops;          /* for want of buffers, when an overload was last thought of */
	uint64_t gathers;        /* ticks of virtual interrupts' delays that pass while it sleeps */
	uint64_t last_interrupt; /* tick of the last round after a sleep that found packets */
};

/*
 * Before the backend sleeps, at tick now, with the earliest virtual interrupt due at *deadline:
 * sets the card's moderation. True: its interrupt is wanted. False: nobody wants packets before
 * *deadline, which may have become earlier, so the card stays silent until then.
 */
bool vio_moderate_sleep(struct vio_backend *backend, uint64_t now, uint64_t *deadline);

/*
 * After a round that found work, but for which the card had not more than it took: true if all the
 * guests it receives for have enough to do for a while, so that the backend had better sleep, and
 * let packets gather at the card, than come back for each. vio_moderate_sleep() then says how long.
 */
bool vio_moderate_rest(struct vio_backend *backend);

/*
 * After a round for which the card had more than it took, on a core that the backend shares: true
 * if packets were dropped for want of guests' buffers, and all guests have enough to do: to bring
 * more packets would only take the time in which guests could make room. What is too much is then
 * dropped by the card, which costs nobody anything. vio_moderate_sleep() says how long to rest.
 */
bool vio_moderate_overload(struct vio_backend *backend);

/* As a round begins: the earliest tick at which what it will find may have come. */
uint64_t vio_moderate_round(struct vio_backend *backend);

#endif
