// SPDX-License-Identifier: BSD-2-Clause
// Events in the order of time: the backend's looks, and the guest's packets.
#include "tools/policy/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "vio/backlog.h"

const struct machine machine_default = {
	.guest_wake = 6000,
	.guest_packet = 2000,
	.guest_rearm = 300,
	.backend_wake = 1500,
	.backend_round = 150,
	.backend_packet = 300,
	.card_ring = 512,
	.card_hold = 17 * TICKS_PER_US,
	.rest_least = 4 * TICKS_PER_US,
	.ring_size = 256,
};

enum guest_state {
	GUEST_HALTED,
	GUEST_POLLING
};

struct run {
	const struct machine *machine;
	struct traffic *traffic;
	struct result *result;
	struct vio_coalesce_settings settings;
	struct vio_coalesce_history history;
	struct vio_backlog backlog;
	struct dynamic dynamic;
	bool dynamic_control;

	/* Ticks of arrival of the packets in the virtual queue, from taken to published. */
	uint64_t *arrivals;
	uint32_t pushed, published, taken;
	uint64_t observed; /* of these and the lost ones: what `history` knows of */

	/* The interrupt. */
	bool asked;
	uint32_t waiting_frames;
	uint64_t waiting_since, last_interrupt, interrupt_due;

	enum guest_state guest;
	uint64_t guest_at; /* tick of its next step */

	bool backend_sleeps;
	uint64_t backend_at;     /* tick of its next step, or at which it went to sleep */
	uint64_t blind_since;    /* tick since which packets may have come without waking it */
	uint64_t unseen_since;   /* the same for the packets of its last look */
	uint64_t card_interrupt; /* tick of the last one */
	uint64_t card_spacing;   /* the card's interrupt moderation */
	bool card_masked;        /* until card_look */
	uint64_t card_look;

	uint64_t *latencies;
	uint64_t first_arrival;
};

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Tick at which the card wakes the sleeping backend. */
static uint64_t card_wakes_at(const struct run *run)
{
	if (run->card_masked || run->traffic->next == TRAFFIC_NONE)
		return UINT64_MAX;
	return later(later(run->traffic->next, run->backend_at),
		     run->card_interrupt + run->card_spacing);
}

static uint64_t backend_acts_at(const struct run *run)
{
	uint64_t timer = run->interrupt_due;

	if (!run->backend_sleeps)
		return run->backend_at;
	if (run->card_masked && run->card_look < timer)
		timer = run->card_look;
	return earlier(card_wakes_at(run), later(timer, run->backend_at));
}

static void post_interrupt(struct run *run, const struct vio_coalesce_state *state)
{
	uint64_t delay = state->now - state->first;

	if (delay > run->result->longest_delay)
		run->result->longest_delay = delay;
	run->result->interrupts++;
	run->last_interrupt = state->now;
	vio_coalesce_posted(&run->history, &run->settings, state->now);
	if (run->dynamic_control)
		dynamic_tune(&run->dynamic, &run->settings, run->published, state->now);
	run->asked = false;
	run->guest = GUEST_POLLING;
	run->guest_at = state->now + run->machine->guest_wake;
}

/* What vio_queue_interrupt() does, at tick now. */
static void decide(struct run *run, uint64_t now, uint64_t since)
{
	struct vio_coalesce_state state = {
		.now = now,
		.last_interrupt = run->last_interrupt,
		.frames = run->waiting_frames,
		.ring_size = run->machine->ring_size,
		.ring_left = run->machine->ring_size - (run->published - run->taken),
		.asked = run->asked && run->waiting_frames,
	};

	if (!run->waiting_since)
		run->waiting_since = since;
	state.first = run->waiting_since;
	run->interrupt_due = vio_coalesce(&run->settings, &run->history, &state);
	if (run->interrupt_due > now && run->interrupt_due != VIO_COALESCE_NEVER)
		return;
	if (run->interrupt_due <= now)
		post_interrupt(run, &state);
	run->interrupt_due = VIO_COALESCE_NEVER;
	run->waiting_frames = 0;
	run->waiting_since = 0;
}

/* Moves what has arrived by tick now into the virtual queue. Returns how many there were. */
static uint32_t receive(struct run *run, uint64_t now)
{
	uint32_t count = 0;

	while (run->traffic->next <= now) {
		uint64_t at = run->traffic->next;

		if (!run->first_arrival)
			run->first_arrival = at;
		traffic_take(run->traffic);
		if (count < run->machine->card_ring)
			count++;
		if (count == run->machine->card_ring ||
		    run->pushed - run->taken == run->machine->ring_size) {
			run->result->lost++;
			traffic_acknowledge(run->traffic, now);
			continue;
		}
		run->arrivals[run->pushed++ % run->machine->ring_size] = at;
	}
	return count;
}

/* Before the backend sleeps, what vio/moderate.c does: the layer below gets a part of the delay. */
static void moderate_card(struct run *run, uint64_t now)
{
	uint64_t need = vio_coalesce_delay(&run->settings, &run->history, now);

	run->card_spacing = earlier(vio_coalesce_hold(&run->settings, &run->history, now),
				    run->machine->card_hold);
	run->card_masked = need && run->interrupt_due != VIO_COALESCE_NEVER;
	run->card_look = now + run->machine->card_hold;
}

