// SPDX-License-Identifier: BSD-2-Clause
// Hand-over of packets between two backend threads, without locks.
#include "vio/mailbox.h"

#define MASK (VIO_MAILBOX_SLOTS - 1)

/*
 * Ordering: slots are written before the index that shows them is stored with release, and read
 * after it was loaded with acquire. A forth slot is free again when its packet has come back,
 * which the receiver shows after it has read the slot; a back slot is free when the sender has
 * taken it, which is before it sends the packet's successor.
 */

bool vio_mailbox_send(struct vio_mailbox *mailbox, struct packet *packet, struct vio_queue *queue)
{
	uint32_t slot = mailbox->sender.sent + mailbox->sender.pending;

	if (slot - mailbox->sender.taken >= VIO_MAILBOX_SLOTS)
		return false;
	mailbox->forth[slot & MASK] = (struct vio_letter){packet, queue};
	mailbox->sender.pending++;
	return true;
}

bool vio_mailbox_flush(struct vio_mailbox *mailbox)
{
	if (!mailbox->sender.pending)
		return false;
	__atomic_store_n(&mailbox->sender.sent, mailbox->sender.sent + mailbox->sender.pending,
			 __ATOMIC_RELEASE);
	mailbox->sender.pending = 0;
	return true;
}

unsigned vio_mailbox_reclaim(struct vio_mailbox *mailbox)
{
	uint32_t returned = __atomic_load_n(&mailbox->receiver.returned, __ATOMIC_ACQUIRE);
	uint32_t taken = mailbox->sender.taken;

	for (; taken != returned; taken++)
		packet_free(mailbox->back[taken & MASK]);
	returned -= mailbox->sender.taken;
	mailbox->sender.taken = taken;
	return returned;
}

bool vio_mailbox_receive(struct vio_mailbox *mailbox, struct vio_letter *letter)
{
	uint32_t received = mailbox->receiver.received;

	if (received == __atomic_load_n(&mailbox->sender.sent, __ATOMIC_ACQUIRE))
		return false;
	*letter = mailbox->forth[received & MASK];
	mailbox->receiver.received = received + 1;
	return true;
}

void vio_mailbox_return(struct vio_mailbox *mailbox, struct packet *packet)
{
	uint32_t returned = mailbox->receiver.returned;

	mailbox->back[returned & MASK] = packet;
	__atomic_store_n(&mailbox->receiver.returned, returned + 1, __ATOMIC_RELEASE);
}

bool vio_mailbox_returned(const struct vio_mailbox *mailbox)
{
	return mailbox->sender.taken !=
	       __atomic_load_n(&mailbox->receiver.returned, __ATOMIC_ACQUIRE);
}

bool vio_mailbox_waiting(const struct vio_mailbox *mailbox)
{
	return mailbox->receiver.received !=
	       __atomic_load_n(&mailbox->sender.sent, __ATOMIC_ACQUIRE);
}
