// SPDX-License-Identifier: BSD-2-Clause
/* Order, loss and duplicates of received marked frames, flow by flow. */
#include "guest/bare/traffic/sink.h"

#include "guest/bare/traffic/frame.h"
#include "guest/bare/traffic/traffic.h"

#define FLOWS  65536u
#define WINDOW 1024u /* numbers so far behind a flow's highest are remembered */

/*
 * What a flow lacks rather than what it got is remembered: a frame in order costs one comparison.
 * Bit n % WINDOW of `gaps`: number n, below next and not more than WINDOW behind, was not seen.
 */
struct flow {
	uint32_t next; /* above the highest number seen */
	uint32_t frames;
	bool gappy; /* a bit of gaps may be set */
	uint32_t reordered, duplicated, stale;
	uint64_t gaps[WINDOW / 64];
};

static struct flow *flows;

void guest_sink_init(void)
{
	flows = traffic_alloc(FLOWS * sizeof(*flows));
}

/* True if number n was missing. */
static bool clear_gap(struct flow *flow, uint32_t n)
{
	uint64_t bit = 1ull << n % 64;
	uint64_t *word = &flow->gaps[n % WINDOW / 64];
	bool missing = *word & bit;

	*word &= ~bit;
	return missing;
}

/* Numbers from flow->next up to `sequence` are missing: whole words at a time. */
static __attribute__((noinline)) void open_gap(struct flow *flow, uint32_t sequence)
{
	uint32_t n = flow->next;

	if (sequence - n > WINDOW)
		n = sequence - WINDOW;
	flow->gappy = true;
	while (n != sequence) {
		uint32_t bits = 64 - n % 64;

		if (bits > sequence - n)
			bits = sequence - n;
		flow->gaps[n % WINDOW / 64] |= (~0ull >> (64 - bits)) << n % 64;
		n += bits;
	}
}

static __attribute__((noinline)) void take_late(struct flow *flow, uint32_t sequence)
{
	if (flow->next - sequence > WINDOW)
		flow->stale++;
	else if (clear_gap(flow, sequence))
		flow->reordered++;
	else
		flow->duplicated++;
}

static void count(struct flow *flow, uint32_t sequence)
{
	flow->frames++;
	if ((int32_t)(sequence - flow->next) < 0) {
		take_late(flow, sequence);
		return;
	}
	if (sequence != flow->next)
		open_gap(flow, sequence);
	if (flow->gappy)
		clear_gap(flow, sequence);
	flow->next = sequence + 1;
}

bool guest_sink_take(const uint8_t *frame, uint32_t bytes)
{
	uint16_t type = load16(frame + TYPE_AT);
	const uint8_t *l4 = frame + (type == TYPE_IPV4 ? L4_AT : L4_AT_IP6);
	uint8_t proto = type == TYPE_IPV4 ? frame[IPV4_AT + 9] : frame[IPV4_AT + 6];

	if ((type != TYPE_IPV4 && type != TYPE_IPV6) || l4 + MARK_BYTES > frame + bytes)
		return false;
	if (proto == PROTO_UDP && load16(l4 + UDP_MARK_MAGIC) == MARK_MAGIC) {
		count(&flows[load16(l4 + UDP_MARK_FLOW)], load32(l4 + UDP_MARK_SEQUENCE));
		return true;
	}
	if (proto == PROTO_TCP && load16(l4 + TCP_MARK_MAGIC) == MARK_MAGIC) {
		count(&flows[load16(l4 + TCP_MARK_FLOW)], load32(l4 + TCP_MARK_SEQUENCE));
		return true;
	}
	return false;
}

void guest_sink_sum(struct guest_totals *totals)
{
	*totals = (struct guest_totals){0};
	for (unsigned i = 0; i < FLOWS; i++) {
		const struct flow *flow = &flows[i];

		if (!flow->frames)
			continue;
		totals->flows++;
		totals->frames += flow->frames;
		totals->lost += flow->next - (flow->frames - flow->duplicated - flow->stale);
		totals->reordered += flow->reordered;
		totals->duplicated += flow->duplicated;
		totals->stale += flow->stale;
	}
}
