/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of an emulated NIC: by schedule, and by command through a FIFO while the machine runs. */
#ifndef SLUICE_TOOLS_WIRE_FAULT_PLAN_H
#define SLUICE_TOOLS_WIRE_FAULT_PLAN_H

#include "tools/i82599/i82599.h"
#include "tools/wire/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FAULT_PLAN_MAX 64u

/* A fault to come, and what is to follow it. */
struct planned_fault {
	wire_time_t when;
	struct i82599_fault fault;
	wire_time_t undo_after; /* link-down and remove: link-up and insert so long after; 0: not */
};

struct fault_plan {
	unsigned count;
	struct planned_fault fault[FAULT_PLAN_MAX]; /* in any order */
	int fifo;                                   /* -1: none */
	wire_time_t next_look;                      /* at the FIFO */
	size_t line_len;
	char line[256]; /* read, but not complete yet */
};

void fault_plan_init(struct fault_plan *plan);
void fault_plan_free(struct fault_plan *plan);

/*
 * Adds a fault NAME[:ARGUMENT...] (docs/wire.md has the list) at `when` or, with `when` being
 * WIRE_NEVER, TIME:NAME[:ARGUMENT...]. Returns 0, or a negative errno with what was wrong and
 * expected in `why`.
 */
int fault_plan_add(struct fault_plan *plan, const char *text, wire_time_t when, char *why,
		   size_t why_len);

/* Reads commands, a fault a line, from this FIFO, made if there is none. Result as above. */
int fault_plan_open_fifo(struct fault_plan *plan, const char *path, char *why, size_t why_len);

/* When fault_plan_run() is due; WIRE_NEVER: not. */
wire_time_t fault_plan_next(const struct fault_plan *plan);

/*
 * Injects what is due, in order of time, and what was commanded. A command that cannot be right is
 * logged.
 */
void fault_plan_run(struct fault_plan *plan, struct i82599 *dev, wire_time_t now,
		    void (*log)(void *opaque, const char *line), void *opaque);

#ifdef __cplusplus
}
#endif

#endif
