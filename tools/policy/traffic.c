// SPDX-License-Identifier: BSD-2-Clause
// Synthetic traffic: Poisson, bursts, and senders that wait for what they sent to be handled.
#include "tools/policy/traffic.h"

#include <math.h>
#include <stdlib.h>

#define LINE_GBPS     10
#define FRAME_GAPS    24 /* preamble, frame check sequence and gap, beside the frame */
#define SMALL_BYTES   60
#define FULL_BYTES    1514
#define BITS          8
#define RANDOM_START  0x9e3779b97f4a7c15ull
#define RANDOM_SCALED 0x1p-53

/* Ticks that a frame takes at 10 Gb/s. */
static uint64_t wire_ticks(unsigned bytes)
{
	return (bytes + FRAME_GAPS) * BITS * TICKS_PER_US / (LINE_GBPS * 1000);
}

size_t traffic_loads(struct load *loads, size_t most, uint64_t guest_packet, uint64_t packets)
{
	uint64_t small = wire_ticks(SMALL_BYTES), full = wire_ticks(FULL_BYTES);
	double capacity = (double)guest_packet;
	const struct load all[] = {
		{"saturating", {.gap = 0, .spacing = small}},
		{"2000-per-second", {.gap = 500.0 * TICKS_PER_US, .spacing = small}},
		{"poisson-1", {.gap = capacity / 0.01, .spacing = small}},
		{"poisson-10", {.gap = capacity / 0.10, .spacing = small}},
		{"poisson-25", {.gap = capacity / 0.25, .spacing = small}},
		{"poisson-50", {.gap = capacity / 0.50, .spacing = small}},
		{"poisson-75", {.gap = capacity / 0.75, .spacing = small}},
		{"poisson-90", {.gap = capacity / 0.90, .spacing = small}},
		{"bursts-short",
		 {.gap = 0, .spacing = small, .on = 2 * TICKS_PER_US, .off = 100 * TICKS_PER_US}},
		{"bursts-long",
		 {.gap = capacity / 0.50,
		  .spacing = small,
		  .on = 2000 * TICKS_PER_US,
		  .off = 10000 * TICKS_PER_US}},
		{"request-response",
		 {.spacing = small, .window = 1, .reaction = 20 * TICKS_PER_US}},
		{"request-response-16",
		 {.spacing = small, .window = 16, .reaction = 20 * TICKS_PER_US}},
		{"bulk-32", {.spacing = full, .window = 32, .reaction = 20 * TICKS_PER_US}},
		{"bulk-256", {.spacing = full, .window = 256, .reaction = 20 * TICKS_PER_US}},
	};
	size_t count = sizeof(all) / sizeof(all[0]);

	if (count > most)
		count = most;
	for (size_t i = 0; i < count; i++) {
		loads[i] = all[i];
		loads[i].traffic.packets = packets;
	}
	return count;
}

/* In (0, 1], the same sequence each time (Marsaglia's xorshift64*). */
static double draw(struct traffic *traffic)
{
	uint64_t x = traffic->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	traffic->random = x;
	return (double)(((x * 0x2545f4914f6cdd1dull) >> 11) + 1) * RANDOM_SCALED;
}

static uint64_t draw_exponential(struct traffic *traffic, double mean)
{
	return (uint64_t)(-log(draw(traffic)) * mean);
}

/* The earliest tick the sender can have the next packet arrive, apart from its own pace. */
static uint64_t allowed_at(const struct traffic *traffic)
{
	if (!traffic->window || traffic->sent < traffic->window)
		return 0;
	if (traffic->sent - traffic->acknowledged >= traffic->window)
		return TRAFFIC_NONE;
	return traffic->acknowledgements[traffic->sent % traffic->window] + traffic->reaction;
}

static void schedule(struct traffic *traffic, uint64_t last)
{
	uint64_t allowed = allowed_at(traffic);
	uint64_t step = traffic->gap > 0 ? draw_exponential(traffic, traffic->gap) : 0;

	if (traffic->sent == traffic->packets || allowed == TRAFFIC_NONE) {
		traffic->next = TRAFFIC_NONE;
		return;
	}
	if (traffic->trace) {
		traffic->next = traffic->trace[traffic->sent];
		return;
	}
	traffic->next = last + (step > traffic->spacing ? step : traffic->spacing);
	if (traffic->next < allowed)
		traffic->next = allowed;
	if (traffic->off && traffic->next >= traffic->burst_end) {
		traffic->next += draw_exponential(traffic, (double)traffic->off);
		traffic->burst_end = traffic->next + draw_exponential(traffic, (double)traffic->on);
	}
}

int traffic_begin(struct traffic *traffic)
{
	traffic->acknowledgements = NULL;
	if (traffic->window) {
		traffic->acknowledgements = calloc(traffic->window, sizeof(uint64_t));
		if (!traffic->acknowledgements)
			return -1;
	}
	traffic->sent = traffic->acknowledged = traffic->burst_end = 0;
	traffic->random = RANDOM_START;
	schedule(traffic, 100 * TICKS_PER_US);
	return 0;
}

void traffic_end(struct traffic *traffic)
{
	free(traffic->acknowledgements);
	traffic->acknowledgements = NULL;
}

void traffic_take(struct traffic *traffic)
{
	traffic->sent++;
	schedule(traffic, traffic->next);
}

void traffic_acknowledge(struct traffic *traffic, uint64_t now)
{
	if (traffic->window)
		traffic->acknowledgements[traffic->acknowledged % traffic->window] = now;
	traffic->acknowledged++;
	if (traffic->next == TRAFFIC_NONE)
		schedule(traffic, now);
}
