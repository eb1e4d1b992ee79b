/* SPDX-License-Identifier: BSD-2-Clause */
/* What an endpoint of the wire is to wire.c. */
#ifndef SLUICE_TOOLS_WIRE_ENDPOINT_H
#define SLUICE_TOOLS_WIRE_ENDPOINT_H

#include <stdio.h>

#include "tools/wire/wire.h"

struct endpoint;

struct endpoint_ops {
	/* A frame for the endpoint. False: it could not take it. */
	bool (*send)(struct endpoint *ep, const void *frame, size_t len, wire_time_t now);
	/*
	 * Look for work once; new frames go to ep->deliver(). Real time may pass until there is
	 * some, wait_ns at most. NULL: all that it delivers it does at other times.
	 */
	void (*poll)(struct endpoint *ep, wire_time_t now, uint64_t wait_ns);
	/* When poll() is due (WIRE_NEVER: not). NULL: the endpoint lives in real time. */
	wire_time_t (*next)(const struct endpoint *ep);
	/* Writes "name": {...}, members of a JSON object, each with a comma. NULL: it has none. */
	void (*report)(const struct endpoint *ep, FILE *f);
	void (*close)(struct endpoint *ep);
};

/* The first member of every endpoint's own structure. */
struct endpoint {
	const struct endpoint_ops *ops;
	/*
	 * Queues a frame for the NIC (copied) whose first bit is on the wire at `start`, or as soon
	 * after as the wire is free; may be called within send() and poll().
	 */
	void (*deliver)(void *sink, const void *frame, size_t len, wire_time_t start);
	/* Something was delivered outside of send() and poll(). */
	void (*wake)(void *sink);
	void (*log)(void *sink, const char *line);
	void *sink;
};

/* Both return 0 or a negative errno with the reason in `why`; the caller fills in the sink. */
int endpoint_open_slirp(struct endpoint **ep, const struct wire_config *config, char *why,
			size_t why_len);
int endpoint_open_tap(struct endpoint **ep, const struct wire_config *config, char *why,
		      size_t why_len);
int endpoint_open_generator(struct endpoint **ep, const struct wire_config *config, char *why,
			    size_t why_len);
int endpoint_open_replay(struct endpoint **ep, const struct wire_config *config, char *why,
			 size_t why_len);
int endpoint_open_peer(struct endpoint **ep, const struct wire_config *config, char *why,
		       size_t why_len);
int endpoint_open_cross(struct endpoint **ep, const struct wire_config *config, char *why,
			size_t why_len);
int endpoint_open_echo(struct endpoint **ep, const struct wire_config *config, char *why,
		       size_t why_len);

/* Puts a cable between two endpoints that endpoint_open_cross() made. */
void endpoint_join_cross(struct endpoint *a, struct endpoint *b);

#endif
