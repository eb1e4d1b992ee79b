/* SPDX-License-Identifier: BSD-2-Clause */
/* Reception: filters, VLAN, checksums verified, buffers, full rings, pacing and statistics. */
#include "tests/unit/i82599/card.h"

#include <string.h>

#include "tools/i82599/parse.h"

#define DD_EOP 3u

static void start(struct card *card)
{
	card_start(card);
	card_rx_queue(card, 0, 64);
}

/* How many descriptors of queue 0 are done. */
static unsigned done(struct card *card)
{
	unsigned n = 0;

	while (card_rx_descriptor(card, 0, n)[1] & 1)
		n++;
	return n;
}

static void test_address_filters(void **state)
{
	static const uint8_t own[] = {2, 0, 0, 0, 0, 1}, other[] = {2, 0, 0, 0, 0, 9},
			     all[] = {255, 255, 255, 255, 255, 255},
			     group[] = {1, 0, 0x5e, 0, 0x12, 0x34}, second[] = {2, 0, 0, 0, 0, 7};
	static const struct {
		const uint8_t *to;
		uint32_t fctrl, mcstctrl;
		bool taken;
	} rows[] = {
		{own, 0, 0, true},       {other, 0, 0, false},  {other, 0x200, 0, true},
		{all, 0, 0, false},      {all, 0x400, 0, true}, {group, 0, 0, false},
		{group, 0x100, 0, true}, {group, 0, 4, true},   {group, 0x600, 0, false},
		{second, 0, 0, true},
	};
	struct card *card = *state;
	uint8_t frame[60];
	unsigned taken = 0;

	start(card);
	card_write(card, 0x5200 + 4 * (0x341 >> 5), 1u << (0x341 & 31)); /* MTA: bits 47:36 */
	card_write(card, 0xa200 + 8 * 100, 2);
	card_write(card, 0xa204 + 8 * 100, 0x80000700);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		card_frame(frame, 0x0806, 60);
		memcpy(frame, rows[i].to, 6);
		card_write(card, 0x5080, rows[i].fctrl);
		card_write(card, 0x5090, rows[i].mcstctrl);
		card_receive(card, frame, 60);
		taken += rows[i].taken;
		assert_int_equal(done(card), taken);
	}
	assert_int_equal(i82599_wire_counts(card->dev).rx_filtered,
			 sizeof(rows) / sizeof(rows[0]) - taken);
}

static void test_vlan(void **state)
{
	struct card *card = *state;
	const uint64_t *q = card_rx_descriptor(card, 0, 0);
	uint8_t frame[80];

	start(card);
	card_frame(frame, 0x8100, 80);
	frame[14] = 0x20;
	frame[15] = 0x05; /* VLAN 5, priority 1 */
	card_receive(card, frame, 80);
	assert_int_equal(q[1] & 0xf, DD_EOP | 8);
	assert_int_equal(q[1] >> 32, 0x20050000 | 80);
	assert_memory_equal(card_bytes(card, RX_BUFFERS), frame, 80);
	card_write(card, 0x1028, 1u << 25 | 1u << 30); /* strip */
	card_receive(card, frame, 80);
	assert_int_equal(q[3] >> 32, 0x20050000 | 76);
	assert_memory_equal(card_bytes(card, RX_BUFFERS + 2048), frame, 12);
	assert_memory_equal((uint8_t *)card_bytes(card, RX_BUFFERS + 2048) + 12, frame + 16, 64);
	card_write(card, 0x5088, 0x40008100); /* filter: VLAN 5 is not in the table */
	card_receive(card, frame, 80);
	assert_int_equal(done(card), 2);
	card_write(card, 0xa000, 1u << 5);
	card_receive(card, frame, 80);
	assert_int_equal(done(card), 3);
}

