/* SPDX-License-Identifier: BSD-2-Clause */
/* Wires that carry others' frames: replay of a capture, a second machine, a second port. */
#include "tests/unit/wire/bench.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/wire/capture.h"

#define US WIRE_PS_PER_US
#define MS WIRE_PS_PER_MS

/* Three frames, at 1 ms, 1.1 ms and 1.1 ms and 10 ns, of 60, 1514 and 60 bytes. */
static void write_capture(const char *path)
{
	static unsigned char frame[1514];
	struct capture *capture = NULL;
	char why[256];

	assert_int_equal(capture_open(&capture, path, why, sizeof(why)), 0);
	frame[0] = 1;
	capture_write(capture, frame, 60, MS);
	frame[0] = 2;
	capture_write(capture, frame, 1514, MS + 100 * US);
	frame[0] = 3;
	capture_write(capture, frame, 60, MS + 100 * US + 10000);
	capture_close(capture);
}

static struct bench *open_replay(const char *options)
{
	char path[] = "/tmp/replay-XXXXXX", spec[256];
	struct bench *bench;

	close(mkstemp(path));
	write_capture(path);
	snprintf(spec, sizeof(spec), "file=%s;start=5ms%s", path, options);
	bench = bench_open(WIRE_REPLAY, spec);
	bench_run(bench, 100 * MS);
	unlink(path);
	return bench;
}

static void replay_keeps_the_distances(void **state)
{
	struct bench *b = open_replay("");

	(void)state;
	assert_int_equal(b->frames, 3);
	assert_int_equal(b->frame[0].start, 5 * MS);
	assert_int_equal(b->frame[1].start, 5 * MS + 100 * US);
	/* 10 ns behind is not possible: the line is busy. */
	assert_int_equal(b->frame[2].start, 5 * MS + 100 * US + wire_frame_time(1514));
	assert_int_equal(b->frame[1].len, 1514);
	assert_int_equal(b->last[0], 3);
	assert_true(wire_next(b->wire) == WIRE_NEVER);
	assert_int_equal(bench_figure(b, "replay", "frames"), 3);
	bench_close(b);
}

static void replay_takes_another_rate_and_turns(void **state)
{
	struct bench *b = open_replay(";rate=100000pps;loops=4");

	(void)state;
	assert_int_equal(b->frames, 12);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(b->frame[i].start, 5 * MS + i * 10 * US);
	bench_close(b);
	b = open_replay(";loops=2");
	assert_int_equal(b->frames, 6);
	assert_int_equal(b->frame[3].start, b->frame[2].start + wire_frame_time(60));
	assert_int_equal(b->frame[4].start, b->frame[3].start + 100 * US);
	bench_close(b);
}

static void bad_captures_are_named(void **state)
{
	static const char *const rows[][2] = {
		{"file=/nowhere.pcap", "cannot read a capture: /nowhere.pcap"},
		{"file=/dev/null", "cannot read a capture"},
		{"rate=1", "rate=1: expected original"},
		{"loops=0", "loops=0: expected a number from 1"},
	};
	const struct wire_port port = {0};
	struct wire_config config = {.kind = WIRE_REPLAY};
	struct wire *wire = NULL;
	char why[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(config.spec, sizeof(config.spec), "%s", rows[i][0]);
		assert_true(wire_open(&wire, &config, &port, why, sizeof(why)) < 0);
		if (!strstr(why, rows[i][1]))
			fail_msg("'%s' says '%s'", rows[i][0], why);
	}
}

/* Polls, in simulated time, until the bench has seen so many frames; real time may pass. */
static void wait_for(struct bench *b, unsigned frames)
{
	for (int i = 0; i < 1000 && b->frames < frames; i++)
		bench_run(b, b->now + MS);
	assert_int_equal(b->frames, frames);
}

/* How often a wire has waited for its socket. */
static unsigned waits;

int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask);

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask)
{
	waits++;
	return __real_ppoll(fds, count, timeout, mask);
}

/* Time ahead of real time by a second: it is waited for, unless the host's time is the real one. */
static void only_simulated_time_is_held_back(void **state)
{
	static const bool real_time[] = {false, true};
	static const unsigned char frame[60] = {1};
	struct wire_config config = {.kind = WIRE_PEER};
	char why[512];

	(void)state;
	snprintf(config.spec, sizeof(config.spec), "/tmp/wire-pace-%d", (int)getpid());
	for (size_t i = 0; i < sizeof(real_time) / sizeof(real_time[0]); i++) {
		const struct wire_port port = {.real_time = real_time[i]};
		struct wire *wire = NULL, *other = NULL;

		assert_int_equal(wire_open(&wire, &config, &port, why, sizeof(why)), 0);
		assert_int_equal(wire_open(&other, &config, &port, why, sizeof(why)), 0);
		wire_poll(wire, MS);
		wire_send(wire, frame, sizeof(frame), 2 * MS);
		waits = 0;
		wire_poll(wire, 4 * MS);
		wire_poll(wire, 1004 * MS);
		assert_int_equal(!waits, real_time[i]);
		wire_close(other);
		wire_close(wire);
	}
}

