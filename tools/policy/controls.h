/* SPDX-License-Identifier: BSD-2-Clause */
/* The policies that are compared: ours, and controls. */
#ifndef SLUICE_TOOLS_POLICY_CONTROLS_H
#define SLUICE_TOOLS_POLICY_CONTROLS_H

#include <stddef.h>

#include "vio/coalesce.h"

struct control {
	const char *name;
	struct vio_coalesce_settings settings;
	bool dynamic; /* in the manner of Linux's DIM: settings change by what was seen */
};

/* The first is ours. */
extern const struct control controls[];
extern const size_t controls_count;

/* What the dynamic control remembers. All 0 at the start. */
struct dynamic {
	unsigned profile;
	bool left;
	uint32_t events;
	uint64_t packets, since;
	uint64_t packets_rate, events_rate; /* of the last window: per 2^20 ticks */
	unsigned parked;
};

/* Once an interrupt: packets so far, at tick now. May change settings. */
void dynamic_tune(struct dynamic *dynamic, struct vio_coalesce_settings *settings, uint64_t packets,
		  uint64_t now);

#endif