/* A UDP or TCP frame over IPv4 with right checksums. */
static size_t ip_frame(uint8_t *frame, uint8_t proto)
{
	uint8_t *ip = frame + 14, *l4 = ip + 20;
	unsigned at = proto == 6 ? 16 : 6;
	uint16_t sum;

	card_frame(frame, 0x0800, 74);
	memcpy(ip, "\x45\0\0\x3c\0\1\0\0\x40\0\0\0\xc0\xa8\0\1\xc0\xa8\0\2", 20);
	ip[9] = proto;
	l4[12] = 0x50;
	if (proto == 17)
		memcpy(l4 + 4, "\0\x28", 2);
	sum = (uint16_t)~nic_fold(nic_sum(ip, 20, 0));
	store_be16(ip + 10, sum);
	store_be16(l4 + at, 0);
	sum = (uint16_t)~nic_fold(nic_sum(l4, 40, nic_sum(ip + 12, 8, proto + 40u)));
	store_be16(l4 + at, sum);
	return 74;
}

static void test_checksums(void **state)
{
	static const struct {
		uint8_t proto;
		uint8_t spoil; /* byte of the frame to change */
		uint32_t status, type;
	} rows[] = {
		{6, 0, 0x60, 0x110},         {17, 0, 0x70, 0x210},       {6, 60, 0x40000060, 0x110},
		{17, 60, 0x40000070, 0x210}, {6, 22, 0x80000060, 0x110}, {1, 0, 0x40, 0x10},
	};
	struct card *card = *state;
	uint8_t frame[74];

	start(card);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t *q = card_rx_descriptor(card, 0, i);

		ip_frame(frame, rows[i].proto);
		if (rows[i].spoil)
			frame[rows[i].spoil] ^= 1;
		card_receive(card, frame, 74);
		assert_int_equal((uint32_t)q[1], rows[i].status | DD_EOP);
		assert_int_equal(q[0] & 0xffff, rows[i].type);
	}
}

/* DESCTYPE 000b, as after reset: the buffer's address stays, length, status and errors move. */
static void test_legacy_descriptors(void **state)
{
	static const struct {
		uint8_t proto;
		uint8_t spoil; /* byte of the frame to change */
		uint64_t second;
	} rows[] = {
		{6, 0, 0x006300000000 | 74},  {17, 0, 0x007300000000 | 74},
		{6, 60, 0x406300000000 | 74}, {6, 22, 0x806300000000 | 74},
		{1, 0, 0x004300000000 | 74},
	};
	struct card *card = *state;
	uint8_t frame[74];

	start(card);
	card_write(card, 0x1014, 0x402);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t *q = card_rx_descriptor(card, 0, i);

		ip_frame(frame, rows[i].proto);
		if (rows[i].spoil)
			frame[rows[i].spoil] ^= 1;
		card_receive(card, frame, 74);
		assert_int_equal(q[0], RX_BUFFERS + 2048 * i);
		assert_int_equal(q[1], rows[i].second);
		assert_memory_equal(card_bytes(card, q[0]), frame, 74);
	}
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

/* The tag is in bits 63:48; a frame over several buffers has EOP, status and tag in the last. */
static void test_legacy_tag_and_buffers(void **state)
{
	struct card *card = *state;
	const uint64_t *q = card_rx_descriptor(card, 0, 0);
	uint8_t frame[1500];

	start(card);
	card_write(card, 0x1014, 0x401);
	card_write(card, 0x1028, 1u << 25 | 1u << 30); /* strip */
	card_frame(frame, 0x8100, sizeof(frame));
	frame[14] = 0x20;
	frame[15] = 0x05; /* VLAN 5, priority 1 */
	card_receive(card, frame, sizeof(frame));
	assert_int_equal(q[1], 0x000100000000 | 1024);
	assert_int_equal(q[3], 0x2005000b00000000 | (1496 - 1024));
	assert_memory_equal(card_bytes(card, q[0]), frame, 12);
	assert_memory_equal((uint8_t *)card_bytes(card, q[0]) + 12, frame + 16, 1012);
	assert_memory_equal(card_bytes(card, q[2]), frame + 1028, 472);
}

