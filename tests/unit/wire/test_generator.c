/* SPDX-License-Identifier: BSD-2-Clause */
/* Generator and sink at a wire: rates offered, what the sink finds, and that runs repeat. */
#include "tests/unit/wire/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/net/headers.h"
#include "tools/wire/command.h"
#include "tools/wire/sink.h"

#define US  WIRE_PS_PER_US
#define MS  WIRE_PS_PER_MS
#define DST "dst_mac=52:54:00:12:34:56;"

static void line_rate_is_offered(void **state)
{
	struct bench *b =
		bench_open(WIRE_GENERATOR, DST "rate=line;flows=3;start=2ms;duration=10ms");

	(void)state;
	bench_run(b, 100 * MS);
	assert_int_equal(b->frames, 148810); /* 14.88 million a second */
	for (unsigned i = 0; i < b->frames; i++) {
		assert_int_equal(b->frame[i].start, 2 * MS + i * 67200ull);
		assert_int_equal(b->frame[i].len, 60);
		assert_int_equal(b->frame[i].mark.time, b->frame[i].start);
		assert_int_equal(b->frame[i].mark.sequence, i);
		assert_int_equal(b->frame[i].mark.flow, i % 3);
		assert_int_equal(b->frame[i].mark.flow_sequence, i / 3);
	}
	assert_true(wire_next(b->wire) == WIRE_NEVER);
	assert_int_equal(bench_figure(b, "generator", "frames"), 148810);
	assert_int_equal(bench_figure(b, "sink", "missing"), 148810);
	bench_close(b);

	b = bench_open(WIRE_GENERATOR, DST "rate=line;size=1518;duration=10ms");
	bench_run(b, 100 * MS);
	assert_int_equal(b->frames, 8128); /* 0.8127 million a second */
	bench_close(b);
}

static void echo_is_measured(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=100000pps;flows=10;count=5000");

	(void)state;
	b->echo_after = 5 * US;
	bench_run(b, 100 * MS);
	assert_int_equal(bench_figure(b, "sink", "frames"), 5000);
	assert_int_equal(bench_figure(b, "sink", "flows"), 10);
	assert_int_equal(bench_figure(b, "sink", "missing"), 0);
	assert_int_equal(bench_figure(b, "sink", "lost"), 0);
	assert_int_equal(bench_figure(b, "sink", "reordered"), 0);
	assert_int_equal(bench_figure(b, "sink", "min"), 5 * US + 67200);
	assert_int_equal(bench_figure(b, "sink", "max"), 5 * US + 67200);
	assert_int_equal(bench_figure(b, "sink", "p99"), 5 * US + 67200);
	bench_close(b);
}

/* Marks of another generator, of a flow that this one has too and of one that it has not. */
static void foreign_frames_are_not_missing(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "count=3");
	uint8_t frame[60] = {[12] = 8, [14] = 0x45, [23] = 17};

	(void)state;
	bench_run(b, MS);
	for (uint32_t n = 0; n < 10; n++) {
		const struct mark mark = {(uint16_t)(n % 2), n / 2, n, MS};

		mark_put(frame + 34, false, &mark);
		wire_send(b->wire, frame, sizeof(frame), MS + n);
	}
	assert_int_equal(bench_figure(b, "sink", "missing"), 0);
	assert_int_equal(bench_figure(b, "sink", "frames"), 10);
	bench_close(b);
}

static void weights_of_sizes_hold(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=line;size=64:7/594:4/1518:1;"
							 "count=120000;flows=2");
	unsigned small = 0, large = 0, of_flow = 0;

	(void)state;
	bench_run(b, 1000 * MS);
	assert_int_equal(b->frames, 120000);
	for (unsigned i = 0; i < b->frames; i++) {
		small += b->frame[i].len == 60;
		large += b->frame[i].len == 1514;
		of_flow += b->frame[i].len == 1514 && b->frame[i].mark.flow;
		if (i)
			assert_int_equal(b->frame[i].start,
					 b->frame[i - 1].start +
						 wire_frame_time(b->frame[i - 1].len));
	}
	assert_in_range(small, 69000, 71000);
	assert_in_range(large, 9700, 10300);
	assert_in_range(of_flow, 4800, 5200);
	bench_close(b);
}

static void runs_repeat_bit_for_bit(void **state)
{
	static const char spec[] = DST "rate=2000Mbps;arrivals=poisson;flows=1000;ip=mix;proto=mix;"
				       "size=84:1/1518:1;on=50us;off=70us;seed=9;count=50000";
	uint64_t digest = 0;

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct bench *b = bench_open(WIRE_GENERATOR, spec);

		b->echo_after = US;
		bench_run(b, 1000 * MS);
		assert_int_equal(b->frames, 50000);
		if (turn)
			assert_int_equal(b->digest, digest);
		digest = b->digest;
		bench_close(b);
	}
}

