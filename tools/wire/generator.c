/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint that loads the NIC with marked frames and measures those that come back. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/command.h"
#include "tools/wire/endpoint.h"
#include "tools/wire/generator_config.h"
#include "tools/wire/loads.h"
#include "tools/wire/neighbor.h"
#include "tools/wire/sink.h"
#include "tools/wire/transfer.h"

/* A frame is handed over at least LEAD before it begins, and with it all that begin in BATCH. */
#define LEAD      WIRE_PS_PER_US
#define BATCH     (2 * WIRE_PS_PER_US)
#define ASK_EVERY (100 * WIRE_PS_PER_MS)
#define CRC_BYTES 4u
/* Requests that nothing answers for so long are lost. */
#define PATIENCE (100 * WIRE_PS_PER_MS)

enum state {
	ASKING,
	SENDING, /* by the schedule */
	WAITING, /* for answers, each of which starts a request */
	DONE     /* or a transfer */
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
	wire_time_t
		next; /* when the next frame begins, or the next question is due; patience ends */
	uint32_t load_begin; /* sequence number of the load's first frame */
	struct loads loads;
	struct transfer transfer;
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
	g->load_begin = (uint32_t)g->frames;
	g->state = g->config.outstanding ? WAITING : SENDING;
	schedule_init(&g->schedule, &g->config.schedule, g->config.seed, now);
	if (g->config.transfer_port) {
		g->state = DONE;
		transfer_begin(&g->transfer, &g->config.flow, g->config.transfer_port,
			       g->config.size[0].bytes, now);
	} else if (g->state == WAITING) {
		g->next = now;
	} else {
		plan_next(g);
	}
}

static void send_marked(struct generator *g, size_t len, wire_time_t when)
{
	const uint16_t flow = (uint16_t)(g->frames % g->config.flow.flows);
	const struct mark mark = {flow, g->sent[flow]++, (uint32_t)g->frames, when};
	struct load *load = loads_last(&g->loads);

	flow_build(&g->config.flow, &mark, g->frame, len);
	g->ep.deliver(g->ep.sink, g->frame, len, when);
	if (!g->frames++)
		g->first = when;
	g->last = when;
	g->bytes += len;
	if (load)
		load->frames++;
}

static void send_next(struct generator *g)
{
	send_marked(g, g->next_len, g->next);
	plan_next(g);
}

/* All requests anew: at the begin, and when they have got lost. */
static void send_requests(struct generator *g, wire_time_t when)
{
	for (unsigned i = 0; i < g->config.outstanding; i++)
		send_marked(g, choose_size(g), when);
	g->next = when + PATIENCE;
}

static void send_transfer(struct generator *g, wire_time_t now)
{
	struct load *load = loads_last(&g->loads);
	wire_time_t when;
	size_t len;

	while ((when = transfer_next(&g->transfer)) <= now + LEAD + BATCH) {
		when = when < now ? now : when;
		len = transfer_send(&g->transfer, when, g->frame);
		if (!len)
			break;
		g->ep.deliver(g->ep.sink, g->frame, len, when);
	}
	if (load && g->transfer.state != TRANSFER_IDLE) {
		load->frames = g->transfer.frames;
		load->bytes = g->transfer.acknowledged;
		load->repeated = g->transfer.repeated;
	}
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
	if (g->state == WAITING && g->next <= now)
		send_requests(g, now);
	send_transfer(g, now);
}

static wire_time_t generator_next(const struct endpoint *ep)
{
	const struct generator *g = (const struct generator *)ep;
	const wire_time_t transfer = g->transfer.flow ? transfer_next(&g->transfer) : WIRE_NEVER;
	wire_time_t next = g->state == DONE ? WIRE_NEVER : g->next;

	if (g->state == SENDING && next > LEAD)
		next -= LEAD;
	return transfer < next ? transfer : next;
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
	transfer_end(&g->transfer);
	send_transfer(g, now);
	g->config = config;
	random_seed(&g->random, ~g->config.seed);
	if (!loads_begin(&g->loads, text, now))
		fprintf(stderr, "generator: out of memory\n");
	if (g->config.silent)
		g->state = DONE;
	else if (g->state != ASKING)
		begin(g, now + 2 * (LEAD + BATCH)); /* behind what was handed over already */
}

static void count_latency(struct generator *g, uint64_t latency)
{
	struct load *load = loads_last(&g->loads);

	if (!load)
		return;
	histogram_add(&g->loads.latency, latency);
	load->answers++;
}

/* An answer to a request of this load starts the next. */
static void take_answer(struct generator *g, const void *frame, size_t len, wire_time_t now)
{
	struct mark mark;

	if (g->state != WAITING || !mark_find(frame, len, &mark) ||
	    (int32_t)(mark.sequence - g->load_begin) < 0)
		return;
	count_latency(g, (now - mark.time) & ((1ull << MARK_TIME_BITS) - 1));
	send_marked(g, choose_size(g), now);
	g->next = now + PATIENCE;
}

static bool generator_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	struct generator *g = (struct generator *)ep;
	uint8_t answer[NEIGHBOR_FRAME_MAX], mac[6];
	char command[COMMAND_MAX];
	const uint8_t *note;
	size_t answer_len, note_bytes;
	wire_time_t latency;

	note = note_find(frame, len, &note_bytes);
	if (note)
		return loads_note(&g->loads, note, note_bytes);
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
	take_answer(g, frame, len, now);
	latency = transfer_take(&g->transfer, frame, len, now);
	if (latency)
		count_latency(g, latency);
	send_transfer(g, now);
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
	loads_report(&g->loads, f);
	sink_report(&g->sink, g->config.silent ? NULL : g->sent, f);
	fprintf(f, ",\n");
}

static void generator_close(struct endpoint *ep)
{
	struct generator *g = (struct generator *)ep;

	sink_free(&g->sink);
	loads_free(&g->loads);
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
