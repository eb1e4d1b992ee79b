/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data path of one core: a backend serves some of the uplink's hardware queues and the
 * virtual queues it owns. Its thread calls, in turn:
 *
 *	for (;;) {
 *		run calls of other threads (vio_backend_ops.call);
 *		if (vio_backend_poll(backend, budget))
 *			continue;                            (or yield, on a shared core)
 *		if (vio_backend_sleep_prepare(backend, &deadline))
 *			sleep until woken or until deadline;
 *		else
 *			(yield, on a shared core)
 *		vio_backend_sleep_end(backend);
 *	}
 *
 * The hardware queues' interrupt handlers only wake the thread.
 */
#ifndef SLUICE_VIO_BACKEND_H
#define SLUICE_VIO_BACKEND_H

#include "drivers/net/netdev.h"
#include "vio/mailbox.h"
#include "vio/moderate.h"
#include "vio/ops.h"
#include "vio/queue.h"
#include "vio/stages.h"
#include "vio/switch.h"
#include "vio/uplink.h"
#include "vio/watch.h"

#define VIO_BACKEND_QUEUES_MOST (VIO_PORTS_MOST * VIO_QUEUE_PAIRS_MOST)

#define VIO_PATHS 16

struct vio_network;

/* A device that has transmit queues at a backend (transmit.h). */
struct vio_sender {
	struct vio_device *device;
	struct vio_queue *queue[VIO_QUEUE_PAIRS_MOST];
	unsigned queues, turn;
	int64_t allowance;   /* bytes that it may still send in its turn; below 0: that it owes */
	uint64_t wait_until; /* tick before which its rate limit lets nothing pass */
};

/* Totals of one backend, read by any core. */
struct vio_backend_stats {
	uint64_t polls, polls_idle; /* in all; that found nothing */
	uint64_t sleeps;            /* vio_backend_sleep_prepare() said yes */
	uint64_t wakeups;           /* sleeps after which the first round found work */
	uint64_t uplink_rx, uplink_tx;
	uint64_t wire_bytes;    /* guests', to the uplink, as bytes of the wire */
	uint64_t uplink_full;   /* transmit ring, or mailbox to the sender, was full: they waited */
	uint64_t drop_link;     /* to the uplink, but its link is down */
	uint64_t pool_empty;    /* no packet to take a guest's with: it waited */
	uint64_t handovers;     /* packets given to another backend */
	uint64_t drop_handover; /* its mailbox was full, or no packet for a copy */
};

/*
 * Where frames to one destination go that come in by one port, as looked up in this round. What
 * took the path is added to the ports' statistics when the round ends, or the path is needed for
 * another destination.
 */
struct vio_path {
	uint64_t to;    /* destination, vio_address() */
	uint64_t ports; /* struct vio_route */
	bool unknown;
	unsigned from;
	uint64_t limited; /* bit n: port n limits the rate of what it gets */
	/* The only port's, if that is a guest's and running. */
	struct vio_device *device;
	uint64_t packets, bytes;
} CACHE_ALIGNED;

struct vio_backend {
	struct vio_network *network;
	const struct vio_backend_ops *ops;
	void *thread; /* the creator's, for ops */
	unsigned number;
	struct vio_uplink uplink;
	struct packet_pool tx_pool; /* guests' packets, and copies */

	struct vio_sender sender[VIO_PORTS_MOST];
	unsigned senders, turn;
	bool stalled; /* this round: no room at the uplink, or no packet to take a guest's with */

	/* Queues that are enabled, for their timers. */
	struct vio_queue *transmit[VIO_BACKEND_QUEUES_MOST];
	struct vio_queue *receive[VIO_BACKEND_QUEUES_MOST];
	unsigned transmits, receives;

	struct vio_queue *flush_list; /* queues with something to publish */
	uint64_t interrupt_due;       /* the earliest of its queues */
	uint64_t now;                 /* tick at which this round began */
	uint64_t since;               /* what it found may have come at this tick, or later */
	struct vio_moderation moderation;
	struct vio_watch watch;
	struct vio_path path[VIO_PATHS];
	uint32_t paths_used;  /* bit n: path n is in use in this round */
	uint64_t last_source; /* learned in this round from the uplink, last */

	bool slept;  /* since the last round */
	bool parked; /* takes nothing but letters: steering is about to change */

	struct vio_mailbox *out[VIO_BACKENDS_MOST]; /* to backend n; NULL: itself */
	struct vio_mailbox *in[VIO_BACKENDS_MOST];  /* from backend n */
	unsigned letter_turn;                       /* whose letters were taken first */
	uint64_t out_dirty;                         /* bit n: letters to show */
	uint64_t in_dirty;                          /* bit n: packets were given back */
	uint32_t sleeping; /* shared: letters need a wake-up; written by this thread */

	struct vio_stages stages;
	struct vio_backend_stats stats;
	struct vio_port_stats port_stats[VIO_PORTS_MOST];
} CACHE_ALIGNED;

/*
 * One round: takes received packets from the uplink and from other backends, packets from the
 * guests' transmit rings, at most budget (1 or more) of each, and sends them where they belong.
 * Returns how much there was to do, at least 1 if it should look again at once; 0: nothing, or
 * nothing more that cannot wait for what vio_backend_sleep_prepare() finds.
 */
unsigned vio_backend_poll(struct vio_backend *backend, unsigned budget);

/*
 * From the next round on the backend takes nothing in but letters, until vio_backend_unpark(). On
 * its thread, between two rounds: so what it sent to others has been shown.
 */
void vio_backend_park(struct vio_backend *backend);

/* From any thread; also of a backend that is not parked. */
void vio_backend_unpark(struct vio_backend *backend);

/*
 * Looks at all letters that are there and shows guests what came of it. On the backend's thread,
 * between two rounds.
 */
void vio_backend_take_letters(struct vio_backend *backend);

/*
 * Before sleeping: enables doorbells, the uplink's interrupt and wake-ups by other backends, then
 * looks again. Returns false if there is work. *deadline: the tick at which the thread must poll
 * again (UINT64_MAX: none).
 */
bool vio_backend_sleep_prepare(struct vio_backend *backend, uint64_t *deadline);

/* After vio_backend_sleep_prepare(), whatever it said: silences all of them again. */
void vio_backend_sleep_end(struct vio_backend *backend);

#endif
