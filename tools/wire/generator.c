/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint that loads the NIC with marked frames and measures those that come back. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/command.h"
#include "tools/wire/endpoint.h"
#include "tools/wire/generator_config.h"
#include "tools/wire/neighbor.h"
#include "tools/wire/sink.h"

/* A frame is handed over at least LEAD before it begins, and with it all that begin in BATCH. */
#define LEAD      WIRE_PS_PER_US
#define BATCH     (2 * WIRE_PS_PER_US)
#define ASK_EVERY (100 * WIRE_PS_PER_MS)
#define CRC_BYTES 4u

enum state {
	ASKING,
	SENDING,
	DONE
};

struct generator {
	struct endpoint ep;                   /* first */
	struct generator_config config;       /* now */
	struct generator_config first_config; /* what commands change */
	unsigned commands, refused;
	struct schedule schedule;
	struct random random; /* of frame sizes */
	struct sink sink;
	enum state state;
	wire_time_t next; /* when the next frame begins, or the next question is due */
	size_t next_len;
	uint64_t frames, bytes;
	wire_time_t first, last;
	uint32_t *sent; /* frames of each flow */
	uint8_t frame[9018];
};

static size_t choose_size(struct generator *g)
{
	uint32_t at = g->config.sizes > 1 ? random_below(&g->random, g->config.weights) : 0;
	unsigned i = 0;

	for (; at >= g->config.size[i].weight; i++)
		at -= g->config.size[i].weight;
	return g->config.size[i].bytes - CRC_BYTES;
}

static void plan_next(struct generator *g)
{
	g->next_len = choose_size(g);
	g->next = schedule_next(&g->schedule, g->next_len);
	if (g->next == WIRE_NEVER)
		g->state = DONE;
}

static void begin(struct generator *g, wire_time_t now)
{
	g->state = SENDING;
	schedule_init(&g->schedule, &g->config.schedule, g->config.seed, now);
	plan_next(g);
}

static void send_next(struct generator *g)
{
	const uint16_t flow = (uint16_t)(g->frames % g->config.flow.flows);
	const struct mark mark = {flow, g->sent[flow]++, (uint32_t)g->frames, g->next};

	flow_build(&g->config.flow, &mark, g->frame, g->next_len);
	g->ep.deliver(g->ep.sink, g->frame, g->next_len, g->next);
	if (!g->frames++)
		g->first = g->next;
	g->last = g->next;
	g->bytes += g->next_len;
	plan_next(g);
}

static void generator_poll(struct endpoint *ep, wire_time_t now, uint64_t wait_ns)
{
	struct generator *g = (struct generator *)ep;
	size_t len;

	(void)wait_ns;
	if (g->state == ASKING && now >= g->next) {
		len = neighbor_ask(&g->config.flow, g->config.resolve_ip, g->frame);
		g->ep.deliver(g->ep.sink, g->frame, len, now);
		g->next = now + ASK_EVERY;
	}
	while (g->state == SENDING && g->next <= now + LEAD + BATCH)
		send_next(g);
}

static wire_time_t generator_next(const struct endpoint *ep)
{
	const struct generator *g = (const struct generator *)ep;

	if (g->state == DONE)
		return WIRE_NEVER;
	return g->state == SENDING && g->next > LEAD ? g->next - LEAD : g->next;
}

/* A command's settings replace those of the command before it, and the load begins anew. */
static void obey(struct generator *g, const char *text, wire_time_t now)
{
	struct generator_config config = g->first_config;
	char why[256];

	g->commands++;
	if (generator_reconfigure(&config, text, why, sizeof(why))) {
		fprintf(stderr, "generator: command '%s' refused: %s\n", text, why);
		g->refused++;
		return;
	}
	if (config.resolve && !config.dst_mac_told)
		config.flow.dst_mac = g->config.flow.dst_mac;
	g->config = config;
	random_seed(&g->random, ~g->config.seed);
	if (g->config.silent)
		g->state = DONE;
	else if (g->state != ASKING)
		begin(g, now + 2 * (LEAD + BATCH)); /* behind what was handed over already */
}

static bool generator_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	struct generator *g = (struct generator *)ep;
	uint8_t answer[NEIGHBOR_FRAME_MAX], mac[6];
	char command[COMMAND_MAX];
	size_t answer_len;

	if (command_find(frame, len, command)) {
		obey(g, command, now);
		return true;
	}
	if (g->state == ASKING && neighbor_learn(frame, len, g->config.resolve_ip, mac)) {
		if (!g->config.dst_mac_told)
			memcpy(g->config.flow.dst_mac.first, mac, sizeof(mac));
		begin(g, now + LEAD);
	}
	answer_len = neighbor_answer(&g->config.flow, frame, len, answer);
	if (answer_len)
		g->ep.deliver(g->ep.sink, answer, answer_len, now);
	sink_take(&g->sink, frame, len, now);
	return true;
}

static void generator_report(const struct endpoint *ep, FILE *f)
{
	const struct generator *g = (const struct generator *)ep;

	fprintf(f,
		"  \"generator\": {\n    \"frames\": %" PRIu64 ",\n    \"bytes\": %" PRIu64
		",\n    \"first_ps\": %" PRIu64 ",\n    \"last_ps\": %" PRIu64
		",\n    \"done\": %s,\n    \"commands\": %u,\n    \"commands_refused\": %u\n  },\n",
		g->frames, g->bytes, g->first, g->last, g->state == DONE ? "true" : "false",
		g->commands, g->refused);
	sink_report(&g->sink, g->config.silent ? NULL : g->sent, f);
	fprintf(f, ",\n");
}

static void generator_close(struct endpoint *ep)
{
	struct generator *g = (struct generator *)ep;

	sink_free(&g->sink);
	free(g->sent);
	free(g);
}

static const struct endpoint_ops generator_ops = {
	.send = generator_send,
	.poll = generator_poll,
	.next = generator_next,
	.report = generator_report,
	.close = generator_close,
};

int endpoint_open_generator(struct endpoint **ep, const struct wire_config *config, char *why,
			    size_t why_len)
{
	struct generator *g = calloc(1, sizeof(*g));
	int err = -ENOMEM;

	if (!g)
		goto err_memory;
	g->ep.ops = &generator_ops;
	g->sent = calloc(MARK_FLOWS, sizeof(*g->sent));
	if (!sink_init(&g->sink) || !g->sent)
		goto err_memory;
	err = generator_configure(&g->config, config->spec, why, why_len);
	if (err)
		goto err_generator;
	g->first_config = g->config;
	random_seed(&g->random, ~g->config.seed);
	g->next = g->config.start;
	if (g->config.silent)
		g->state = DONE;
	else if (!g->config.resolve)
		begin(g, g->config.start);
	*ep = &g->ep;
	return 0;

err_memory:
	snprintf(why, why_len, "generator: out of memory");
err_generator:
	if (g)
		generator_close(&g->ep);
	return err;
}
