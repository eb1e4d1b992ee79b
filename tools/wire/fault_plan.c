/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of an emulated NIC: by schedule, and by command through a FIFO while the machine runs. */
#include "tools/wire/fault_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/wire/settings.h"

#define LOOK_EVERY WIRE_PS_PER_MS

/* What a fault's name has behind it. */
enum arguments {
	NOTHING,
	UNDO,
	QUEUE,
	COUNT,
	VECTOR_COUNT,
	MANAGEMENT,
	WAIT_TIME,
	QUEUE_COUNT_MASK
};

static const struct {
	enum arguments arguments;
	const char *form;
} forms[I82599_FAULTS] = {
	[I82599_LINK_DOWN] = {UNDO, "[:TIME]"},
	[I82599_LINK_UP] = {NOTHING, ""},
	[I82599_STALL_RX] = {QUEUE, ":QUEUE"},
	[I82599_STALL_TX] = {QUEUE, ":QUEUE"},
	[I82599_LOSE_INTERRUPT] = {VECTOR_COUNT, ":VECTOR[:COUNT]"},
	[I82599_CORRUPT_RX] = {QUEUE_COUNT_MASK, ":QUEUE[:COUNT[:HEXMASK]]"},
	[I82599_CORRUPT_TX] = {QUEUE_COUNT_MASK, ":QUEUE[:COUNT[:HEXMASK]]"},
	[I82599_DMA_ERROR] = {COUNT, "[:COUNT]"},
	[I82599_BAD_NVM] = {NOTHING, ""},
	[I82599_GOOD_NVM] = {NOTHING, ""},
	[I82599_SLOW] = {WAIT_TIME, ":WAIT:TIME|for-ever|usual"},
	[I82599_MANAGE] = {MANAGEMENT, ":0|1|2"},
	[I82599_REMOVE] = {UNDO, "[:TIME]"},
	[I82599_INSERT] = {NOTHING, ""},
};

void fault_plan_init(struct fault_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->fifo = -1;
}

void fault_plan_free(struct fault_plan *plan)
{
	if (plan->fifo >= 0)
		close(plan->fifo);
	plan->fifo = -1;
}

/* Takes the next argument, if there is one, as a number up to max. */
static bool take_number(char **rest, uint64_t min, uint64_t max, unsigned *to)
{
	uint64_t value;

	if (!*rest)
		return true;
	if (!parse_number(strsep(rest, ":"), min, max, &value))
		return false;
	*to = (unsigned)value;
	return true;
}

static bool take_mask(char **rest, uint64_t *mask)
{
	char *text = *rest, *end;

	if (!text)
		return true;
	*rest = NULL;
	errno = 0;
	*mask = strtoull(text, &end, 16);
	return !errno && end != text && !*end && *mask;
}

static bool take_wait(char **rest, unsigned *wait)
{
	const char *name = *rest ? strsep(rest, ":") : NULL;

	for (*wait = 0; name && *wait < I82599_WAITS; ++*wait) {
		if (!strcmp(name, i82599_wait_name((enum i82599_wait) * wait)))
			return true;
	}
	return false;
}

/* How long a wait takes, in microseconds. */
static bool take_duration(char **rest, unsigned *us)
{
	const char *text = *rest;
	wire_time_t time;

	*rest = NULL;
	if (!text)
		return false;
	if (!strcmp(text, "for-ever")) {
		*us = I82599_FOR_EVER;
		return true;
	}
	if (!strcmp(text, "usual")) {
		*us = 0;
		return true;
	}
	if (!parse_time(text, &time) || time / I82599_PS_PER_US > 1000000000)
		return false;
	*us = (unsigned)(time / I82599_PS_PER_US);
	return true;
}

static bool take_arguments(struct planned_fault *f, char *rest)
{
	const enum arguments kind = forms[f->fault.kind].arguments;

	f->fault.count = 1;
	if (kind == UNDO && rest)
		return parse_time(rest, &f->undo_after) && f->undo_after;
	if (kind == QUEUE || kind == QUEUE_COUNT_MASK) {
		if (!rest || !take_number(&rest, 0, 127, &f->fault.index))
			return false;
	} else if (kind == VECTOR_COUNT) {
		if (!rest || !take_number(&rest, 0, 63, &f->fault.index))
			return false;
	} else if (kind == WAIT_TIME) {
		return take_wait(&rest, &f->fault.index) && take_duration(&rest, &f->fault.count);
	} else if (kind == MANAGEMENT) {
		if (!rest || !take_number(&rest, 0, I82599_MANAGEMENTS - 1, &f->fault.index))
			return false;
	}
	if (kind == COUNT || kind == VECTOR_COUNT || kind == QUEUE_COUNT_MASK) {
		if (!take_number(&rest, 1, 1000000000, &f->fault.count))
			return false;
	}
	if (kind == QUEUE_COUNT_MASK && !take_mask(&rest, &f->fault.mask))
		return false;
	return !rest;
}