static void destination_is_asked_for(void **state)
{
	struct bench *b =
		bench_open(WIRE_GENERATOR, "resolve=10.0.2.15;start=1ms;rate=1000000pps;count=10");
	uint8_t answer[60];

	(void)state;
	bench_run(b, 350 * MS);
	assert_int_equal(b->frames, 4); /* every 100 ms */
	assert_int_equal(load_be16(b->last + 20), 1);
	assert_int_equal(load_be32(b->last + 38), 0x0a00020f);

	memcpy(answer, b->last, sizeof(answer));
	memset(answer + 6, 0xaa, 6);
	answer[21] = 2;
	memset(answer + 22, 0xaa, 6);
	memcpy(answer + 28, b->last + 38, 4);
	wire_send(b->wire, answer, sizeof(answer), 350 * MS);
	bench_run(b, 400 * MS);
	assert_int_equal(b->frames, 14);
	assert_int_equal(b->last[0], 0xaa);
	assert_int_equal(b->frame[4].start, 350 * MS + US);
	assert_int_equal(b->frame[13].start, 350 * MS + 10 * US);
	bench_close(b);
}

static void silent_one_only_measures(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, "rate=none");

	(void)state;
	assert_true(wire_next(b->wire) == WIRE_NEVER);
	wire_send(b->wire, b->last, 60, MS);
	assert_int_equal(bench_figure(b, "sink", "unmarked"), 1);
	assert_null(strstr(bench_report(b), "missing"));
	bench_close(b);
}

static void send_datagram(struct bench *b, uint16_t port, const char *text, wire_time_t now)
{
	uint8_t frame[200] = {[12] = 8, [14] = 0x45, [23] = 17};
	const size_t len = strlen(text);

	store_be16(frame + 36, port);
	store_be16(frame + 38, (uint32_t)(8 + len));
	memcpy(frame + 42, text, len);
	wire_send(b->wire, frame, 42 + len, now);
}

static void command(struct bench *b, const char *text, wire_time_t now)
{
	send_datagram(b, COMMAND_PORT, text, now);
}

static void machine_commands_loads(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=none;flows=2;size=100");

	(void)state;
	bench_run(b, MS);
	assert_int_equal(b->frames, 0);
	command(b, "rate=1000000pps;count=10\n", MS);
	bench_run(b, 2 * MS);
	assert_int_equal(b->frames, 10);
	assert_int_equal(b->frame[9].len, 96);
	assert_true(b->frame[0].start > MS && b->frame[0].start < MS + 10 * US);
	/* What the first one said no longer holds, but numbers go on. */
	command(b, "rate=100000pps;size=64;duration=1ms", 2 * MS);
	bench_run(b, 4 * MS);
	assert_int_equal(b->frames, 110);
	assert_int_equal(b->frame[109].len, 60);
	assert_int_equal(b->frame[109].mark.flow_sequence, 54);
	command(b, "rate=100000pps", 4 * MS);
	bench_run(b, 5 * MS);
	command(b, "rate=none", 5 * MS);
	bench_run(b, 6 * MS);
	assert_in_range(b->frames, 205, 215);
	assert_int_equal(bench_figure(b, "generator", "commands"), 4);
	assert_int_equal(bench_figure(b, "generator", "commands_refused"), 0);
	bench_close(b);
}

/* A figure of the load of these settings. */
static unsigned long long load_figure(struct bench *b, const char *settings, const char *key)
{
	char start[64];

	snprintf(start, sizeof(start), "\"%s\", ", settings);
	return bench_figure_after(strstr(bench_report(b), "\"loads\""), start, key);
}

static void answers_start_requests(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=none");
	uint8_t old[60];

	(void)state;
	command(b, "rate=1000pps;count=1", MS);
	bench_run(b, 2 * MS);
	memcpy(old, b->last, sizeof(old));
	command(b, "outstanding=2;size=64", 2 * MS);
	bench_run(b, 3 * MS);
	assert_int_equal(b->frames, 3);
	/* What the load before sent starts nothing. */
	wire_send(b->wire, old, sizeof(old), 3 * MS);
	bench_run(b, 4 * MS);
	assert_int_equal(b->frames, 3);
	for (unsigned i = 0; i < 100; i++) {
		wire_send(b->wire, b->last, 60, b->now + 20 * US);
		bench_run(b, b->now + 30 * US);
	}
	assert_int_equal(b->frames, 103);
	assert_int_equal(load_figure(b, "rate=1000pps;count=1", "answers"), 0);
	assert_int_equal(load_figure(b, "outstanding=2;size=64", "answers"), 100);
	assert_in_range(load_figure(b, "outstanding=2;size=64", "p50"), 19 * US, 31 * US);
	/* All get lost, and patience ends. */
	bench_run(b, b->now + 90 * MS);
	assert_int_equal(b->frames, 103);
	bench_run(b, b->now + 20 * MS);
	assert_int_equal(b->frames, 105);
	command(b, "rate=none", b->now);
	assert_true(wire_next(b->wire) == WIRE_NEVER);
	bench_close(b);
}

