// SPDX-License-Identifier: BSD-2-Clause
// How long the card may keep packets to itself while a backend sleeps.
#include "vio/moderate.h"

#include "vio/backend.h"
#include "vio/device.h"

/*
 * The longest the card is left alone: half of a receive ring of 512 descriptors at 14.88 million
 * packets a second.
 */
#define HOLD_US 16

/*
 * The same on a core that the backend shares with guests, where each of its wake-ups is an exit:
 * what comes meanwhile beyond the ring waits in the card's packet buffer.
 */
#define HOLD_SHARED_US 64

/*
 * The longest and the shortest rest. In the longest the wire can bring 80 KB, which the card's
 * packet buffer (512 KB) holds beside its ring; the shortest must be worth a sleep.
 */
#define REST_US_MOST  64
#define REST_US_LEAST 4

/*
 * Where packets find no buffer of their guest's, this part of the time that it needs for those
 * it has is left to it.
 */
#define OVERLOAD_PART 8

/*
 * On a shared core: woken by the card so soon, it had packets already as the backend went to sleep.
 */
#define WOKEN_US 8

/* Steps of the card's moderation interval (82599 datasheet, 8.2.3.5.12: 2 us at 10 Gb/s). */
#define INTERVAL_STEP_US 2

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What all queues that the backend feeds, or that wait for it, can do without. */
struct need {
	uint64_t delay; /* the shortest of their delays; 0: something is wanted at once */
	uint64_t hold;  /* of which the card may have so much */
};

static void add_need(struct need *need, const struct vio_queue *queue, uint64_t now)
{
	if (!vio_device_running(queue->device))
		return;
	need->delay = earlier(need->delay, vio_queue_delay(queue, now));
	need->hold = earlier(need->hold, vio_queue_hold(queue, now));
}

static struct need find_need(const struct vio_backend *backend, uint64_t now)
{
	struct need need = {VIO_COALESCE_NEVER, VIO_COALESCE_NEVER};

	for (unsigned i = 0; i < backend->receives && need.delay; i++)
		add_need(&need, backend->receive[i], now);
	/* What the card still has to send is waited for, too. */
	for (unsigned i = 0; i < backend->transmits && need.delay; i++)
		if (vio_queue_outstanding(backend->transmit[i]))
			add_need(&need, backend->transmit[i], now);
	/* What the queues of other backends need is not known here. */
	if (need.delay == VIO_COALESCE_NEVER ||
	    backend->stats.handovers != backend->moderation.handovers)
		return (struct need){0};
	return need;
}

/* The time for which all guests have enough to do; 0 if one has not. */
static uint64_t find_rest(const struct vio_backend *backend)
{
	uint64_t rest = VIO_COALESCE_NEVER;

	for (unsigned i = 0; i < backend->receives && rest; i++) {
		const struct vio_queue *queue = backend->receive[i];

		if (vio_device_running(queue->device))
			rest = earlier(rest, vio_queue_rest(queue, backend->now));
	}
	return rest == VIO_COALESCE_NEVER ? 0 : rest;
}

bool vio_moderate_rest(struct vio_backend *backend)
{
	struct vio_moderation *moderation = &backend->moderation;
	bool hands_over = backend->stats.handovers != moderation->rest_handovers;
	uint64_t rest = find_rest(backend);

	/* Each wake-up is an exit: better one for all that comes in the time in which nobody waits.
	 */
	if (!backend->watch.dedicated && !rest)
		rest = find_need(backend, backend->now).delay;
	/* Queues of other backends may be in need. */
	moderation->rest_handovers = backend->stats.handovers;
	if (hands_over || rest < REST_US_LEAST * ticks_per_us())
		return false;
	moderation->rest = earlier(rest, REST_US_MOST * ticks_per_us());
	return true;
}

/* The time for which all guests have enough to do with what they have been shown. */
static uint64_t find_backlog(const struct vio_backend *backend)
{
	uint64_t end = VIO_COALESCE_NEVER;

	for (unsigned i = 0; i < backend->receives; i++) {
		const struct vio_queue *queue = backend->receive[i];

		if (vio_device_running(queue->device))
			end = earlier(end, vio_backlog_end(&queue->backlog));
	}
	return end == VIO_COALESCE_NEVER || end <= backend->now ? 0 : end - backend->now;
}

static uint64_t count_drops(const struct vio_backend *backend)
{
	uint64_t drops = 0;

	for (unsigned i = 0; i < backend->receives; i++)
		drops += backend->receive[i]->stats.drop_no_buffer;
	return drops;
}

bool vio_moderate_overload(struct vio_backend *backend)
{
	struct vio_moderation *moderation = &backend->moderation;
	uint64_t drops = count_drops(backend);
	bool hands_over = backend->stats.handovers != moderation->rest_handovers;
	bool dropped = drops != moderation->drops;
	uint64_t rest;

	moderation->drops = drops;
	moderation->rest_handovers = backend->stats.handovers;
	if (backend->watch.dedicated || !dropped || hands_over)
		return false;
	rest = find_backlog(backend) / OVERLOAD_PART;
	if (rest < REST_US_LEAST * ticks_per_us())
		return false;
	moderation->rest = rest;
	return true;
}

static void set_interval(struct vio_backend *backend, uint64_t ticks)
{
	unsigned us = (unsigned)(ticks / ticks_per_us());

	us -= us % INTERVAL_STEP_US;
	if (us == backend->moderation.interval_us)
		return;
	backend->moderation.interval_us = us;
	vio_uplink_set_interval(backend, us);
}

bool vio_moderate_sleep(struct vio_backend *backend, uint64_t now, uint64_t *deadline)
{
	struct vio_moderation *moderation = &backend->moderation;
	bool shared = !backend->watch.dedicated;
	uint64_t hold_most = (shared ? HOLD_SHARED_US : HOLD_US) * ticks_per_us();
	struct need need = find_need(backend, now);

	moderation->handovers = backend->stats.handovers;
	moderation->slept = now;
	moderation->gathers = shared ? earlier(need.hold, hold_most) : 0;
	if (moderation->rest) {
		moderation->masked = true;
		*deadline = earlier(*deadline, now + moderation->rest);
		moderation->rest = 0;
		return false;
	}
	set_interval(backend, earlier(need.hold, hold_most));
	/* While a virtual interrupt waits, so may what would join it. */
	moderation->masked = need.delay && backend->interrupt_due != VIO_COALESCE_NEVER;
	if (moderation->masked)
		*deadline = earlier(*deadline, now + hold_most);
	return !moderation->masked;
}

uint64_t vio_moderate_round(struct vio_backend *backend)
{
	struct vio_moderation *moderation = &backend->moderation;
	uint64_t now = backend->now, slept = moderation->slept;
	uint64_t interval = moderation->interval_us * ticks_per_us();
	bool held = now - moderation->last_interrupt < interval + interval / 2;
	uint64_t looked = moderation->looked;

	moderation->looked = now;
	moderation->rest = 0;
	/* On a core that it shares, others have run since its last round. */
	if (!slept)
		return looked && !backend->watch.dedicated ? looked : now;
	moderation->slept = 0;
	if (moderation->masked)
		return slept;
	if (!backend->watch.dedicated && looked && now - slept < WOKEN_US * ticks_per_us())
		return looked;
	/* The card's interrupt, or so we take it: a packet that came right after the last was held.
	 */
	moderation->last_interrupt = now;
	return held && now - slept > interval ? now - interval : held ? slept : now;
}
