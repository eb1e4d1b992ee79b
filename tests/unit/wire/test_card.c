/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator on the emulated card: line rate in its registers, echo by its driver, repeatable.
 */
#include "tests/unit/i82599/card.h"

#include <stdio.h>
#include <string.h>

#include "tools/wire/wire.h"

#define US   I82599_PS_PER_US
#define MS   (1000 * US)
#define RING 256u

#define GPRC 0x4074
#define MPC  0x3fa0
#define GPTC 0x4080

struct bench {
	struct card *card;
	struct wire *wire;
	unsigned next; /* descriptor to look at */
	unsigned sent;
	bool echoes;
};

static bool receive(void *opaque, const void *frame, size_t len, wire_time_t start)
{
	return i82599_receive_at(((struct bench *)opaque)->card->dev, frame, len, start);
}

static wire_time_t free_at(void *opaque)
{
	return i82599_wire_free_at(((struct bench *)opaque)->card->dev);
}

static void open_wire(struct bench *b, const char *spec)
{
	const struct wire_port port = {.opaque = b, .receive = receive, .free_at = free_at};
	struct wire_config config = {.kind = WIRE_GENERATOR};
	char why[512];

	snprintf(config.spec, sizeof(config.spec), "%s", spec);
	if (wire_open(&b->wire, &config, &port, why, sizeof(why)))
		fail_msg("%s", why);
}

/* The driver: gives each frame back to the wire and its buffer to the ring. */
static void serve(struct bench *b)
{
	uint64_t *rx = card_rx_descriptor(b->card, 0, b->next);
	const unsigned at = b->sent % RING;

	while (rx[1] & 1) {
		uint64_t *tx = card_tx_descriptor(b->card, 0, b->sent % RING);
		const uint64_t len = rx[1] >> 32 & 0xffff;
		const uint64_t buffer = RX_BUFFERS + 2048u * b->next;

		tx[0] = buffer;
		tx[1] = 0x3ull << 20 | 1ull << 29 | 1ull << 24 | 1ull << 25 | len | len << 46;
		rx[0] = buffer;
		rx[1] = 0;
		card_write(b->card, 0x1018, b->next);
		b->sent++;
		b->next = (b->next + 1) % RING;
		rx = card_rx_descriptor(b->card, 0, b->next);
	}
	if (b->sent % RING != at)
		card_write(b->card, 0x6018, b->sent % RING);
}

/* Puts what the card has just sent on the wire. */
static void collect(struct bench *b)
{
	size_t at = 0;

	while (at < b->card->sent_size) {
		const uint8_t *p = b->card->sent_bytes + at;
		const size_t len = p[0] | (size_t)p[1] << 8;

		wire_send(b->wire, p + 2, len, i82599_event_time(b->card->dev));
		at += len + 2;
	}
	b->card->sent_size = 0;
}

static void run(struct bench *b, i82599_time_t end)
{
	while (b->card->now < end) {
		const i82599_time_t asked = wire_next(b->wire);
		i82599_time_t next = b->card->wake < asked ? b->card->wake : asked;

		if (next > end)
			next = end;
		card_pass(b->card, next > b->card->now ? next - b->card->now : 0);
		collect(b);
		if (b->card->now >= asked)
			wire_poll(b->wire, b->card->now);
		if (b->echoes)
			serve(b);
	}
}

static void start(struct bench *b, void **state, const char *spec, bool echoes)
{
	*b = (struct bench){.card = *state, .echoes = echoes};
	card_start(b->card);
	card_rx_queue(b->card, 0, RING);
	card_tx_queue(b->card, 0, RING);
	open_wire(b, spec);
}

static void offered_rate_is_in_the_registers(void **state)
{
	struct bench b;
	uint32_t good;

	start(&b, state, "dst_mac=02:00:00:00:00:01;rate=line;size=64;start=1ms;flows=7", false);
	/* The first frame takes 67.2 ns to arrive. */
	run(&b, MS + 10 * MS + 67200);
	good = card_read(b.card, GPRC);
	assert_int_equal(good, 148810);
	assert_int_equal(card_read(b.card, MPC), good - 8192 - (RING - 1));
	assert_int_equal(wire_counts(b.wire).stalls, 0);
	wire_close(b.wire);
}

static void large_frames_are_fewer(void **state)
{
	struct bench b;

	start(&b, state, "dst_mac=02:00:00:00:00:01;rate=line;size=1518;start=1ms", false);
	run(&b, MS + 10 * MS + 1538 * 800);
	assert_int_equal(card_read(b.card, GPRC), 8128);
	wire_close(b.wire);
}

static void echo_at_line_rate_is_complete(void **state)
{
	static char first[1 << 16], second[1 << 16];

	for (int turn = 0; turn < 2; turn++) {
		void *card = NULL;
		struct bench b;
		FILE *f;

		card_setup(&card);
		start(&b, &card,
		      "dst_mac=02:00:00:00:00:01;rate=6000Mbps;arrivals=poisson;size=64:3/1518:1;"
		      "flows=50;ip=4;proto=mix;start=1ms;count=5000;seed=3",
		      true);
		run(&b, 20 * MS);
		assert_int_equal(card_read(b.card, GPTC), 5000);
		assert_int_equal(i82599_defects(b.card->dev).total, 0);
		f = fmemopen(turn ? second : first, sizeof(first), "w");
		wire_report(b.wire, f);
		fclose(f);
		wire_close(b.wire);
		card_teardown(&card);
	}
	assert_non_null(strstr(first, "\"missing\": 0,"));
	assert_non_null(strstr(first, "\"lost\": 0,"));
	assert_non_null(strstr(first, "\"reordered\": 0,"));
	assert_string_equal(first, second);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(offered_rate_is_in_the_registers, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(large_frames_are_fewer, card_setup, card_teardown),
		cmocka_unit_test(echo_at_line_rate_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