static void transfer_asks_for_a_connection(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=none");

	(void)state;
	command(b, "tcp=9;size=1500", MS);
	bench_run(b, 2 * MS);
	assert_int_equal(b->frames, 1);
	assert_int_equal(b->last[34 + 13], 2); /* SYN */
	/* Nobody answers: again and again. */
	bench_run(b, 1000 * MS);
	assert_in_range(b->frames, 2, 4);
	command(b, "rate=none", 1000 * MS);
	command(b, "tcp=9;size=64/1500", 1001 * MS);
	assert_int_equal(bench_figure(b, "generator", "commands_refused"), 1);
	assert_true(wire_next(b->wire) == WIRE_NEVER);
	bench_close(b);
}

static void notes_are_reported(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=none");
	const char *report;

	(void)state;
	send_datagram(b, NOTE_PORT, "first \"line\"\nsec", MS);
	send_datagram(b, NOTE_PORT, "ond\n\tthird", MS);
	report = bench_report(b);
	assert_non_null(
		strstr(report, "\"first \\\"line\\\"\",\n    \"second\",\n    \"\\u0009third\"]"));
	bench_close(b);
}

static void wrong_commands_change_nothing(void **state)
{
	struct bench *b = bench_open(WIRE_GENERATOR, DST "rate=1000pps");

	(void)state;
	command(b, "rate=fast", MS);
	command(b, "/etc/passwd", MS);
	command(b, "size=10", MS);
	bench_run(b, 10 * MS);
	assert_in_range(b->frames, 10, 11);
	assert_int_equal(bench_figure(b, "generator", "commands_refused"), 3);
	bench_close(b);
}

static void take(struct sink *sink, uint32_t sequence)
{
	uint8_t frame[60] = {[12] = 8, [14] = 0x45, [23] = 17};
	const struct mark mark = {7, sequence, 0, 0};

	mark_put(frame + 34, false, &mark);
	sink_take(sink, frame, sizeof(frame), US);
}

static void expect(const struct sink *sink, uint64_t lost, uint64_t reordered, uint64_t duplicated,
		   uint64_t stale)
{
	const struct sink_totals t = sink_totals(sink);

	assert_int_equal(t.lost, lost);
	assert_int_equal(t.reordered, reordered);
	assert_int_equal(t.duplicated, duplicated);
	assert_int_equal(t.stale, stale);
}

static void sink_tells_faults_apart(void **state)
{
	struct sink sink;

	(void)state;
	assert_true(sink_init(&sink));
	for (uint32_t n = 0; n < 10; n++)
		take(&sink, n);
	expect(&sink, 0, 0, 0, 0);
	take(&sink, 12); /* 10 and 11 are missing */
	expect(&sink, 2, 0, 0, 0);
	take(&sink, 11); /* one of them came late */
	expect(&sink, 1, 1, 0, 0);
	take(&sink, 11);
	take(&sink, 5);
	take(&sink, 12);
	expect(&sink, 1, 1, 3, 0);
	take(&sink, 13 + SINK_WINDOW); /* a long gap; what was seen before is forgotten */
	expect(&sink, 1 + SINK_WINDOW, 1, 3, 0);
	take(&sink, 13);
	expect(&sink, 1 + SINK_WINDOW, 1, 3, 1);
	take(&sink, 14);
	take(&sink, 14);
	expect(&sink, SINK_WINDOW, 2, 4, 1);
	sink_free(&sink);
}

static void sink_survives_wrapping_and_nonsense(void **state)
{
	struct sink sink;

	(void)state;
	assert_true(sink_init(&sink));
	take(&sink, 0x7ffffff0);
	take(&sink, 0xffffffe0);
	take(&sink, 0xffffffff);
	take(&sink, 0);
	take(&sink, 1);
	take(&sink, 0xffffffff);
	assert_int_equal(sink.flows[7].next, 0x100000002ull);
	assert_int_equal(sink_totals(&sink).duplicated, 1);
	for (unsigned i = 0; i < 10000; i++)
		take(&sink, (uint32_t)rand() * 2654435761u);
	sink_free(&sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_rate_is_offered),
		cmocka_unit_test(echo_is_measured),
		cmocka_unit_test(foreign_frames_are_not_missing),
		cmocka_unit_test(weights_of_sizes_hold),
		cmocka_unit_test(runs_repeat_bit_for_bit),
		cmocka_unit_test(destination_is_asked_for),
		cmocka_unit_test(silent_one_only_measures),
		cmocka_unit_test(machine_commands_loads),
		cmocka_unit_test(answers_start_requests),
		cmocka_unit_test(transfer_asks_for_a_connection),
		cmocka_unit_test(notes_are_reported),
		cmocka_unit_test(wrong_commands_change_nothing),
		cmocka_unit_test(sink_tells_faults_apart),
		cmocka_unit_test(sink_survives_wrapping_and_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
