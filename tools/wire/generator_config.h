/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator's settings: which flows, frame sizes and times. */
#ifndef SLUICE_TOOLS_WIRE_GENERATOR_CONFIG_H
#define SLUICE_TOOLS_WIRE_GENERATOR_CONFIG_H

#include "tools/wire/flow.h"
#include "tools/wire/schedule.h"

#define GENERATOR_SIZES 16u

struct generator_config {
	struct flow_config flow;
	struct schedule_config schedule;
	bool silent;       /* sends nothing: it answers and measures only */
	wire_time_t start; /* power-on being 0 */
	bool resolve;      /* ask for the MAC address of resolve_ip from `start` on, then begin */
	uint32_t resolve_ip;
	unsigned outstanding; /* a closed loop of so many requests; 0: frames go by the schedule */
	uint16_t transfer_port; /* a TCP transfer to there instead of marked frames; 0: none */
	bool dst_mac_told;
	uint64_t seed;
	unsigned sizes;
	struct {
		uint32_t bytes, weight; /* bytes with CRC */
	} size[GENERATOR_SIZES];
	uint32_t weights; /* their sum */
};

/*
 * Reads settings (settings_read()): see docs/wire.md for the list. Returns 0, or a negative errno
 * with what was wrong and expected in `why`.
 */
int generator_configure(struct generator_config *config, const char *text, char *why,
			size_t why_len);

/*
 * Changes the settings that `text` (not the name of a file) names; the others stay. On an error,
 * returned as above, nothing is changed.
 */
int generator_reconfigure(struct generator_config *config, const char *text, char *why,
			  size_t why_len);

/* line, N pps or N Mbps, as in rate=; false if it is none of these. */
bool parse_rate(const char *text, struct schedule_config *schedule);

#endif
