// SPDX-License-Identifier: BSD-2-Clause
// A backend's share of the card: receiving, sending, and sending for other backends.
#include "vio/uplink.h"

#include "drivers/net/headers.h"
#include "vio/backend.h"
#include "vio/forward.h"
#include "vio/network.h"
#include "vio/queue_ring.h"

/* Whether the switch takes a packet of the uplink's. Counts if not. */
static inline bool admit(struct vio_backend *backend, struct packet *packet)
{
	struct vio_switch *fabric = &backend->network->fabric;
	struct vio_port_stats *stats = &backend->port_stats[VIO_PORT_UPLINK];
	uint64_t source;

	if (packet->bytes < ETHERNET_HEADER)
		return false;
	if (!vio_switch_admit(fabric, VIO_PORT_UPLINK, packet)) {
		vio_count(&stats->vlan, 1);
		return false;
	}
	source = vio_address(vio_source(packet->data), vio_vlan_of(packet));
	if (source == backend->last_source)
		return true;
	if (!vio_switch_learn(fabric, VIO_PORT_UPLINK, source, backend->now)) {
		vio_count(&stats->spoofed, 1);
		return false;
	}
	backend->last_source = source;
	return true;
}

static unsigned receive_queue(struct vio_backend *backend, unsigned hw_queue, unsigned most)
{
	struct netdev *dev = backend->uplink.dev;
	struct packet *packets[VIO_BURST];
	unsigned count, admitted = 0;

	count = dev->ops->rx_burst(dev, hw_queue, packets, most);
	if (!count)
		return 0;
	vio_stages_end(&backend->stages, VIO_STAGE_RX_BURST, count);
	vio_count(&backend->stats.uplink_rx, count);
	backend->last_source = VIO_NO_ADDRESS;
	for (unsigned i = 0; i < count; i++) {
		packets[admitted] = packets[i];
		if (admit(backend, packets[i]))
			admitted++;
		else
			packet_free(packets[i]);
	}
	vio_forward(backend, VIO_PORT_UPLINK, packets, admitted);
	vio_stages_end(&backend->stages, VIO_STAGE_FORWARD, count);
	return count;
}

/* The hardware queue with this index among the backend's. */
static unsigned hw_queue(const struct vio_backend *backend, unsigned index)
{
	return backend->uplink.number + index * backend->network->backends;
}

unsigned vio_uplink_receive(struct vio_backend *backend, unsigned budget, bool *full)
{
	unsigned most = budget < VIO_BURST ? budget : VIO_BURST;
	unsigned total = 0;

	*full = false;
	for (unsigned i = 0; i < backend->uplink.queues; i++) {
		unsigned count = receive_queue(backend, hw_queue(backend, i), most);

		if (count == most)
			*full = true;
		total += count;
	}
	vio_stages_end(&backend->stages, VIO_STAGE_RX_BURST, 0);
	return total;
}

unsigned vio_uplink_reclaim(struct vio_backend *backend)
{
	struct vio_uplink *uplink = &backend->uplink;
	unsigned count;

	if (uplink->out)
		return vio_mailbox_reclaim(uplink->out);
	if (!uplink->outstanding)
		return 0;
	count = uplink->dev->ops->tx_reclaim(uplink->dev, uplink->number);
	uplink->outstanding -= count;
	vio_stages_end(&backend->stages, VIO_STAGE_RECLAIM, count);
	return count;
}

unsigned vio_uplink_room(struct vio_backend *backend)
{
	if (backend->uplink.waiting == VIO_BURST)
		vio_uplink_flush(backend);
	return VIO_BURST - backend->uplink.waiting;
}

/* A packet of another backend was sent or dropped: goes home. On the sender's thread. */
static void give_back(struct packet *packet)
{
	struct vio_backend *home = packet->lender;

	packet->done = packet->done_at_home;
	vio_mailbox_return(home->uplink.out, packet);
	home->uplink.sender->in_dirty |= 1ull << home->number;
}

/* Puts the batch into the sender's mailbox, as far as there is room. Returns how many went. */
static unsigned lend(struct vio_backend *backend)
{
	struct vio_uplink *uplink = &backend->uplink;
	unsigned sent = 0;

	while (sent < uplink->waiting && vio_mailbox_send(uplink->out, uplink->batch[sent], NULL)) {
		struct packet *packet = uplink->batch[sent++];

		packet->done_at_home = packet->done;
		packet->done = give_back;
		packet->lender = backend;
	}
	if (sent)
		uplink->out_dirty = true;
	vio_count(&backend->stats.handovers, sent);
	return sent;
}

