// SPDX-License-Identifier: BSD-2-Clause
/* The traffic guest's sink says of any stream what the wire's sink says of it. */
#include "guest/bare/traffic/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tools/wire/mark.h"
#include "tools/wire/sink.h"

#define FRAME_BYTES 80
#define FLOWS       4u
#define FRAMES      20000u

static uint32_t seed;

static uint32_t next_random(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void make_frame(uint8_t *frame, bool tcp, bool ip6, uint16_t flow, uint32_t sequence)
{
	const struct mark mark = {.flow = flow, .flow_sequence = sequence, .sequence = sequence};
	unsigned l4 = ip6 ? 54 : 34;

	memset(frame, 0, FRAME_BYTES);
	frame[12] = ip6 ? 0x86 : 0x08;
	frame[13] = ip6 ? 0xdd : 0x00;
	frame[14] = ip6 ? 0x60 : 0x45;
	frame[ip6 ? 20 : 23] = tcp ? 6 : 17;
	mark_put(frame + l4, tcp, &mark);
}

static void compare(const struct sink *wire)
{
	struct sink_totals expected = sink_totals(wire);
	struct guest_totals totals;

	guest_sink_sum(&totals);
	assert_int_equal(totals.frames, wire->frames);
	assert_int_equal(totals.flows, expected.flows);
	assert_int_equal(totals.lost, expected.lost);
	assert_int_equal(totals.reordered, expected.reordered);
	assert_int_equal(totals.duplicated, expected.duplicated);
	assert_int_equal(totals.stale, expected.stale);
}

/* What a bad network makes of a flow's number: mostly the next, some lost, late or twice. */
static uint32_t choose(uint32_t *next, unsigned harm)
{
	uint32_t chance = next_random(1000);

	if (chance < harm)
		*next += 1 + next_random(harm > 500 ? 3000 : 5);
	else if (chance<2 * harm && * next> 2000)
		return *next - 1 - next_random(2000);
	return (*next)++;
}

static void test_same_as_wire(void **state)
{
	static const unsigned harms[] = {0, 5, 100, 400, 600};

	(void)state;
	for (unsigned i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		uint32_t next[FLOWS] = {0};
		uint8_t frame[FRAME_BYTES];
		struct sink wire;

		guest_sink_init();
		assert_true(sink_init(&wire));
		for (unsigned n = 0; n < FRAMES; n++) {
			uint16_t flow = (uint16_t)next_random(FLOWS);

			make_frame(frame, n & 1, n & 2, flow, choose(&next[flow], harms[i]));
			assert_true(guest_sink_take(frame, FRAME_BYTES));
			sink_take(&wire, frame, FRAME_BYTES, n);
		}
		compare(&wire);
		sink_free(&wire);
	}
}

static void test_unmarked(void **state)
{
	uint8_t frame[FRAME_BYTES];

	(void)state;
	guest_sink_init();
	make_frame(frame, false, false, 0, 0);
	assert_false(guest_sink_take(frame, 34 + 25));
	assert_true(guest_sink_take(frame, 34 + 26));
	frame[42] ^= 1;
	assert_false(guest_sink_take(frame, FRAME_BYTES));
	make_frame(frame, false, false, 0, 1);
	frame[23] = 1; /* ICMP */
	assert_false(guest_sink_take(frame, FRAME_BYTES));
	make_frame(frame, false, false, 0, 1);
	frame[13] = 6; /* ARP */
	assert_false(guest_sink_take(frame, FRAME_BYTES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_wire),
		cmocka_unit_test(test_unmarked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