static void test_jumbo_in_many_buffers(void **state)
{
	struct card *card = *state;
	const uint64_t *q = card_rx_descriptor(card, 0, 0);
	static uint8_t frame[9014];

	start(card);
	card_frame(frame, 0x0806, sizeof(frame));
	card_receive(card, frame, sizeof(frame)); /* longer than 1518 without JUMBOEN */
	assert_int_equal(done(card), 0);
	assert_int_equal(card_read(card, 0x40ac), 1); /* ROC */
	card_write(card, 0x4240, 0x08012c0f);
	card_write(card, 0x4268, 9018u << 16);
	card_receive(card, frame, sizeof(frame));
	assert_int_equal(done(card), 5);
	for (unsigned n = 0; n < 5; n++) {
		assert_int_equal(q[2 * n + 1] & 3, n == 4 ? 3 : 1);
		assert_int_equal(q[2 * n + 1] >> 32 & 0xffff, n == 4 ? 9014 - 4 * 2048 : 2048);
	}
	assert_memory_equal(card_bytes(card, RX_BUFFERS), frame, sizeof(frame));
}

static void test_full_ring(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	card_start(card);
	card_rx_queue(card, 0, 8);
	card_frame(frame, 0x0806, 60);
	for (unsigned i = 0; i < 10; i++)
		card_receive(card, frame, 60);
	assert_int_equal(done(card), 7);
	card_rx_descriptor(card, 0, 0)[0] = RX_BUFFERS;
	card_write(card, 0x1018, 1); /* two more buffers: the waiting frames come */
	assert_int_equal(card_read(card, 0x1010), 1);
	card_write(card, 0x1014, 0x12000402); /* DROP_EN: the third goes, and so do later ones */
	card_receive(card, frame, 60);
	assert_int_equal(i82599_wire_counts(card->dev).rx_no_descriptor, 2);
	assert_int_equal(card_read(card, 0x1430), 2); /* QPRDC */
	assert_int_equal(card_read(card, 0x1430), 0);
	assert_int_equal(card_read(card, 0x1030), 9); /* QPRC */
	assert_int_equal(i82599_wire_counts(card->dev).rx_overflow, 0);
}

/* A full queue blocks the others until it is disabled. */
static void test_blocked_by_full_queue(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	start(card);
	card_rx_queue(card, 1, 8);
	card_write(card, 0x5128, 0x80000000 | 0x1234);
	card_write(card, 0xec00, 0x80010000);
	for (unsigned i = 0; i < 10; i++)
		card_receive(card, frame, card_frame(frame, i < 8 ? 0x1234 : 0x0806, 60));
	assert_int_equal(done(card), 0);
	card_write(card, 0x1068, 0);
	assert_int_equal(done(card), 2);
	assert_int_equal(i82599_wire_counts(card->dev).rx_filtered, 1);
}

/* Offer frames of len bytes at line rate for a millisecond. */
static unsigned flood(struct card *card, uint8_t *frame, size_t len)
{
	i82599_time_t end = card->now + 1000 * I82599_PS_PER_US;
	uint64_t before = i82599_wire_counts(card->dev).rx_frames;

	card_frame(frame, 0x0806, len);
	while (card->now < end) {
		while (i82599_receive(card->dev, frame, len))
			;
		card_pass(card, i82599_wire_free_at(card->dev) - card->now);
	}
	return (unsigned)(i82599_wire_counts(card->dev).rx_frames - before);
}

static void test_line_rate_and_overflow(void **state)
{
	struct card *card = *state;
	uint8_t frame[1514];
	unsigned got;

	start(card);
	got = flood(card, frame, 60);
	assert_in_range(got, 14880, 14882);
	/* 63 in the ring; the packet buffer holds 512 KB of 64-byte frames; the rest is lost */
	assert_int_equal(done(card), 63);
	assert_int_equal(i82599_wire_counts(card->dev).rx_overflow, got - 63 - 8192);
	card_pass(card, 100 * I82599_PS_PER_US);
	got = flood(card, frame, 1514);
	assert_in_range(got, 812, 814);
	assert_int_equal(card_read(card, 0x3fa0), i82599_wire_counts(card->dev).rx_overflow);
	assert_int_equal(card_read(card, 0x3fa0), 0);
}

