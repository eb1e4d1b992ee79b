/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire: queues frames for the NIC in order and decides when the endpoint is looked at. */
#include "tools/wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/wire/backlog.h"
#include "tools/wire/capture.h"
#include "tools/wire/endpoint.h"
#include "tools/wire/pace.h"

/*
 * The endpoint is looked at after a sixteenth of the time since the last frame, within these
 * bounds: a busy connection waits little, an idle one costs nothing that can be measured.
 */
#define POLL_MIN   (20 * WIRE_PS_PER_US)
#define POLL_MAX   WIRE_PS_PER_MS
#define POLL_SHIFT 4

/*
 * From its first frame on, simulated time is not let run ahead of real time: the other end lives
 * in real time, and an idle machine would see its time-outs pass in an instant. The shortest sleep
 * worth its cost, and the longest, after which the emulator may want to do something else.
 */
#define WAIT_MIN_NS 200000u
#define WAIT_MAX_NS 10000000u

/* After a refusal for which the NIC names no later time. */
#define RETRY_MIN WIRE_PS_PER_US

struct wire {
	struct wire_port port;
	struct endpoint *ep;
	struct capture *capture;
	struct backlog backlog;
	struct wire_counts counts;
	struct pace pace;
	wire_time_t last_frame; /* either way */
	wire_time_t next_poll;  /* of the endpoint */
	wire_time_t next_try;   /* of the backlog's head */
};

static void queue_frame(void *sink, const void *frame, size_t len, wire_time_t start)
{
	struct wire *wire = sink;

	if (!backlog_push(&wire->backlog, frame, len, start)) {
		wire->counts.to_nic_dropped++;
		return;
	}
	if (wire->backlog.count > wire->counts.backlog_peak)
		wire->counts.backlog_peak = wire->backlog.count;
}

static void wake_port(void *sink)
{
	const struct wire *wire = sink;

	if (wire->port.wake)
		wire->port.wake(wire->port.opaque);
}

static void log_line(void *sink, const char *line)
{
	const struct wire *wire = sink;

	if (wire->port.log)
		wire->port.log(wire->port.opaque, line);
}

static int open_endpoint(struct wire *wire, const struct wire_config *config, char *why,
			 size_t why_len)
{
	static int (*const openers[])(struct endpoint **, const struct wire_config *, char *,
				      size_t) = {
		[WIRE_SLIRP] = endpoint_open_slirp,         [WIRE_TAP] = endpoint_open_tap,
		[WIRE_GENERATOR] = endpoint_open_generator, [WIRE_REPLAY] = endpoint_open_replay,
		[WIRE_PEER] = endpoint_open_peer,           [WIRE_CROSS] = endpoint_open_cross,
		[WIRE_ECHO] = endpoint_open_echo,
	};
	int err;

	if (config->kind == WIRE_NONE)
		return 0;
	err = openers[config->kind](&wire->ep, config, why, why_len);
	if (err)
		return err;
	wire->ep->deliver = queue_frame;
	wire->ep->wake = wake_port;
	wire->ep->log = log_line;
	wire->ep->sink = wire;
	return 0;
}

int wire_open(struct wire **out, const struct wire_config *config, const struct wire_port *port,
	      char *why, size_t why_len)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	int err;

	if (!wire) {
		snprintf(why, why_len, "wire: out of memory");
		return -ENOMEM;
	}
	wire->port = *port;
	backlog_init(&wire->backlog, WIRE_BACKLOG_MAX);
	if (config->pcap[0]) {
		err = capture_open(&wire->capture, config->pcap, why, why_len);
		if (err)
			goto err_wire;
	}
	err = open_endpoint(wire, config, why, why_len);
	if (err)
		goto err_capture;
	*out = wire;
	return 0;

err_capture:
	capture_close(wire->capture);
err_wire:
	free(wire);
	return err;
}

void wire_join(struct wire *a, struct wire *b)
{
	endpoint_join_cross(a->ep, b->ep);
}

