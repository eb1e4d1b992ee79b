// SPDX-License-Identifier: BSD-2-Clause
// One core's data path: the rounds of a backend's thread, and its sleep.
#include "vio/backend.h"

#include "vio/device.h"
#include "vio/forward.h"
#include "vio/gate.h"
#include "vio/moderate.h"
#include "vio/queue_ring.h"
#include "vio/transmit.h"

/*
 * While the card holds packets of guests the thread looks again after this time, even if no
 * interrupt tells of their transmission: a guest waits for its buffers.
 */
#define RECLAIM_US 1000

/* While a gate is closed the thread looks again after this time. */
#define GATE_US 50

/* While more waits at the card than a round takes, letters get this part of their budget. */
#define LETTERS_SHARE 4

/* Takes up to most letters of one backend. */
static unsigned take_letters(struct vio_backend *backend, unsigned from, unsigned most)
{
	struct vio_letter letter;
	unsigned count = 0;

	while (count < most && vio_mailbox_receive(backend->in[from], &letter)) {
		vio_deliver(backend, letter.queue, letter.packet);
		vio_mailbox_return(backend->in[from], letter.packet);
		count++;
	}
	if (count)
		backend->in_dirty |= 1ull << from;
	return count;
}

/* Takes up to most letters in all, beginning with another sender each time. */
static unsigned receive_letters(struct vio_backend *backend, unsigned most)
{
	unsigned backends = backend->network->backends;
	unsigned taken = 0, returned = 0;

	if (++backend->letter_turn >= backends)
		backend->letter_turn = 0;
	for (unsigned i = 0, from = backend->letter_turn; i < backends; i++) {
		if (backend->in[from]) {
			taken += take_letters(backend, from, most - taken);
			returned += vio_mailbox_reclaim(backend->out[from]);
		}
		if (++from == backends)
			from = 0;
	}
	vio_stages_end(&backend->stages, VIO_STAGE_LETTERS, taken);
	return taken + returned;
}

static void interrupt(struct vio_backend *backend, struct vio_queue *queue)
{
	vio_queue_interrupt(queue, backend->since, backend->now, backend->moderation.gathers);
	if (queue->interrupt_due < backend->interrupt_due)
		backend->interrupt_due = queue->interrupt_due;
}

/* Shows guests what was received. Queues whose gates are closed stay on the list. */
static void publish_received(struct vio_backend *backend)
{
	struct vio_queue *queue = backend->flush_list;

	backend->flush_list = NULL;
	while (queue) {
		struct vio_queue *next = queue->flush_next;

		if (queue->gate && !vio_gate_check(queue) && !READ_ONCE(queue->device->broken)) {
			queue->flush_next = backend->flush_list;
			backend->flush_list = queue;
		} else {
			queue->on_flush_list = false;
			if (vio_device_running(queue->device) && vio_queue_publish(queue))
				interrupt(backend, queue);
		}
		queue = next;
	}
}

/* Shows guests and other backends what was done in this round. */
static unsigned publish(struct vio_backend *backend)
{
	unsigned published = 0;

	publish_received(backend);
	for (unsigned i = 0; i < backend->transmits; i++) {
		struct vio_queue *queue = backend->transmit[i];

		if (queue->published == queue->completed || !vio_device_running(queue->device))
			continue;
		vio_queue_publish(queue);
		interrupt(backend, queue);
		published++;
	}
	return published;
}

/* Wakes the backends that have letters or returned packets to look at, if they sleep. */
static void notify_backends(struct vio_backend *backend)
{
	uint64_t wake = backend->in_dirty;

	if (vio_uplink_show(backend))
		wake |= 1ull << backend->uplink.sender->number;
	for (; backend->out_dirty; backend->out_dirty &= backend->out_dirty - 1) {
		unsigned to = (unsigned)__builtin_ctzll(backend->out_dirty);

		if (vio_mailbox_flush(backend->out[to]))
			wake |= 1ull << to;
	}
	backend->in_dirty = 0;
	if (!wake)
		return;
	/* Index stored, barrier, `sleeping` read: vio_backend_sleep_prepare()'s counterpart. */
	smp_mb();
	for (; wake; wake &= wake - 1) {
		struct vio_backend *other = backend->network->backend[__builtin_ctzll(wake)];

		if (__atomic_load_n(&other->sleeping, __ATOMIC_RELAXED))
			other->ops->wake(other);
	}
}

static void run_timers(struct vio_backend *backend, struct vio_queue **queues, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct vio_queue *queue = queues[i];

		if (!vio_device_running(queue->device))
			queue->interrupt_due = VIO_COALESCE_NEVER;
		else if (queue->interrupt_due <= backend->now)
			vio_queue_interrupt(queue, backend->now, backend->now, 0);
		if (queue->interrupt_due < backend->interrupt_due)
			backend->interrupt_due = queue->interrupt_due;
	}
}

