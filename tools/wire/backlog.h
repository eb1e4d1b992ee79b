/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames waiting for the NIC, first in, first out. */
#ifndef SLUICE_TOOLS_WIRE_BACKLOG_H
#define SLUICE_TOOLS_WIRE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/wire/wire.h"

struct backlog_frame {
	struct backlog_frame *next;
	size_t len;
	wire_time_t start; /* not on the wire before */
	unsigned char data[];
};

struct backlog {
	struct backlog_frame *head, *tail;
	size_t count, limit;
};

void backlog_init(struct backlog *backlog, size_t limit);
void backlog_free(struct backlog *backlog);

/* Copies the frame in. False when the limit is reached or there is no memory. */
bool backlog_push(struct backlog *backlog, const void *frame, size_t len, wire_time_t start);

/* The oldest frame, still queued, or NULL. */
const struct backlog_frame *backlog_peek(const struct backlog *backlog);

/* Frees the oldest frame; the backlog must not be empty. */
void backlog_pop(struct backlog *backlog);

#endif
