// SPDX-License-Identifier: BSD-2-Clause
// Ours with its defaults, and the controls.
#include "tools/policy/controls.h"

#include "tools/policy/traffic.h"
#include "vio/vio_net.h"

#define US(n) ((n)*TICKS_PER_US)

const struct control controls[] = {
	{"ours", {.delay_ticks = US(VIO_USECS_DEFAULT), .adaptive = true}, false},
	{"none", {0}, false},
	{"1000-per-second", {.spacing_ticks = US(1000)}, false},
	{"4000-per-second", {.spacing_ticks = US(250)}, false},
	{"static-20us-32", {.delay_ticks = US(20), .frames = 32}, false},
	{"static-50us", {.delay_ticks = US(50)}, false},
	{"static-100us-64", {.delay_ticks = US(100), .frames = 64}, false},
	{"dynamic", {.delay_ticks = US(1), .frames = 256}, true},
};
const size_t controls_count = sizeof(controls) / sizeof(controls[0]);

/* Delays in microseconds, as Linux's DIM has them for receive queues (lib/dim/net_dim.c). */
static const unsigned profiles[] = {1, 8, 64, 128, 256};
#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

#define DYNAMIC_EVENTS 64
#define RATE_SHIFT     20

/* More than a tenth apart: 1 if a is larger, -1 if smaller, else 0. */
static int compare(uint64_t a, uint64_t b)
{
	uint64_t larger = a > b ? a : b, smaller = a > b ? b : a;

	if ((larger - smaller) * 10 <= larger)
		return 0;
	return a > b ? 1 : -1;
}

static void step(struct dynamic *dynamic)
{
	if (dynamic->left ? dynamic->profile == 0 : dynamic->profile == PROFILES - 1)
		dynamic->left = !dynamic->left;
	dynamic->profile += dynamic->left ? -1u : 1u;
}

void dynamic_tune(struct dynamic *dynamic, struct vio_coalesce_settings *settings, uint64_t packets,
		  uint64_t now)
{
	uint64_t ticks = now - dynamic->since + 1;
	uint64_t packets_rate, events_rate;
	int better;

	if (++dynamic->events < DYNAMIC_EVENTS)
		return;
	packets_rate = ((packets - dynamic->packets) << RATE_SHIFT) / ticks;
	events_rate = ((uint64_t)dynamic->events << RATE_SHIFT) / ticks;
	better = compare(packets_rate, dynamic->packets_rate);
	if (!better)
		better = -compare(events_rate, dynamic->events_rate);
	/* Worse: turn round. The same: stay, and try again now and then. */
	if (better < 0)
		dynamic->left = !dynamic->left;
	if (better) {
		step(dynamic);
		dynamic->parked = 0;
	} else if (++dynamic->parked % DYNAMIC_EVENTS == 0) {
		step(dynamic);
	}
	dynamic->packets_rate = packets_rate;
	dynamic->events_rate = events_rate;
	dynamic->events = 0;
	dynamic->packets = packets;
	dynamic->since = now;
	settings->delay_ticks = US(profiles[dynamic->profile]);
}