/* Interrupts whose delay is over. */
static void post_due(struct vio_backend *backend)
{
	if (backend->interrupt_due > backend->now)
		return;
	backend->interrupt_due = VIO_COALESCE_NEVER;
	run_timers(backend, backend->receive, backend->receives);
	run_timers(backend, backend->transmit, backend->transmits);
}

void vio_backend_take_letters(struct vio_backend *backend)
{
	backend->since = backend->now = ticks_now();
	receive_letters(backend, VIO_BACKENDS_MOST * VIO_MAILBOX_SLOTS);
	publish(backend);
	notify_backends(backend);
}

void vio_backend_park(struct vio_backend *backend)
{
	WRITE_ONCE(backend->parked, true);
}

void vio_backend_unpark(struct vio_backend *backend)
{
	__atomic_store_n(&backend->parked, false, __ATOMIC_RELEASE);
	backend->ops->wake(backend);
}

unsigned vio_backend_poll(struct vio_backend *backend, unsigned budget)
{
	unsigned work = 0, letters = budget, lettered = 0, transmitted;
	bool full;

	if (__atomic_load_n(&backend->parked, __ATOMIC_ACQUIRE)) {
		vio_backend_take_letters(backend);
		cpu_relax();
		return 1;
	}
	backend->now = ticks_now();
	backend->since = vio_moderate_round(backend);
	vio_stages_begin(&backend->stages);
	/* First: what this round finds is shown before a guest has woken up. */
	post_due(backend);
	work += vio_uplink_receive(backend, budget, &full);
	work += vio_uplink_reclaim(backend);
	/* Others' packets must not make this one lose its own at the card. */
	if (full && budget > LETTERS_SHARE)
		letters = budget / LETTERS_SHARE;
	if (backend->network->backends > 1) {
		lettered = receive_letters(backend, letters);
		lettered += vio_uplink_send_for_others(backend, letters);
		work += lettered;
	}
	if (READ_ONCE(backend->network->fair.due) <= backend->now)
		vio_fair_run(backend->network, backend->now);
	transmitted = vio_transmit(backend, budget);
	work += transmitted;
	vio_uplink_flush(backend);
	vio_forward_end(backend);
	work += publish(backend);
	notify_backends(backend);
	vio_stages_end(&backend->stages, VIO_STAGE_PUBLISH, work);
	vio_count(&backend->stats.polls, 1);
	vio_count(&backend->stats.wakeups, work && backend->slept);
	backend->slept = false;
	vio_watch_note(&backend->watch, backend->now, work, transmitted);
	/* Others' letters would end a rest. */
	if (work && !full && !lettered && transmitted < budget &&
	    (vio_moderate_rest(backend) || !backend->watch.dedicated))
		return 0;
	if (full && !lettered && transmitted < budget && vio_moderate_overload(backend))
		return 0;
	if (work)
		return work;
	vio_count(&backend->stats.polls_idle, 1);
	return vio_watch_spins(&backend->watch, backend->now);
}

static bool mailboxes_waiting(const struct vio_backend *backend)
{
	for (unsigned i = 0; i < backend->network->backends; i++)
		if (backend->in[i] &&
		    (vio_mailbox_waiting(backend->in[i]) || vio_mailbox_returned(backend->out[i])))
			return true;
	return vio_uplink_has_letters(backend);
}

bool vio_backend_sleep_prepare(struct vio_backend *backend, uint64_t *deadline)
{
	bool work = false;
	uint64_t now = ticks_now();

	__atomic_store_n(&backend->sleeping, 1, __ATOMIC_RELAXED);
	*deadline = backend->interrupt_due;
	if (!vio_watch_sleep(&backend->watch, now, deadline) &&
	    vio_transmit_sleep(backend, now, deadline))
		work = true;
	/* A card that may be silent is not listened to. */
	if (vio_moderate_sleep(backend, now, deadline) ? vio_uplink_listen(backend)
						       : backend->uplink.waiting != 0)
		work = true;
	/* `sleeping` stored, full barrier, mailboxes read: the counterpart of notify_backends(). */
	smp_mb();
	if (mailboxes_waiting(backend))
		work = true;
	/* The driver rings no doorbell when it consumes what a closed gate waits for. */
	if (backend->flush_list && now + GATE_US * ticks_per_us() < *deadline)
		*deadline = now + GATE_US * ticks_per_us();
	if (backend->uplink.outstanding && now + RECLAIM_US * ticks_per_us() < *deadline)
		*deadline = now + RECLAIM_US * ticks_per_us();
	if (work || *deadline <= now)
		return false;
	vio_count(&backend->stats.sleeps, 1);
	backend->slept = true;
	return true;
}

void vio_backend_sleep_end(struct vio_backend *backend)
{
	__atomic_store_n(&backend->sleeping, 0, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < backend->transmits; i++)
		if (vio_device_running(backend->transmit[i]->device))
			vio_queue_silence_doorbell(backend->transmit[i]);
	vio_uplink_silence(backend);
}