static bool find_kind(const char *name, enum i82599_fault_kind *kind)
{
	for (unsigned i = 0; name && i < I82599_FAULTS; i++) {
		*kind = i;
		if (!strcmp(name, i82599_fault_name(*kind)))
			return true;
	}
	return false;
}

static int refuse_name(const char *text, char *why, size_t why_len)
{
	int used = snprintf(why, why_len, "fault %s: expected", text);

	for (unsigned i = 0; i < I82599_FAULTS && used > 0 && (size_t)used < why_len; i++)
		used += snprintf(why + used, why_len - (size_t)used, " %s", i82599_fault_name(i));
	return -EINVAL;
}

int fault_plan_add(struct fault_plan *plan, const char *text, wire_time_t when, char *why,
		   size_t why_len)
{
	char copy[256], *rest = copy;
	struct planned_fault *f = &plan->fault[plan->count];

	if (plan->count == FAULT_PLAN_MAX) {
		snprintf(why, why_len, "fault %s: expected at most %u to come", text,
			 FAULT_PLAN_MAX);
		return -ENOSPC;
	}
	snprintf(copy, sizeof(copy), "%s", text);
	*f = (struct planned_fault){.when = when};
	if (when == WIRE_NEVER && !parse_time(strsep(&rest, ":"), &f->when)) {
		snprintf(why, why_len, "fault %s: expected TIME:NAME..., like 20ms:link-down",
			 text);
		return -EINVAL;
	}
	if (!find_kind(strsep(&rest, ":"), &f->fault.kind))
		return refuse_name(text, why, why_len);
	if (!take_arguments(f, rest)) {
		snprintf(why, why_len, "fault %s: expected %s%s", text,
			 i82599_fault_name(f->fault.kind), forms[f->fault.kind].form);
		return -EINVAL;
	}
	plan->count++;
	return 0;
}

int fault_plan_open_fifo(struct fault_plan *plan, const char *path, char *why, size_t why_len)
{
	int err;

	/* Open for writing too: then it does not end when a writer does. */
	if ((!mkfifo(path, 0600) || errno == EEXIST) &&
	    (plan->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) >= 0)
		return 0;
	err = errno;
	snprintf(why, why_len, "control=%s: cannot make or open this FIFO: %s", path,
		 strerror(err));
	return -err;
}

static unsigned find_first(const struct fault_plan *plan)
{
	unsigned first = 0;

	for (unsigned i = 1; i < plan->count; i++)
		if (plan->fault[i].when < plan->fault[first].when)
			first = i;
	return first;
}

wire_time_t fault_plan_next(const struct fault_plan *plan)
{
	wire_time_t next = plan->count ? plan->fault[find_first(plan)].when : WIRE_NEVER;

	if (plan->fifo >= 0 && plan->next_look < next)
		next = plan->next_look;
	return next;
}

/* Turns each complete line into a fault that is due now. */
static void take_lines(struct fault_plan *plan, wire_time_t now,
		       void (*log)(void *opaque, const char *line), void *opaque)
{
	char *end, why[512];

	while ((end = memchr(plan->line, '\n', plan->line_len)) != NULL) {
		*end = '\0';
		if (*plan->line && fault_plan_add(plan, plan->line, now, why, sizeof(why)))
			log(opaque, why);
		plan->line_len -= (size_t)(end + 1 - plan->line);
		memmove(plan->line, end + 1, plan->line_len);
	}
	if (plan->line_len == sizeof(plan->line)) {
		log(opaque, "control: a line of more than 255 characters is ignored");
		plan->line_len = 0;
	}
}

static void look_at_fifo(struct fault_plan *plan, wire_time_t now,
			 void (*log)(void *opaque, const char *line), void *opaque)
{
	ssize_t got;

	plan->next_look = now + LOOK_EVERY;
	while ((got = read(plan->fifo, plan->line + plan->line_len,
			   sizeof(plan->line) - plan->line_len)) > 0) {
		plan->line_len += (size_t)got;
		take_lines(plan, now, log, opaque);
	}
}

static void inject_first(struct fault_plan *plan, struct i82599 *dev, wire_time_t now)
{
	struct planned_fault *f = &plan->fault[find_first(plan)];

	i82599_inject(dev, &f->fault);
	if (f->undo_after) {
		f->when = now + f->undo_after;
		f->undo_after = 0;
		f->fault.kind = f->fault.kind == I82599_REMOVE ? I82599_INSERT : I82599_LINK_UP;
		return;
	}
	/* Those behind move up: faults of the same time keep their order. */
	plan->count--;
	memmove(f, f + 1, (size_t)(&plan->fault[plan->count] - f) * sizeof(*f));
}

void fault_plan_run(struct fault_plan *plan, struct i82599 *dev, wire_time_t now,
		    void (*log)(void *opaque, const char *line), void *opaque)
{
	if (plan->fifo >= 0 && now >= plan->next_look)
		look_at_fifo(plan, now, log, opaque);
	while (plan->count && plan->fault[find_first(plan)].when <= now)
		inject_first(plan, dev, now);
}
