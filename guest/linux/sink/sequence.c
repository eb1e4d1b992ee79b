// SPDX-License-Identifier: GPL-2.0-only
/* Loss, order and copies of a flow, by its frames' sequence numbers. */
#include "sink.h"

void sink_flow_init(struct sink_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	spin_lock_init(&flow->lock);
}

/* Bits of numbers that are not reached yet hold those of one window before. */
static void move_window(struct sink_flow *flow, u64 next)
{
	if (next - flow->next >= SINK_WINDOW)
		bitmap_zero(flow->seen, SINK_WINDOW);
	else
		for (u64 n = flow->next; n != next; n++)
			__clear_bit(n % SINK_WINDOW, flow->seen);
	flow->next = next;
}

static void count(struct sink_flow *flow, u64 n)
{
	bool behind = n < flow->next;

	if (behind && (flow->next - n > SINK_WINDOW || n < flow->first)) {
		flow->stale++;
		return;
	}
	if (!behind)
		move_window(flow, n + 1);
	if (__test_and_set_bit(n % SINK_WINDOW, flow->seen))
		flow->duplicated++;
	else if (behind)
		flow->reordered++;
}

/* The flow's first frame is where counting starts: what came before it is not known to be lost. */
void sink_flow_count(struct sink_flow *flow, u32 sequence)
{
	spin_lock(&flow->lock);
	if (!flow->begun) {
		flow->begun = true;
		flow->first = sequence;
		flow->next = sequence;
	}
	flow->frames++;
	count(flow, flow->next + (s32)(sequence - (u32)flow->next));
	spin_unlock(&flow->lock);
}

u64 sink_flow_lost(const struct sink_flow *flow)
{
	return flow->next - flow->first - (flow->frames - flow->duplicated - flow->stale);
}
