/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of each load that the generator was commanded to make, and what the machine noted. */
#ifndef SLUICE_TOOLS_WIRE_LOADS_H
#define SLUICE_TOOLS_WIRE_LOADS_H

#include <stdio.h>

#include "tools/wire/histogram.h"
#include "tools/wire/wire.h"

struct load {
	char *settings; /* as commanded */
	wire_time_t begin, end;
	uint64_t frames, answers; /* sent, and seen again */
	uint64_t bytes, repeated; /* of a transfer: acknowledged; segments sent again */
	uint64_t p50, p99, max;   /* ps, of answers or acknowledgments */
};

/* All zero is the empty list. */
struct loads {
	struct load *load;
	unsigned count;
	struct histogram latency; /* of the last load */
	char *notes;
	size_t notes_bytes;
};

/* Ends the last load at `now` and begins one. False without memory. */
bool loads_begin(struct loads *loads, const char *settings, wire_time_t now);

/* The last load; NULL if there was none. */
struct load *loads_last(struct loads *loads);

/* Appends to the notes; false without memory. */
bool loads_note(struct loads *loads, const void *text, size_t bytes);

/* Writes "loads": [...] and "notes": [...], a line each, members of a JSON object, each with a
 * comma. */
void loads_report(const struct loads *loads, FILE *f);

void loads_free(struct loads *loads);

#endif
