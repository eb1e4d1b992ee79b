/* SPDX-License-Identifier: BSD-2-Clause */
/* A bench for wires in simulated time: a port that notes what arrives, and may echo it. */
#include "tests/unit/wire/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void digest(struct bench *bench, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		bench->digest = (bench->digest ^ p[i]) * 0x100000001b3u;
}

static bool receive(void *opaque, const void *frame, size_t len, wire_time_t start)
{
	struct bench *bench = opaque;
	const unsigned i = bench->frames;

	assert_true(i < BENCH_FRAMES);
	if (start < bench->line_free)
		start = bench->line_free;
	bench->line_free = start + wire_frame_time(len);
	bench->frame[i].start = start;
	bench->frame[i].len = (uint32_t)len;
	memset(&bench->frame[i].mark, 0, sizeof(bench->frame[i].mark));
	mark_find(frame, len, &bench->frame[i].mark);
	memcpy(bench->last, frame, len);
	digest(bench, frame, len);
	digest(bench, &start, sizeof(start));
	bench->frames++;
	if (bench->echo_after)
		wire_send(bench->wire, frame, len, bench->line_free + bench->echo_after);
	return true;
}

static wire_time_t free_at(void *opaque)
{
	return ((struct bench *)opaque)->line_free;
}

static void wake(void *opaque)
{
	((struct bench *)opaque)->woken++;
}

struct bench *bench_open(enum wire_kind kind, const char *spec)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const struct wire_port port = {
		.opaque = bench, .receive = receive, .free_at = free_at, .wake = wake};
	struct wire_config config = {.kind = kind};
	char why[512];

	snprintf(config.spec, sizeof(config.spec), "%s", spec);
	if (wire_open(&bench->wire, &config, &port, why, sizeof(why)))
		fail_msg("%s", why);
	return bench;
}

void bench_close(struct bench *bench)
{
	wire_close(bench->wire);
	free(bench);
}

void bench_run(struct bench *bench, wire_time_t end)
{
	for (wire_time_t t = wire_next(bench->wire); t <= end; t = wire_next(bench->wire)) {
		if (t > bench->now)
			bench->now = t;
		wire_poll(bench->wire, bench->now);
	}
	bench->now = end;
}

const char *bench_report(struct bench *bench)
{
	static char text[1 << 20];
	FILE *f = fmemopen(text, sizeof(text), "w");

	wire_report(bench->wire, f);
	fclose(f);
	return text;
}

unsigned long long bench_figure_after(const char *at, const char *start, const char *key)
{
	char name[64];

	at = strstr(at, start);
	assert_non_null(at);
	snprintf(name, sizeof(name), "\"%s\": ", key);
	at = strstr(at, name);
	assert_non_null(at);
	return strtoull(at + strlen(name), NULL, 10);
}

unsigned long long bench_figure(struct bench *bench, const char *section, const char *key)
{
	char start[64];

	snprintf(start, sizeof(start), "\"%s\": {", section);
	return bench_figure_after(bench_report(bench), start, key);
}
