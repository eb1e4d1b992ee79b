/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint that sends every frame back to where it came from, in simulated time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/endpoint.h"

#define MAC_BYTES 6

/* The frame has arrived completely; it goes back with its addresses exchanged, else unchanged. */
static bool echo_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	unsigned char back[WIRE_FRAME_MAX];

	if (len < 2 * MAC_BYTES || len > sizeof(back))
		return false;
	memcpy(back, frame, len);
	memcpy(back, (const unsigned char *)frame + MAC_BYTES, MAC_BYTES);
	memcpy(back + MAC_BYTES, frame, MAC_BYTES);
	ep->deliver(ep->sink, back, len, now);
	return true;
}

static void echo_close(struct endpoint *ep)
{
	free(ep);
}

static const struct endpoint_ops echo_ops = {
	.send = echo_send,
	.close = echo_close,
};

int endpoint_open_echo(struct endpoint **ep, const struct wire_config *config, char *why,
		       size_t why_len)
{
	(void)config;
	*ep = calloc(1, sizeof(**ep));
	if (!*ep) {
		snprintf(why, why_len, "echo: out of memory");
		return -ENOMEM;
	}
	(*ep)->ops = &echo_ops;
	return 0;
}
