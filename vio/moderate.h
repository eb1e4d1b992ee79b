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
	uint64_t slept;          /* tick at which the backend last went to sleep; 0: it looks */
	uint64_t handovers;      /* at the last sleep */
	uint64_t last_interrupt; /* tick of the last round after a sleep that found packets */
};

/*
 * Before the backend sleeps, at tick now, with the earliest virtual interrupt due at *deadline:
 * sets the card's moderation. True: its interrupt is wanted. False: nobody wants packets before
 * *deadline, which may have become earlier, so the card stays silent until then.
 */
bool vio_moderate_sleep(struct vio_backend *backend, uint64_t now, uint64_t *deadline);

/* As a round begins: the earliest tick at which what it will find may have come. */
uint64_t vio_moderate_round(struct vio_backend *backend);

#endif