void wire_close(struct wire *wire)
{
	if (!wire)
		return;
	if (wire->ep)
		wire->ep->ops->close(wire->ep);
	backlog_free(&wire->backlog);
	capture_close(wire->capture);
	free(wire);
}

void wire_send(struct wire *wire, const void *frame, size_t len, wire_time_t now)
{
	wire->counts.from_nic_frames++;
	wire->counts.from_nic_bytes += len;
	if (wire->capture)
		capture_write(wire->capture, frame, len, now);
	if (!wire->ep)
		return;
	if (!wire->ep->ops->send(wire->ep, frame, len, now))
		wire->counts.from_nic_dropped++;
	wire->last_frame = now;
	if (wire->next_poll > now + POLL_MIN)
		wire->next_poll = now + POLL_MIN;
}

/* Hands waiting frames to the NIC until it refuses one. */
static void drain_backlog(struct wire *wire, wire_time_t now)
{
	const struct backlog_frame *f;

	while ((f = backlog_peek(&wire->backlog)) != NULL) {
		if (!wire->port.receive(wire->port.opaque, f->data, f->len, f->start)) {
			wire->counts.stalls++;
			wire->next_try = wire->port.free_at(wire->port.opaque);
			if (wire->next_try < now + RETRY_MIN)
				wire->next_try = now + RETRY_MIN;
			return;
		}
		wire->counts.to_nic_frames++;
		wire->counts.to_nic_bytes += f->len;
		if (wire->capture)
			capture_write(wire->capture, f->data, f->len, now);
		wire->last_frame = now;
		backlog_pop(&wire->backlog);
	}
	wire->next_try = 0;
}

/* For how much real time the endpoint may be waited for. */
static uint64_t get_wait(struct wire *wire, wire_time_t now)
{
	struct timespec t;
	uint64_t ahead;

	if (!wire->last_frame || wire->port.real_time)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	ahead = pace_ahead(&wire->pace, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec,
			   now);
	if (ahead < WAIT_MIN_NS)
		return 0;
	return ahead < WAIT_MAX_NS ? ahead : WAIT_MAX_NS;
}

static void poll_endpoint(struct wire *wire, wire_time_t now)
{
	wire_time_t wait;

	wire->counts.polls++;
	wire->ep->ops->poll(wire->ep, now, get_wait(wire, now));
	drain_backlog(wire, now);
	wait = (now - wire->last_frame) >> POLL_SHIFT;
	if (wait < POLL_MIN)
		wait = POLL_MIN;
	if (wait >= POLL_MAX) {
		wait = POLL_MAX;
		wire_flush(wire);
	}
	wire->next_poll = now + wait;
}

void wire_poll(struct wire *wire, wire_time_t now)
{
	const struct endpoint_ops *ops;

	if (now >= wire->next_try)
		drain_backlog(wire, now);
	if (!wire->ep || !wire->ep->ops->poll || wire->backlog.count)
		return;
	ops = wire->ep->ops;
	if (!ops->next) {
		if (now >= wire->next_poll)
			poll_endpoint(wire, now);
	} else if (now >= ops->next(wire->ep)) {
		wire->counts.polls++;
		ops->poll(wire->ep, now, 0);
		drain_backlog(wire, now);
	}
}

wire_time_t wire_next(const struct wire *wire)
{
	if (wire->backlog.count)
		return wire->next_try;
	if (!wire->ep || !wire->ep->ops->poll)
		return WIRE_NEVER;
	return wire->ep->ops->next ? wire->ep->ops->next(wire->ep) : wire->next_poll;
}

void wire_flush(struct wire *wire)
{
	if (wire->capture)
		capture_flush(wire->capture);
}

void wire_report(const struct wire *wire, FILE *f)
{
	if (wire->ep && wire->ep->ops->report)
		wire->ep->ops->report(wire->ep, f);
}

struct wire_counts wire_counts(const struct wire *wire)
{
	return wire->counts;
}