static unsigned drop_batch(struct vio_backend *backend)
{
	for (unsigned i = 0; i < backend->uplink.waiting; i++)
		packet_free(backend->uplink.batch[i]);
	vio_count(&backend->stats.drop_link, backend->uplink.waiting);
	return backend->uplink.waiting;
}

static unsigned send_batch(struct vio_backend *backend)
{
	struct vio_uplink *uplink = &backend->uplink;
	unsigned sent;

	sent = uplink->dev->ops->tx_burst(uplink->dev, uplink->number, uplink->batch,
					  uplink->waiting);
	uplink->outstanding += sent;
	vio_count(&backend->stats.uplink_tx, sent);
	return sent;
}

bool vio_uplink_flush(struct vio_backend *backend)
{
	struct vio_uplink *uplink = &backend->uplink;
	unsigned waiting = uplink->waiting;
	unsigned sent;

	if (!waiting)
		return true;
	vio_stages_end(&backend->stages, VIO_STAGE_FORWARD_TX, 0);
	if (!READ_ONCE(uplink->dev->link.up))
		sent = drop_batch(backend);
	else if (uplink->out)
		sent = lend(backend);
	else
		sent = send_batch(backend);
	if (sent < waiting)
		vio_count(&backend->stats.uplink_full, 1);
	for (unsigned i = sent; i < waiting; i++)
		uplink->batch[i - sent] = uplink->batch[i];
	uplink->waiting = waiting - sent;
	vio_stages_end(&backend->stages, VIO_STAGE_TX_BURST, sent);
	return sent == waiting;
}

static unsigned send_for(struct vio_backend *backend, struct vio_mailbox *mailbox, unsigned most)
{
	struct vio_letter letter;
	unsigned count = 0;

	/* What finds no room stays in the mailbox, and that is its sender's limit. */
	while (count < most && vio_uplink_room(backend) && vio_mailbox_receive(mailbox, &letter)) {
		vio_uplink_add(&backend->uplink, letter.packet);
		count++;
	}
	return count;
}

unsigned vio_uplink_send_for_others(struct vio_backend *backend, unsigned most)
{
	struct vio_uplink *uplink = &backend->uplink;
	unsigned backends = backend->network->backends;
	unsigned count = 0;

	if (++uplink->turn >= backends)
		uplink->turn = 0;
	for (unsigned i = 0, from = uplink->turn; i < backends; i++) {
		if (uplink->in[from])
			count += send_for(backend, uplink->in[from], most - count);
		if (++from == backends)
			from = 0;
	}
	vio_stages_end(&backend->stages, VIO_STAGE_LETTERS, count);
	return count;
}

bool vio_uplink_show(struct vio_backend *backend)
{
	if (!backend->uplink.out_dirty)
		return false;
	backend->uplink.out_dirty = false;
	return vio_mailbox_flush(backend->uplink.out);
}

bool vio_uplink_listen(struct vio_backend *backend)
{
	struct netdev *dev = backend->uplink.dev;
	bool work = backend->uplink.waiting;

	for (unsigned i = 0; i < backend->uplink.queues; i++)
		if (dev->ops->interrupt_enable(dev, hw_queue(backend, i)))
			work = true;
	return work;
}

void vio_uplink_silence(struct vio_backend *backend)
{
	struct netdev *dev = backend->uplink.dev;

	for (unsigned i = 0; i < backend->uplink.queues; i++)
		dev->ops->interrupt_disable(dev, hw_queue(backend, i));
}

void vio_uplink_set_interval(struct vio_backend *backend, unsigned us)
{
	struct netdev *dev = backend->uplink.dev;

	for (unsigned i = 0; i < backend->uplink.queues; i++)
		dev->ops->set_itr(dev, hw_queue(backend, i), us);
}

bool vio_uplink_has_letters(const struct vio_backend *backend)
{
	const struct vio_uplink *uplink = &backend->uplink;

	for (unsigned i = 0; i < backend->network->backends; i++)
		if (uplink->in[i] && vio_mailbox_waiting(uplink->in[i]))
			return true;
	return uplink->out && vio_mailbox_returned(uplink->out);
}

void vio_uplink_return_packets(struct vio_backend *backend)
{
	struct vio_uplink *uplink = &backend->uplink;
	struct vio_letter letter;

	for (unsigned i = 0; i < uplink->waiting; i++)
		packet_free(uplink->batch[i]);
	uplink->waiting = 0;
	for (unsigned i = 0; i < backend->network->backends; i++)
		while (uplink->in[i] && vio_mailbox_receive(uplink->in[i], &letter))
			packet_free(letter.packet);
}
