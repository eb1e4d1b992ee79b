/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A backend's share of the card: the hardware queues that it polls, and its way to send.
 *
 * Hardware queue h belongs to backend h modulo their number. Each backend sends by one: by its
 * own number's, or, if there are fewer hardware queues than backends, through the mailbox of the
 * backend that has it. So the packets of a guest's queue take one way and keep their order.
 */
#ifndef SLUICE_VIO_UPLINK_H
#define SLUICE_VIO_UPLINK_H

#include "drivers/net/netdev.h"
#include "vio/mailbox.h"

#define VIO_BACKENDS_MOST 16
#define VIO_BURST         64

struct vio_backend;

struct vio_uplink {
	struct netdev *dev;         /* NULL: there is none */
	struct vio_backend *sender; /* sends this backend's packets: itself, or another */
	unsigned number;            /* of the backend: of its first hardware queue */
	unsigned queues;            /* that it polls; 0: it has none */

	/* Packets that the ring, or the sender's mailbox, has not yet taken. */
	struct packet *batch[VIO_BURST];
	unsigned waiting;
	uint32_t outstanding; /* given to the card and not reclaimed */

	struct vio_mailbox *out;                   /* to the sender, if that is another */
	bool out_dirty;                            /* letters to show */
	struct vio_mailbox *in[VIO_BACKENDS_MOST]; /* from those this backend sends for */
	unsigned turn;                             /* whose letters were taken first */
};

/*
 * All functions are for the backend's thread. Takes up to budget packets from each hardware queue
 * and forwards them; *full: a ring had that many. Returns how many.
 */
unsigned vio_uplink_receive(struct vio_backend *backend, unsigned budget, bool *full);

/* Frees what was sent, also by another backend. Returns how many. */
unsigned vio_uplink_reclaim(struct vio_backend *backend);

/* Room in the batch, after trying to make some if there was none. */
unsigned vio_uplink_room(struct vio_backend *backend);

/* Adds packet to the batch, which has room. */
static inline void vio_uplink_add(struct vio_uplink *uplink, struct packet *packet)
{
	uplink->batch[uplink->waiting++] = packet;
}

/* Offers what waits to the ring or to the sender's mailbox. False if some of it still waits. */
bool vio_uplink_flush(struct vio_backend *backend);

/* Sends up to most packets of the backends that this one sends for. Returns how many. */
unsigned vio_uplink_send_for_others(struct vio_backend *backend, unsigned most);

/* Shows the sender what is in its mailbox; true if there was anything: see that it is awake. */
bool vio_uplink_show(struct vio_backend *backend);

/*
 * Before sleeping, after a full barrier: true if there is something to do. Unmasks the hardware
 * queues' interrupts, vio_uplink_silence() masks them.
 */
bool vio_uplink_listen(struct vio_backend *backend);
void vio_uplink_silence(struct vio_backend *backend);

/* The least time between two interrupts of the backend's hardware queues, 0 to 1000 us. */
void vio_uplink_set_interval(struct vio_backend *backend, unsigned us);

bool vio_uplink_has_letters(const struct vio_backend *backend);

/* Gives all packets back that are in batch and mailboxes. The card and all threads are stopped. */
void vio_uplink_return_packets(struct vio_backend *backend);

#endif
