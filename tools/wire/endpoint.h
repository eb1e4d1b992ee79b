/* SPDX-License-Identifier: BSD-2-Clause */
/* What an endpoint of the wire is to wire.c. */
#ifndef SLUICE_TOOLS_WIRE_ENDPOINT_H
#define SLUICE_TOOLS_WIRE_ENDPOINT_H

#include "tools/wire/wire.h"

struct endpoint;

struct endpoint_ops {
	/* A frame for the endpoint. False: it could not take it. */
	bool (*send)(struct endpoint *ep, const void *frame, size_t len, wire_time_t now);
	/*
	 * Look for work once; new frames go to ep->deliver(). Real time may pass until there is
	 * some, wait_ns at most.
	 */
	void (*poll)(struct endpoint *ep, wire_time_t now, uint64_t wait_ns);
	void (*close)(struct endpoint *ep);
};

/* The first member of every endpoint's own structure. */
struct endpoint {
	const struct endpoint_ops *ops;
	/* Queues a frame for the NIC (copied); may be called within send() and poll(). */
	void (*deliver)(void *sink, const void *frame, size_t len);
	void (*log)(void *sink, const char *line);
	void *sink;
};

/* Both return 0 or a negative errno with the reason in `why`; the caller fills in the sink. */
int endpoint_open_slirp(struct endpoint **ep, const struct wire_config *config, char *why,
			size_t why_len);
int endpoint_open_tap(struct endpoint **ep, const struct wire_config *config, char *why,
		      size_t why_len);

#endif