static void peers_exchange_frames(void **state)
{
	static unsigned char frame[9014] = {1};
	char path[64];
	struct bench *a, *b;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/wire-peer-%d", (int)getpid());
	a = bench_open(WIRE_PEER, path);
	wire_send(a->wire, frame, 60, MS); /* nobody there */
	assert_int_equal(wire_counts(a->wire).from_nic_dropped, 1);
	b = bench_open(WIRE_PEER, path);
	wire_send(b->wire, frame, sizeof(frame), MS);
	wire_send(b->wire, frame, 60, MS);
	wait_for(a, 2);
	assert_int_equal(a->frame[0].len, sizeof(frame));
	assert_int_equal(a->frame[1].len, 60);
	wire_send(a->wire, frame, 61, MS);
	wait_for(b, 1);
	assert_int_equal(b->frame[0].len, 61);

	/* One goes and another comes; and nothing remains of the socket. */
	bench_close(b);
	bench_run(a, a->now + 10 * MS);
	b = bench_open(WIRE_PEER, path);
	wire_send(b->wire, frame, 62, MS);
	wait_for(a, 3);
	bench_close(a);
	assert_int_equal(access(path, F_OK), -1);
	bench_close(b);
}

/* Opens its end when told so (a byte), says that it has, and closes it when told to end. */
static void open_and_close(const char *path, int go, int done, int end)
{
	struct bench *bench;
	char byte;

	if (read(go, &byte, 1) != 1)
		exit(1);
	bench = bench_open(WIRE_PEER, path);
	if (write(done, "o", 1) != 1 || read(end, &byte, 1) != 1)
		exit(1);
	bench_close(bench);
	exit(0);
}

/* Two machines that start at once: one listens, and the other connects to it. */
static void peers_come_at_once(void **state)
{
	char path[64], bytes[2];
	int go[2], done[2], end[2], status;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/wire-peer-%d", (int)getpid());
	alarm(60); /* one that does not come would be waited for for ever */
	for (unsigned round = 0; round < 100; round++) {
		assert_int_equal(pipe(go) || pipe(end), 0);
		assert_int_equal(pipe(done), 0);
		for (unsigned i = 0; i < 2; i++)
			if (!fork())
				open_and_close(path, go[0], done[1], end[0]);
		close(done[1]);
		assert_int_equal(write(go[1], "gg", 2), 2);
		assert_int_equal(read(done[0], bytes, 1), 1);
		assert_int_equal(read(done[0], bytes, 1), 1);
		assert_int_equal(write(end[1], "ee", 2), 2);
		for (unsigned i = 0; i < 2; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
		}
		close(go[0]), close(go[1]), close(done[0]), close(end[0]), close(end[1]);
	}
	alarm(0);
}

static void slow_peer_loses_nothing(void **state)
{
	static unsigned char frame[9014] = {1};
	struct bench *a, *b;
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/wire-slow-%d", (int)getpid());
	a = bench_open(WIRE_PEER, path);
	b = bench_open(WIRE_PEER, path);
	for (unsigned i = 0; i < 2000; i++) { /* 18 MB: more than a socket holds */
		frame[0] = (unsigned char)i;
		wire_send(b->wire, frame, sizeof(frame), MS);
	}
	assert_int_equal(wire_counts(b->wire).from_nic_dropped, 0);
	for (int i = 0; i < 10000 && a->frames < 2000; i++) {
		bench_run(a, a->now + MS);
		bench_run(b, b->now + MS);
	}
	assert_int_equal(a->frames, 2000);
	assert_int_equal(a->last[0], 1999 & 255);
	bench_close(a);
	bench_close(b);
}

static void crossed_ports_see_each_other(void **state)
{
	struct bench *a = bench_open(WIRE_CROSS, ""), *b = bench_open(WIRE_CROSS, "");
	static unsigned char frame[1514] = {1};

	(void)state;
	wire_send(a->wire, frame, 60, MS);
	assert_int_equal(wire_counts(a->wire).from_nic_dropped, 1);
	wire_join(a->wire, b->wire);
	assert_true(wire_next(b->wire) == WIRE_NEVER);
	wire_send(a->wire, frame, sizeof(frame), 2 * MS);
	assert_int_equal(b->woken, 1);
	assert_true(wire_next(b->wire) <= 2 * MS);
	bench_run(b, 2 * MS);
	assert_int_equal(b->frames, 1);
	/* Its last bit arrives when it leaves. */
	assert_int_equal(b->line_free, 2 * MS);
	wire_send(b->wire, frame, 60, 3 * MS);
	bench_run(a, 3 * MS);
	assert_int_equal(a->frames, 1);
	bench_close(a);
	wire_send(b->wire, frame, 60, 4 * MS);
	assert_int_equal(wire_counts(b->wire).from_nic_dropped, 1);
	bench_close(b);
}

static void echo_sends_all_back_in_order(void **state)
{
	struct bench *b = bench_open(WIRE_ECHO, "");
	static unsigned char frame[1514] = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};
	static const unsigned char exchanged[12] = {11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6};

	(void)state;
	frame[1513] = 99;
	wire_send(b->wire, frame, 60, MS);
	wire_send(b->wire, frame, sizeof(frame), MS + 5 * US);
	assert_true(wire_next(b->wire) <= MS + 5 * US);
	bench_run(b, 2 * MS);
	assert_int_equal(b->frames, 2);
	assert_int_equal(b->frame[0].len, 60);
	assert_int_equal(b->frame[1].len, 1514);
	/* Stored and forwarded: it starts back when its last bit has arrived. */
	assert_int_equal(b->frame[1].start, MS + 5 * US);
	assert_memory_equal(b->last, exchanged, sizeof(exchanged));
	assert_memory_equal(b->last + 12, frame + 12, sizeof(frame) - 12);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_keeps_the_distances),
		cmocka_unit_test(replay_takes_another_rate_and_turns),
		cmocka_unit_test(bad_captures_are_named),
		cmocka_unit_test(only_simulated_time_is_held_back),
		cmocka_unit_test(peers_exchange_frames),
		cmocka_unit_test(peers_come_at_once),
		cmocka_unit_test(slow_peer_loses_nothing),
		cmocka_unit_test(crossed_ports_see_each_other),
		cmocka_unit_test(echo_sends_all_back_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
