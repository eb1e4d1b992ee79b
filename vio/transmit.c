// SPDX-License-Identifier: BSD-2-Clause
// Guests' transmit rings: whose turn it is, and what each may send.
#include "vio/transmit.h"

#include "vio/device.h"
#include "vio/fair.h"
#include "vio/forward.h"
#include "vio/queue_ring.h"

/*
 * What a sender may send in one turn, in bytes of the wire. Small enough that a turn is short (13
 * us at 10 Gb/s), large enough that turns are few.
 */
#define QUANTUM_BYTES 16384

void vio_transmit_add(struct vio_backend *backend, struct vio_queue *queue)
{
	struct vio_sender *sender = backend->sender;
	struct vio_sender *end = backend->sender + backend->senders;

	while (sender != end && sender->device != queue->device)
		sender++;
	if (sender == end) {
		backend->senders++;
		*sender = (struct vio_sender){.device = queue->device};
	}
	sender->queue[sender->queues++] = queue;
}

void vio_transmit_remove(struct vio_backend *backend, const struct vio_queue *queue)
{
	struct vio_sender *sender = backend->sender;
	struct vio_sender *end = backend->sender + backend->senders;
	unsigned kept = 0;

	while (sender != end && sender->device != queue->device)
		sender++;
	if (sender == end)
		return;
	for (unsigned i = 0; i < sender->queues; i++)
		if (sender->queue[i] != queue)
			sender->queue[kept++] = sender->queue[i];
	sender->queues = kept;
	sender->turn = 0;
	if (!kept)
		*sender = backend->sender[--backend->senders];
	if (backend->turn >= backend->senders)
		backend->turn = 0;
}

/* Whether a guest's packet bears a tag and an address that it may send with. Counts if not. */
static inline bool check_sender(struct vio_backend *backend, struct vio_queue *queue,
				struct packet *packet)
{
	struct vio_switch *fabric = &backend->network->fabric;
	struct vio_device *device = queue->device;
	struct vio_port_stats *stats = &backend->port_stats[device->port];
	uint64_t source = vio_source(packet->data);
	bool own;

	if (!vio_vlan_normalize(packet) || !vio_switch_admit(fabric, device->port, packet)) {
		vio_count(&stats->vlan, 1);
		return false;
	}
	if (source == READ_ONCE(device->source))
		return true;
	own = source == READ_ONCE(device->mac);
	source = vio_address(source, vio_vlan_of(packet));
	if ((own || device->any_source) &&
	    vio_switch_learn(fabric, device->port, source, backend->now))
		return true;
	vio_count(&stats->spoofed, 1);
	vio_count(&queue->stats.drop_spoofed, 1);
	return false;
}

/* Whether the sender's rate lets it send a packet now. */
static bool check_rate(struct vio_backend *backend, struct vio_sender *sender)
{
	struct vio_device *device = sender->device;

	if (vio_rate_allows(&device->rate_tx, backend->number, backend->now, &sender->wait_until))
		return true;
	vio_count(&backend->port_stats[device->port].rate_waits, 1);
	return false;
}

/* Takes up to most packets, as far as its turn and its rate reach, out of one of sender's rings. */
static unsigned pull(struct vio_backend *backend, struct vio_sender *sender,
		     struct vio_queue *queue, struct packet **packets, unsigned most)
{
	struct vio_rate *rate = &sender->device->rate_tx;
	int64_t allowance = sender->allowance, left;
	unsigned count;

	if (rate->bits_per_second) {
		if (!check_rate(backend, sender))
			return 0;
		if (allowance > rate->share[backend->number].bytes)
			allowance = rate->share[backend->number].bytes;
	}
	left = allowance;
	count = vio_queue_pull_burst(queue, &backend->tx_pool, packets, most, &left,
				     backend->network->mtu);
	sender->allowance -= allowance - left;
	if (rate->bits_per_second)
		vio_rate_charge(rate, backend->number, (uint32_t)(allowance - left));
	if (queue->error)
		vio_device_break(queue->device, queue->number, queue->error);
	else if (!count) {
		vio_count(&backend->stats.pool_empty, 1);
		vio_count(&backend->port_stats[queue->device->port].wire_waits, 1);
		backend->stalled = true;
	}
	vio_stages_end(&backend->stages, VIO_STAGE_PULL, count);
	return count;
}