/* After a look that found something, what vio_moderate_rest() does: true if the backend sleeps. */
static bool rest(struct run *run, uint64_t now)
{
	uint64_t end, ticks;

	vio_backlog_look(&run->backlog, now, run->published, run->taken, run->machine->ring_size);
	end = vio_backlog_end(&run->backlog);
	ticks = end > now ? vio_coalesce_rest(&run->settings, &run->history, end - now) : 0;
	if (run->machine->backend_polls || ticks < run->machine->rest_least)
		return false;
	run->backend_sleeps = true;
	run->backend_at = now;
	run->card_masked = true;
	run->card_look = now + ticks;
	return true;
}

static void wake_backend(struct run *run, uint64_t now)
{
	run->backend_sleeps = false;
	if (run->machine->backend_polls) {
		run->backend_at = now;
		return;
	}
	if (run->card_masked)
		run->blind_since = run->backend_at;
	if (now == card_wakes_at(run)) {
		if (now - run->card_interrupt <= run->card_spacing)
			run->blind_since = now - run->card_spacing;
		run->card_interrupt = now;
		run->result->card_interrupts++;
	}
	run->result->wakes++;
	run->backend_at = now + run->machine->backend_wake;
}

static void publish(struct run *run, uint64_t now)
{
	uint32_t count = run->pushed - run->published;

	run->published = run->pushed;
	run->waiting_frames += count;
	vio_coalesce_observe(&run->history, &run->settings, run->unseen_since, now,
			     (uint32_t)(run->pushed + run->result->lost - run->observed));
	run->observed = run->pushed + run->result->lost;
	decide(run, now, run->unseen_since);
}

/* A look takes its time; what it found is published at its end. */
static void step_backend(struct run *run, uint64_t now)
{
	uint32_t count;

	if (run->backend_sleeps) {
		wake_backend(run, now);
		return;
	}
	if (run->pushed != run->published) {
		publish(run, now);
		if (rest(run, now))
			return;
	} else if (run->interrupt_due <= now) {
		decide(run, now, now);
	}
	count = receive(run, now);
	run->unseen_since = run->blind_since < now ? run->blind_since : now;
	run->blind_since = UINT64_MAX;
	run->backend_at = now + run->machine->backend_round + count * run->machine->backend_packet;
	if (!count) {
		/* One that polls is as one that wakes at no cost. */
		run->backend_sleeps = true;
		if (!run->machine->backend_polls)
			moderate_card(run, now);
	}
}

static void step_guest(struct run *run, uint64_t now)
{
	if (run->taken != run->published) {
		uint64_t arrival = run->arrivals[run->taken++ % run->machine->ring_size];

		run->guest_at = now + run->machine->guest_packet;
		run->latencies[run->result->packets++] = run->guest_at - arrival;
		run->result->ticks = run->guest_at - run->first_arrival;
		traffic_acknowledge(run->traffic, run->guest_at);
		return;
	}
	/* Asks for an interrupt, looks again, and halts. */
	if (run->asked) {
		run->guest = GUEST_HALTED;
		return;
	}
	run->asked = true;
	run->guest_at = now + run->machine->guest_rearm;
}

static int compare_ticks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void summarize(struct run *run)
{
	struct result *result = run->result;

	if (!result->packets)
		return;
	qsort(run->latencies, result->packets, sizeof(uint64_t), compare_ticks);
	result->p50 = run->latencies[result->packets / 2];
	result->p99 = run->latencies[result->packets * 99 / 100];
	result->max = run->latencies[result->packets - 1];
}

static bool is_over(const struct run *run)
{
	return run->traffic->next == TRAFFIC_NONE &&
	       run->result->packets + run->result->lost == run->traffic->packets;
}

int simulate(const struct machine *machine, const struct control *control, struct traffic *traffic,
	     struct result *result)
{
	struct run run = {
		.machine = machine,
		.traffic = traffic,
		.result = result,
		.settings = control->settings,
		.dynamic_control = control->dynamic,
		.asked = true,
		.interrupt_due = VIO_COALESCE_NEVER,
		.blind_since = UINT64_MAX,
	};
	int error = -1;

	memset(result, 0, sizeof(*result));
	run.arrivals = calloc(machine->ring_size, sizeof(uint64_t));
	run.latencies = calloc(traffic->packets, sizeof(uint64_t));
	if (!run.arrivals || !run.latencies || traffic_begin(traffic))
		goto err;
	while (!is_over(&run)) {
		uint64_t backend = backend_acts_at(&run);
		uint64_t guest = run.guest == GUEST_HALTED ? UINT64_MAX : run.guest_at;

		if (guest <= backend)
			step_guest(&run, guest);
		else
			step_backend(&run, backend);
	}
	summarize(&run);
	traffic_end(traffic);
	error = 0;
err:
	free(run.arrivals);
	free(run.latencies);
	return error;
}
