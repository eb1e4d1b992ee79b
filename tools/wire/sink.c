/* SPDX-License-Identifier: BSD-2-Clause */
/* What arrives of marked frames: loss, order and duplicates of each flow, and latency. */
#include "tools/wire/sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/mark.h"

#define TIME_MASK ((1ull << MARK_TIME_BITS) - 1)

bool sink_init(struct sink *sink)
{
	memset(sink, 0, sizeof(*sink));
	sink->flows = calloc(MARK_FLOWS, sizeof(*sink->flows));
	return sink->flows != NULL;
}

void sink_free(struct sink *sink)
{
	free(sink->flows);
	sink->flows = NULL;
}

/* Sequence numbers have 32 bits: the one nearest to what the flow has reached. */
static uint64_t extend(uint64_t next, uint32_t sequence)
{
	const int32_t ahead = (int32_t)(sequence - (uint32_t)next);

	if (-(int64_t)ahead > (int64_t)next)
		return sequence;
	return next + (uint64_t)(int64_t)ahead;
}

/* Bits of numbers not yet reached hold those of one window before. */
static void move_window(struct sink_flow *flow, uint64_t next)
{
	if (next - flow->next >= SINK_WINDOW)
		memset(flow->seen, 0, sizeof(flow->seen));
	else
		for (uint64_t n = flow->next; n < next; n++)
			flow->seen[n % SINK_WINDOW / 64] &= ~(1ull << n % 64);
	flow->next = next;
}

static void count_sequence(struct sink_flow *flow, uint64_t n)
{
	const bool behind = n < flow->next;
	uint64_t *word = &flow->seen[n % SINK_WINDOW / 64];
	const uint64_t bit = 1ull << n % 64;

	if (behind && flow->next - n > SINK_WINDOW) {
		flow->stale++;
		return;
	}
	if (!behind)
		move_window(flow, n + 1);
	if (*word & bit)
		flow->duplicated++;
	else if (behind)
		flow->reordered++;
	*word |= bit;
}

void sink_take(struct sink *sink, const void *frame, size_t len, wire_time_t now)
{
	struct sink_flow *flow;
	struct mark mark;
	uint64_t latency;

	if (!mark_find(frame, len, &mark)) {
		sink->unmarked++;
		return;
	}
	if (!sink->frames++)
		sink->first = now;
	sink->last = now;
	sink->bytes += len;
	flow = &sink->flows[mark.flow];
	flow->frames++;
	count_sequence(flow, extend(flow->next, mark.flow_sequence));
	if (mark.time == MARK_NO_TIME)
		return;
	latency = (now - mark.time) & TIME_MASK;
	histogram_add(&sink->latency, latency);
	if (latency > flow->latency_max)
		flow->latency_max = latency;
}

static uint64_t count_unique(const struct sink_flow *flow)
{
	return flow->frames - flow->duplicated - flow->stale;
}

uint64_t sink_flow_lost(const struct sink_flow *flow)
{
	return flow->next - count_unique(flow);
}

struct sink_totals sink_totals(const struct sink *sink)
{
	struct sink_totals t = {0};

	for (unsigned i = 0; i < MARK_FLOWS; i++) {
		const struct sink_flow *flow = &sink->flows[i];

		t.flows += flow->frames > 0;
		t.lost += sink_flow_lost(flow);
		t.reordered += flow->reordered;
		t.duplicated += flow->duplicated;
		t.stale += flow->stale;
	}
	return t;
}

static void report_sent(const struct sink *sink, const uint32_t *sent, FILE *f)
{
	uint64_t missing = 0;

	for (unsigned i = 0; i < MARK_FLOWS; i++) {
		const uint64_t unique = count_unique(&sink->flows[i]);

		missing += sent[i] > unique ? sent[i] - unique : 0;
	}
	fprintf(f, "    \"missing\": %" PRIu64 ",\n", missing);
}

static void report_flows(const struct sink *sink, const uint32_t *sent, FILE *f)
{
	const char *comma = "";

	fprintf(f, "    \"flow_list\": [");
	for (unsigned i = 0; i < MARK_FLOWS; i++) {
		const struct sink_flow *flow = &sink->flows[i];

		if (!flow->frames && !(sent && sent[i]))
			continue;
		fprintf(f, "%s\n      {\"flow\": %u, ", comma, i);
		if (sent)
			fprintf(f, "\"sent\": %" PRIu32 ", ", sent[i]);
		fprintf(f,
			"\"frames\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"reordered\": %" PRIu64
			", \"duplicated\": %" PRIu64 ", \"stale\": %" PRIu64
			", \"latency_max_ps\": %" PRIu64 "}",
			flow->frames, sink_flow_lost(flow), flow->reordered, flow->duplicated,
			flow->stale, flow->latency_max);
		comma = ",";
	}
	fprintf(f, "\n    ]\n");
}

void sink_report(const struct sink *sink, const uint32_t *sent, FILE *f)
{
	const struct sink_totals t = sink_totals(sink);

	fprintf(f, "  \"sink\": {\n");
	fprintf(f, "    \"frames\": %" PRIu64 ",\n    \"bytes\": %" PRIu64 ",\n", sink->frames,
		sink->bytes);
	fprintf(f, "    \"unmarked\": %" PRIu64 ",\n    \"flows\": %" PRIu64 ",\n", sink->unmarked,
		t.flows);
	fprintf(f, "    \"lost\": %" PRIu64 ",\n    \"reordered\": %" PRIu64 ",\n", t.lost,
		t.reordered);
	fprintf(f, "    \"duplicated\": %" PRIu64 ",\n    \"stale\": %" PRIu64 ",\n", t.duplicated,
		t.stale);
	fprintf(f, "    \"first_ps\": %" PRIu64 ",\n    \"last_ps\": %" PRIu64 ",\n", sink->first,
		sink->last);
	fprintf(f,
		"    \"latency_ps\": {\"min\": %" PRIu64 ", \"avg\": %" PRIu64 ", \"p50\": %" PRIu64
		", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "},\n",
		sink->latency.min, histogram_mean(&sink->latency),
		histogram_quantile(&sink->latency, 500), histogram_quantile(&sink->latency, 990),
		sink->latency.max);
	if (sent)
		report_sent(sink, sent, f);
	report_flows(sink, sent, f);
	fprintf(f, "  }");
}
