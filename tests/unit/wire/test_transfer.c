/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP sender against a receiver that loses segments, and closes its window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/net/headers.h"
#include "tools/wire/checksum.h"
#include "tools/wire/transfer.h"

#define MS       WIRE_PS_PER_MS
#define PORT     9
#define SHIFT    3
#define SYN      0x02
#define RST      0x04
#define ACK      0x10
#define PEER     5000u
#define SEGMENT  1442u
#define FRAME    1500u
#define SEGMENTS 60000u
#define DELAY    (20 * WIRE_PS_PER_US)

static const struct flow_config flow = {.flows = 1,
					.src_mac = {{2, 0, 0, 0, 0, 1}, 1},
					.dst_mac = {{2, 0, 0, 0, 0, 2}, 1},
					.src_ip = {0x0a000264, 1},
					.dst_ip = {0x0a00020f, 1}};

struct peer {
	struct transfer t;
	wire_time_t now;
	uint32_t first, expected; /* numbers of the first byte, and of the next one missing */
	bool came[SEGMENTS];
	uint32_t window; /* in bytes */
	unsigned lose;   /* this data segment, counted from 1 */
	unsigned segments, resets;
	uint8_t flags; /* of the last frame */
	uint8_t sent[TRANSFER_FRAME_MAX];
};

static void answer(struct peer *p, uint8_t flags)
{
	uint8_t frame[64] = {0}, *ip = frame + 14, *tcp = frame + 34;
	const bool syn = flags & SYN;

	store_be16(frame + 12, 0x0800);
	ip[0] = 0x45;
	store_be16(ip + 2, syn ? 44 : 40);
	ip[9] = 6;
	store_be16(tcp, PORT);
	store_be16(tcp + 2, p->t.own_port);
	store_be32(tcp + 4, syn ? PEER : PEER + 1);
	store_be32(tcp + 8, p->expected);
	tcp[12] = syn ? 6 << 4 : 5 << 4;
	tcp[13] = flags;
	store_be16(tcp + 14, p->window >> (syn ? 0 : SHIFT));
	if (syn)
		memcpy(tcp + 20, (uint8_t[]){1, 3, 3, SHIFT}, 4);
	transfer_take(&p->t, frame, 60, p->now);
}

static void take(struct peer *p, size_t len)
{
	const uint8_t *ip = p->sent + 14, *tcp = p->sent + 34;
	const size_t data = len - 34 - (size_t)(tcp[12] >> 4) * 4;

	assert_int_equal(load_be16(ip + 2), len - 14);
	assert_int_equal(fold16(sum16(ip, 20, 0)), 0);
	p->flags = tcp[13];
	if (tcp[13] & RST) {
		p->resets++;
	} else if (tcp[13] & SYN) {
		p->first = p->expected = load_be32(tcp + 4) + 1;
		answer(p, SYN | ACK);
	} else if (!data || ++p->segments != p->lose) {
		if (data)
			p->came[(load_be32(tcp + 4) - p->first) / SEGMENT] = true;
		while (p->came[(p->expected - p->first) / SEGMENT])
			p->expected += SEGMENT;
		p->now += DELAY;
		answer(p, ACK);
	}
}

/* Until `end`, or nothing is due before. */
static void run(struct peer *p, wire_time_t end)
{
	for (;;) {
		const wire_time_t due = transfer_next(&p->t);
		size_t len;

		if (due > end || p->now > end)
			break;
		p->now = due > p->now ? due : p->now;
		len = transfer_send(&p->t, p->now, p->sent);
		if (len)
			take(p, len);
	}
	p->now = end > p->now ? end : p->now;
}

static void start(struct peer *p, uint32_t window)
{
	memset(p, 0, sizeof(*p));
	p->window = window;
	transfer_begin(&p->t, &flow, PORT, FRAME, 0);
	assert_true(transfer_next(&p->t) == 0);
	run(p, MS);
}

static void opens_and_sends(void **state)
{
	static struct peer p;

	(void)state;
	start(&p, 65000);
	assert_int_equal(p.t.state, TRANSFER_OPEN);
	run(&p, 20 * MS);
	assert_true(p.segments > 900); /* one each 20 us */
	assert_int_equal(p.t.repeated, 0);
	assert_int_equal(p.t.acknowledged, (uint64_t)p.segments * SEGMENT);
}

static void congestion_window_opens(void **state)
{
	static struct peer p;

	(void)state;
	start(&p, 65000);
	run(&p, 20 * MS);
	assert_true(p.t.allowed >= 65000);
}

static void lost_segment_is_sent_again(void **state)
{
	static struct peer p;

	(void)state;
	memset(&p, 0, sizeof(p));
	p.lose = 30;
	p.window = 65000;
	transfer_begin(&p.t, &flow, PORT, FRAME, 0);
	run(&p, 20 * MS);
	assert_int_equal(p.t.repeated, 1);
	assert_false(p.t.recovering);
	assert_true(p.t.acknowledged > 500 * SEGMENT);
	assert_true(p.t.threshold < 65000);
}

static void timeout_begins_anew(void **state)
{
	static struct peer p;

	(void)state;
	start(&p,
	      SEGMENT + 8); /* one segment under way at a time: no duplicates tell of its loss */
	p.lose = p.segments + 1;
	run(&p, 5 * MS);
	assert_int_equal(p.segments, p.lose);
	run(&p, 400 * MS);
	assert_int_equal(p.t.repeated, 1);
	assert_true(p.segments > p.lose + 100);
}

static void closed_window_is_asked_about(void **state)
{
	static struct peer p;
	unsigned before;

	(void)state;
	start(&p, 65000);
	p.window = 0;
	run(&p, 2 * MS);
	before = p.segments;
	run(&p, 100 * MS);
	assert_int_equal(p.segments, before);
	p.window = 65000; /* its update gets lost */
	run(&p, 900 * MS);
	assert_true(p.segments > before);
}

static void end_resets(void **state)
{
	static struct peer p;
	uint16_t port;

	(void)state;
	start(&p, 65000);
	port = p.t.own_port;
	transfer_end(&p.t);
	run(&p, p.now + MS);
	assert_int_equal(p.resets, 1);
	assert_true(transfer_next(&p.t) == WIRE_NEVER);
	/* A peer that missed it is told by the number it expects. */
	answer(&p, ACK);
	run(&p, p.now + MS);
	assert_int_equal(p.resets, 2);
	assert_int_equal(load_be32(p.sent + 38), p.expected);
	transfer_begin(&p.t, &flow, PORT, FRAME, p.now);
	assert_int_equal(p.t.own_port, port + 1);
}

static void strangers_are_ignored(void **state)
{
	static struct peer p;
	uint8_t frame[60] = {[12] = 8, [14] = 0x45, [23] = 6};

	(void)state;
	start(&p, 65000);
	for (size_t len = 0; len <= sizeof(frame); len++)
		assert_true(transfer_take(&p.t, frame, len, p.now) == 0);
	/* Of ours, but with a header that is longer than the frame. */
	store_be16(frame + 34, PORT);
	store_be16(frame + 36, p.t.own_port);
	frame[46] = 0xf0;
	frame[47] = ACK;
	assert_true(transfer_take(&p.t, frame, sizeof(frame), p.now) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_sends),
		cmocka_unit_test(congestion_window_opens),
		cmocka_unit_test(lost_segment_is_sent_again),
		cmocka_unit_test(timeout_begins_anew),
		cmocka_unit_test(closed_window_is_asked_about),
		cmocka_unit_test(end_resets),
		cmocka_unit_test(strangers_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
