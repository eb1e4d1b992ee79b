/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames waiting for the NIC, first in, first out. */
#include "tools/wire/backlog.h"

#include <stdlib.h>
#include <string.h>

void backlog_init(struct backlog *backlog, size_t limit)
{
	*backlog = (struct backlog){.limit = limit};
}

void backlog_free(struct backlog *backlog)
{
	while (backlog->head)
		backlog_pop(backlog);
}

bool backlog_push(struct backlog *backlog, const void *frame, size_t len, wire_time_t start)
{
	struct backlog_frame *f;

	if (backlog->count >= backlog->limit)
		return false;
	f = malloc(sizeof(*f) + len);
	if (!f)
		return false;
	f->next = NULL;
	f->len = len;
	f->start = start;
	memcpy(f->data, frame, len);
	if (backlog->tail)
		backlog->tail->next = f;
	else
		backlog->head = f;
	backlog->tail = f;
	backlog->count++;
	return true;
}

const struct backlog_frame *backlog_peek(const struct backlog *backlog)
{
	return backlog->head;
}

void backlog_pop(struct backlog *backlog)
{
	struct backlog_frame *f = backlog->head;

	backlog->head = f->next;
	if (!backlog->head)
		backlog->tail = NULL;
	backlog->count--;
	free(f);
}