/* The sender took so many packets out of its rings, of which the uplink got so many. */
static void charge(struct vio_backend *backend, struct vio_sender *sender, int64_t bytes,
		   unsigned count, unsigned sent)
{
	if (sent < count)
		bytes = bytes * sent / count;
	if (sent)
		vio_fair_charge(backend, sender->device, (uint32_t)bytes);
}

/* Sends on up to most packets out of a ring. Returns how many. */
static unsigned drain(struct vio_backend *backend, struct vio_sender *sender,
		      struct vio_queue *queue, unsigned most)
{
	struct vio_device *device = sender->device;
	struct packet *packets[VIO_BURST];
	unsigned room, count, waiting, admitted = 0;
	int64_t allowance = sender->allowance;

	/* What the uplink does not take stays in the guest's ring. */
	room = vio_uplink_room(backend);
	if (!room) {
		vio_count(&backend->port_stats[device->port].wire_waits, 1);
		backend->stalled = true;
		return 0;
	}
	if (!vio_fair_allows(backend, device, &sender->wait_until))
		return 0;
	waiting = backend->uplink.waiting;
	count = pull(backend, sender, queue, packets, most < room ? most : room);
	for (unsigned i = 0; i < count; i++) {
		packets[admitted] = packets[i];
		if (check_sender(backend, queue, packets[i]))
			admitted++;
		else
			packet_free(packets[i]);
	}
	vio_forward(backend, device->port, packets, admitted);
	charge(backend, sender, allowance - sender->allowance, count,
	       backend->uplink.waiting - waiting);
	vio_stages_end(&backend->stages, VIO_STAGE_FORWARD_TX, count);
	return count;
}

static bool may_send(const struct vio_backend *backend, const struct vio_sender *sender)
{
	return vio_device_running(sender->device) && sender->wait_until <= backend->now;
}

/*
 * A sender's turn, or what is left of it: its queues in turn. Afterwards its allowance is above 0
 * if the turn was interrupted: by a stall, or after `most` packets.
 */
static unsigned serve(struct vio_backend *backend, struct vio_sender *sender, unsigned most)
{
	unsigned count = 0, idle = 0;

	if (sender->allowance <= 0)
		sender->allowance += QUANTUM_BYTES;
	if (sender->allowance <= 0)
		return 0;
	if (!may_send(backend, sender)) {
		sender->allowance = 0;
		return 0;
	}
	while (idle < sender->queues && sender->allowance > 0 && count < most) {
		struct vio_queue *queue = sender->queue[sender->turn];
		unsigned taken = 0;

		if (vio_queue_has_work(queue))
			taken = drain(backend, sender, queue,
				      most - count < VIO_BURST ? most - count : VIO_BURST);
		count += taken;
		if (backend->stalled)
			return count;
		/* The queue at which the rate's limit was met is the first one then. */
		if (!may_send(backend, sender))
			break;
		if (++sender->turn == sender->queues)
			sender->turn = 0;
		idle = taken ? 0 : idle + 1;
	}
	if (sender->allowance > 0 && (idle == sender->queues || !may_send(backend, sender)))
		sender->allowance = 0;
	return count;
}

unsigned vio_transmit(struct vio_backend *backend, unsigned budget)
{
	unsigned total = 0, idle = 0;

	backend->stalled = false;
	while (idle < backend->senders && total < budget) {
		struct vio_sender *sender = &backend->sender[backend->turn];
		unsigned taken = serve(backend, sender, budget - total);

		total += taken;
		if (sender->allowance > 0)
			break;
		/* Who owes for what it sent before may still have something. */
		idle = taken || sender->allowance < 0 ? 0 : idle + 1;
		if (++backend->turn == backend->senders)
			backend->turn = 0;
	}
	return total;
}

bool vio_transmit_sleep(struct vio_backend *backend, uint64_t now, uint64_t *deadline)
{
	bool work = false;

	for (unsigned i = 0; i < backend->senders; i++) {
		struct vio_sender *sender = &backend->sender[i];

		if (!vio_device_running(sender->device))
			continue;
		if (sender->wait_until > now) {
			if (sender->wait_until < *deadline)
				*deadline = sender->wait_until;
			continue;
		}
		for (unsigned q = 0; q < sender->queues; q++)
			if (vio_queue_want_doorbell(sender->queue[q]))
				work = true;
	}
	return work;
}
