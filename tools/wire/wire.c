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

static void queue_frame(void *sink, const void *frame, size_t len)
{
	struct wire *wire = sink;

	if (!backlog_push(&wire->backlog, frame, len)) {
		wire->counts.to_nic_dropped++;
		return;
	}
	if (wire->backlog.count > wire->counts.backlog_peak)
		wire->counts.backlog_peak = wire->backlog.count;
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
	int err = 0;

	if (config->kind == WIRE_SLIRP)
		err = endpoint_open_slirp(&wire->ep, config, why, why_len);
	else if (config->kind == WIRE_TAP)
		err = endpoint_open_tap(&wire->ep, config, why, why_len);
	if (err || !wire->ep)
		return err;
	wire->ep->deliver = queue_frame;
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
		if (!wire->port.receive(wire->port.opaque, f->data, f->len)) {
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

	if (!wire->last_frame)
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
	if (now >= wire->next_try)
		drain_backlog(wire, now);
	if (wire->ep && !wire->backlog.count && now >= wire->next_poll)
		poll_endpoint(wire, now);
}

wire_time_t wire_next(const struct wire *wire)
{
	if (wire->backlog.count)
		return wire->next_try;
	return wire->ep ? wire->next_poll : WIRE_NEVER;
}

void wire_flush(struct wire *wire)
{
	if (wire->capture)
		capture_flush(wire->capture);
}

struct wire_counts wire_counts(const struct wire *wire)
{
	return wire->counts;
}