static void test_start_on_the_wire(void **state)
{
	const i82599_time_t taken = 84 * 800;
	struct card *card = *state;
	uint8_t frame[60];
	i82599_time_t from;

	start(card);
	card_frame(frame, 0x0806, sizeof(frame));
	from = card->now + 10 * I82599_PS_PER_US;
	assert_true(i82599_receive_at(card->dev, frame, sizeof(frame), from));
	assert_true(i82599_receive_at(card->dev, frame, sizeof(frame), from + 1));
	card_pass(card, from + taken - 1 - card->now);
	assert_int_equal(done(card), 0);
	card_pass(card, 1);
	assert_int_equal(done(card), 1);
	assert_int_equal(i82599_event_time(card->dev), card->now);
	card_pass(card, taken - 1); /* the wire was busy when the second came */
	assert_int_equal(done(card), 1);
	card_pass(card, 1);
	assert_int_equal(done(card), 2);
	/* One that should have arrived before now arrives now. */
	assert_true(i82599_receive_at(card->dev, frame, sizeof(frame), card->now));
	card_pass(card, 20 * taken);
	assert_true(i82599_receive_at(card->dev, frame, sizeof(frame), card->now - 2 * taken));
	card_pass(card, 0);
	assert_int_equal(done(card), 4);
}

static void test_statistics(void **state)
{
	static const size_t lens[] = {60, 61, 123, 124, 508, 1020, 1514};
	struct card *card = *state;
	uint8_t frame[1514];
	uint32_t bytes = 0;
	unsigned n = sizeof(lens) / sizeof(lens[0]);

	start(card);
	for (unsigned i = 0; i < n; i++) {
		card_receive(card, frame, card_frame(frame, 0x0806, lens[i]));
		bytes += (uint32_t)lens[i] + 4;
	}
	memset(frame, 255, 6);
	card_receive(card, frame, 1514);
	frame[0] = 1;
	card_receive(card, frame, 1514);
	bytes += 2 * 1518;
	assert_int_equal(card_read(card, 0x405c), 1);
	assert_int_equal(card_read(card, 0x4060), 2);
	assert_int_equal(card_read(card, 0x4064), 1);
	assert_int_equal(card_read(card, 0x406c), 1);
	assert_int_equal(card_read(card, 0x4070), 4);
	assert_int_equal(card_read(card, 0x4078), 1); /* BPRC */
	assert_int_equal(card_read(card, 0x407c), 1); /* MPRC */
	assert_int_equal(card_read(card, 0x4088), bytes);
	assert_int_equal(card_read(card, 0x4088), 0);
	assert_int_equal(card_read(card, 0x4074), n + 2);
	assert_int_equal(card_read(card, 0x4074), 0);
	assert_int_equal(card_read(card, 0x1034), bytes - 4 * (n + 2)); /* QBRC */
}

static void test_receiver_off(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	start(card);
	card_frame(frame, 0x0806, 60);
	card_write(card, 0x3000, 0);
	card_receive(card, frame, 60);
	card_write(card, 0x3000, 1);
	i82599_set_carrier(card->dev, false);
	card_receive(card, frame, 60);
	assert_int_equal(done(card), 0);
	assert_int_equal(i82599_wire_counts(card->dev).rx_filtered, 2);
	i82599_set_carrier(card->dev, true);
	card_receive(card, frame, 20); /* a runt is padded */
	assert_int_equal(card_rx_descriptor(card, 0, 0)[1] >> 32, 60);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_high_queue(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	card_start(card);
	card_rx_queue(card, 127, 64);
	card_write(card, 0x5128, 0x80000000 | 0x1234);
	card_write(card, 0xec00, 0x80000000 | 127u << 16);
	card_write(card, 0x2300 + 31 * 4, 9u << 24); /* RQSMR: statistics slot 9 */
	card_receive(card, frame, card_frame(frame, 0x1234, 60));
	assert_int_equal(card_rx_descriptor(card, 127, 0)[1] & 3, 3);
	assert_int_equal(card_rx_descriptor(card, 127, 0)[0] & 0x1fff0, 0x8000);
	assert_int_equal(card_read(card, 0x1030 + 9 * 0x40), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_address_filters, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_vlan, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_checksums, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_legacy_descriptors, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_legacy_tag_and_buffers, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_jumbo_in_many_buffers, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_full_ring, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_blocked_by_full_queue, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_line_rate_and_overflow, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_start_on_the_wire, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_statistics, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_receiver_off, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_high_queue, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
