/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hand-over of packets from one backend thread to another: one mailbox for each ordered pair of
 * threads, so each ring has one producer and one consumer and needs no lock.
 *
 * Packets go forth on one ring and come back on the other, because only the thread that owns a
 * packet's pool may free it. Both rings have VIO_MAILBOX_SLOTS; the sender never has more packets
 * out than that, so that the way back is never full.
 */
#ifndef SLUICE_VIO_MAILBOX_H
#define SLUICE_VIO_MAILBOX_H

#include <stdbool.h>

#include "drivers/net/packet.h"

#define VIO_MAILBOX_SLOTS 256 /* a power of two */

struct vio_queue;

/* A packet on its way to a receive queue of the consumer. */
struct vio_letter {
	struct packet *packet;
	struct vio_queue *queue;
};

struct vio_mailbox {
	/* Written by the sender. */
	struct {
		uint32_t sent;    /* shared: letters put in */
		uint32_t pending; /* put in, but not yet shown to the receiver */
		uint32_t taken;   /* packets taken back */
	} CACHE_ALIGNED sender;
	/* Written by the receiver. */
	struct {
		uint32_t received; /* letters taken out */
		uint32_t returned; /* shared: packets put back */
	} CACHE_ALIGNED receiver;
	struct vio_letter CACHE_ALIGNED forth[VIO_MAILBOX_SLOTS];
	struct packet *back[VIO_MAILBOX_SLOTS];
};

/* Sender: puts a letter in, unseen until vio_mailbox_flush(). False if there is no room. */
bool vio_mailbox_send(struct vio_mailbox *mailbox, struct packet *packet, struct vio_queue *queue);

/* Sender: shows what was put in. Returns true if there was anything: see that it is awake. */
bool vio_mailbox_flush(struct vio_mailbox *mailbox);

/* Sender: frees packets that came back. Returns how many. */
unsigned vio_mailbox_reclaim(struct vio_mailbox *mailbox);

/* Receiver: takes the next letter; false if there is none. */
bool vio_mailbox_receive(struct vio_mailbox *mailbox, struct vio_letter *letter);

/* Receiver: gives the oldest packet received and not yet returned back to the sender. */
void vio_mailbox_return(struct vio_mailbox *mailbox, struct packet *packet);

/* Sender: true if there are packets to take back. */
bool vio_mailbox_returned(const struct vio_mailbox *mailbox);

/* Receiver: true if there are letters to take. */
bool vio_mailbox_waiting(const struct vio_mailbox *mailbox);

#endif
