/* SPDX-License-Identifier: BSD-2-Clause */
/* An endpoint that sends the frames of a capture file, with their own distances or others. */
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "tools/wire/endpoint.h"
#include "tools/wire/generator_config.h"
#include "tools/wire/settings.h"

/* As the generator's: how long before its begin a frame is handed over, and with which others. */
#define LEAD      WIRE_PS_PER_US
#define BATCH     (2 * WIRE_PS_PER_US)
#define ETH_BYTES 14u

struct replay {
	struct endpoint ep; /* first */
	char file[PATH_MAX];
	struct schedule_config rate;
	bool original; /* the capture's own distances */
	wire_time_t start;
	uint64_t loops; /* how many times in all */

	pcap_t *pcap;
	struct schedule schedule; /* unless original */
	uint64_t first_ns;        /* of this turn's first frame */
	wire_time_t base;         /* when it went */
	wire_time_t line_free;
	const uint8_t *data;
	struct pcap_pkthdr *header;
	wire_time_t next; /* when the frame in `data` begins */
	uint64_t turns, frames, bytes, skipped;
	wire_time_t first, last;
};

static bool set_file(void *target, const char *value, const char **expected)
{
	struct replay *r = target;

	*expected = "a shorter name";
	return (size_t)snprintf(r->file, sizeof(r->file), "%s", value) < sizeof(r->file);
}

static bool set_rate(void *target, const char *value, const char **expected)
{
	struct replay *r = target;

	*expected = "original, line, or a number with pps or Mbps, like 1000000pps";
	r->original = !strcmp(value, "original");
	return r->original || parse_rate(value, &r->rate);
}

static bool set_start(void *target, const char *value, const char **expected)
{
	*expected = "a time like 500ns, 20us, 10ms or 1s";
	return parse_time(value, &((struct replay *)target)->start);
}

static bool set_loops(void *target, const char *value, const char **expected)
{
	*expected = "a number from 1 on";
	return parse_number(value, 1, UINT32_MAX, &((struct replay *)target)->loops);
}

static const struct setting known[] = {
	{"file", set_file}, {"rate", set_rate}, {"start", set_start}, {"loops", set_loops}};

static int open_capture(struct replay *r, char *why, size_t why_len)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	r->pcap =
		pcap_open_offline_with_tstamp_precision(r->file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!r->pcap) {
		snprintf(why, why_len, "replay: cannot read a capture: %s", error);
		return -EINVAL;
	}
	if (pcap_datalink(r->pcap) == DLT_EN10MB)
		return 0;
	snprintf(why, why_len, "replay: %s: expected an Ethernet capture", r->file);
	return -EINVAL;
}

/* The next frame that was captured whole into r->data. False: there is none in this turn. */
static bool read_frame(struct replay *r)
{
	while (pcap_next_ex(r->pcap, &r->header, &r->data) == 1) {
		if (r->header->caplen == r->header->len && r->header->len >= ETH_BYTES &&
		    r->header->len <= WIRE_FRAME_MAX)
			return true;
		r->skipped++;
	}
	return false;
}

static uint64_t get_stamp(const struct replay *r)
{
	/* With nanosecond precision tv_usec holds nanoseconds. */
	return (uint64_t)r->header->ts.tv_sec * 1000000000u + (uint64_t)r->header->ts.tv_usec;
}

/* Starts a turn: its first frame follows the last turn's. */
static bool begin_turn(struct replay *r)
{
	char why[PCAP_ERRBUF_SIZE + 64];

	if (r->turns == r->loops)
		return false;
	if (r->turns++) {
		pcap_close(r->pcap);
		r->pcap = NULL;
		if (open_capture(r, why, sizeof(why))) {
			r->ep.log(r->ep.sink, why);
			return false;
		}
	}
	if (!read_frame(r))
		return false;
	r->first_ns = get_stamp(r);
	r->base = r->line_free > r->start ? r->line_free : r->start;
	return true;
}

/* When the frame in r->data goes: never before the line is free, whatever its stamp. */
static wire_time_t plan(struct replay *r)
{
	const uint64_t stamp = get_stamp(r);
	wire_time_t when = r->base;

	if (!r->original)
		return schedule_next(&r->schedule, r->header->len);
	if (stamp > r->first_ns)
		when += (stamp - r->first_ns) * WIRE_PS_PER_NS;
	return when > r->line_free ? when : r->line_free;
}

static void plan_next(struct replay *r)
{
	if ((r->turns && read_frame(r)) || begin_turn(r))
		r->next = plan(r);
	else
		r->next = WIRE_NEVER;
}

static void send_next(struct replay *r)
{
	r->ep.deliver(r->ep.sink, r->data, r->header->len, r->next);
	if (!r->frames++)
		r->first = r->next;
	r->last = r->next;
	r->bytes += r->header->len;
	r->line_free = r->next + wire_frame_time(r->header->len);
	plan_next(r);
}

static void replay_poll(struct endpoint *ep, wire_time_t now, uint64_t wait_ns)
{
	struct replay *r = (struct replay *)ep;

	(void)wait_ns;
	while (r->next != WIRE_NEVER && r->next <= now + LEAD + BATCH)
		send_next(r);
}

static wire_time_t replay_next(const struct endpoint *ep)
{
	const struct replay *r = (const struct replay *)ep;

	return r->next == WIRE_NEVER || r->next < LEAD ? r->next : r->next - LEAD;
}

static bool replay_send(struct endpoint *ep, const void *frame, size_t len, wire_time_t now)
{
	(void)ep, (void)frame, (void)len, (void)now;
	return true;
}

static void replay_report(const struct endpoint *ep, FILE *f)
{
	const struct replay *r = (const struct replay *)ep;

	fprintf(f,
		"  \"replay\": {\n    \"frames\": %" PRIu64 ",\n    \"bytes\": %" PRIu64
		",\n    \"skipped\": %" PRIu64 ",\n    \"first_ps\": %" PRIu64
		",\n    \"last_ps\": %" PRIu64 ",\n    \"done\": %s\n  },\n",
		r->frames, r->bytes, r->skipped, r->first, r->last,
		r->next == WIRE_NEVER ? "true" : "false");
}

static void replay_close(struct endpoint *ep)
{
	struct replay *r = (struct replay *)ep;

	if (r->pcap)
		pcap_close(r->pcap);
	free(r);
}

static const struct endpoint_ops replay_ops = {
	.send = replay_send,
	.poll = replay_poll,
	.next = replay_next,
	.report = replay_report,
	.close = replay_close,
};

int endpoint_open_replay(struct endpoint **ep, const struct wire_config *config, char *why,
			 size_t why_len)
{
	struct replay *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		snprintf(why, why_len, "replay: out of memory");
		return -ENOMEM;
	}
	r->ep.ops = &replay_ops;
	r->original = true;
	r->loops = 1;
	err = settings_read(config->spec, known, sizeof(known) / sizeof(known[0]), r, why, why_len);
	if (err)
		goto err_replay;
	err = open_capture(r, why, why_len);
	if (err)
		goto err_replay;
	schedule_init(&r->schedule, &r->rate, 0, r->start);
	plan_next(r);
	*ep = &r->ep;
	return 0;

err_replay:
	replay_close(&r->ep);
	return err;
}
