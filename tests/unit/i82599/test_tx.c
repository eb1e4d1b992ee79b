/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmission: descriptors, offloads checked by recomputation, write-back, pacing, loopback. */
#include "tests/unit/i82599/card.h"

#include <string.h>

#define DATA (0x3ull << 20 | 1ull << 29) /* advanced data descriptor */
#define EOP  (1ull << 24)
#define IFCS (1ull << 25)
#define RS   (1ull << 27)
#define VLE  (1ull << 30)
#define TSE  (1ull << 31)
#define IXSM (1ull << 40)
#define TXSM (1ull << 41)
#define RING 512

static void start(struct card *card)
{
	card_start(card);
	card_tx_queue(card, 0, RING);
}

static unsigned tail; /* of queue 0, kept by the test */

static int setup(void **state)
{
	tail = 0;
	return card_setup(state);
}

static void post(struct card *card, uint64_t q0, uint64_t q1)
{
	uint64_t *q = card_tx_descriptor(card, 0, tail);

	q[0] = q0;
	q[1] = q1;
	tail = (tail + 1) % RING;
}

static void ring(struct card *card)
{
	card_write(card, 0x6018, tail);
}

static void post_context(struct card *card, unsigned ip_len, unsigned l4_len, unsigned type,
			 bool ipv4, unsigned mss, uint16_t vlan)
{
	post(card, ip_len | 14u << 9 | (uint64_t)vlan << 16,
	     2ull << 20 | 1ull << 29 | (uint64_t)type << 11 | (uint64_t)ipv4 << 10 |
		     (uint64_t)l4_len << 40 | (uint64_t)mss << 48);
}

static uint64_t whole(size_t len)
{
	return DATA | EOP | IFCS | RS | len | (uint64_t)len << 46;
}

/* An independent Internet checksum: bytes, little by little, with end-around carry. */
static unsigned checksum(const uint8_t *p, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i++) {
		sum += i & 1 ? p[i] : (unsigned)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static unsigned pseudo(const uint8_t *ip, unsigned proto, unsigned l4_len)
{
	unsigned sum = checksum(*ip >> 4 == 4 ? ip + 12 : ip + 8, *ip >> 4 == 4 ? 8 : 32, 0);

	sum += proto + l4_len;
	return (sum & 0xffff) + (sum >> 16);
}

static void test_plain_and_padding(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	card_frame(buffer, 0x0806, 300);
	post(card, TX_BUFFERS, DATA | IFCS | 100 | 300ull << 46);
	post(card, TX_BUFFERS + 100, DATA | IFCS | 150 | 300ull << 46);
	ring(card); /* a packet without its end waits */
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card->sent, 0);
	post(card, TX_BUFFERS + 250, DATA | IFCS | EOP | RS | 50 | 300ull << 46);
	ring(card);
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card->sent, 1);
	assert_int_equal(card->frame_len, 300);
	assert_memory_equal(card->frame, buffer, 300);
	assert_int_equal(card_tx_descriptor(card, 0, 0)[1] >> 32 & 1, 0);
	assert_int_equal(card_tx_descriptor(card, 0, 2)[1], 1ull << 32);
	assert_int_equal(card_read(card, 0x6010), 3);
	post(card, TX_BUFFERS, whole(42));
	ring(card);
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card->frame_len, 60);
	assert_int_equal(card->frame[59], 0);
	assert_int_equal(card_read(card, 0x40d8), 1); /* PTC64 */
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_legacy_and_head_write_back(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);
	uint64_t q1 = 80 | EOP | IFCS | RS | 1ull << 26 | 40ull << 16 | 34ull << 40;

	start(card);
	card_frame(buffer, 0x0800, 80);
	memset(buffer + 40, 0, 2);
	post(card, TX_BUFFERS, q1);
	ring(card);
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card_tx_descriptor(card, 0, 0)[1], q1 | 1ull << 32);
	assert_int_equal(checksum(card->frame + 34, 46, 0), 0xffff);
	card_write(card, 0x6028, 1u << 25 | 1u << 8 | 32); /* WTHRESH 0 */
	card_write(card, 0x6038, (uint32_t)(TX_BUFFERS + 0x1000) | 1);
	post(card, TX_BUFFERS, whole(80));
	ring(card);
	assert_int_equal(*(uint32_t *)card_bytes(card, TX_BUFFERS + 0x1000), 2);
	assert_int_equal(card_tx_descriptor(card, 0, 1)[1] >> 32 & 1, 0);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

/* Write an IP and L4 header, seeded as a driver does, and payload; returns the frame's length. */
static unsigned build(uint8_t *frame, bool four, uint8_t proto, unsigned payload, bool tso)
{
	unsigned ip_len = four ? 20 : 40, l4_len = proto == 6 ? 20 : 8;
	uint8_t *ip = frame + 14, *l4 = ip + ip_len;
	unsigned seed;

	card_frame(frame, four ? 0x0800 : 0x86dd, 14 + ip_len + l4_len + payload);
	memset(ip, 0, ip_len + l4_len);
	*ip = four ? 0x45 : 0x60;
	memset(four ? ip + 12 : ip + 8, 0x37, four ? 8 : 32);
	ip[four ? 9 : 6] = proto;
	if (four)
		memcpy(ip + 4, "\xff\xfe", 2); /* identification, about to wrap */
	if (four && !tso)
		ip[2] = (uint8_t)((20 + l4_len + payload) >> 8),
		ip[3] = (uint8_t)(20 + l4_len + payload);
	if (proto == 6)
		memcpy(l4 + 4, "\xff\xff\xf0\x00\0\0\0\1\x50\x99", 10); /* CWR, ACK, PSH, FIN */
	seed = pseudo(ip, proto, tso ? 0 : l4_len + payload);
	l4[proto == 6 ? 16 : 6] = (uint8_t)(seed >> 8);
	l4[proto == 6 ? 17 : 7] = (uint8_t)seed;
	return 14 + ip_len + l4_len + payload;
}

static void assert_checksums(const uint8_t *frame, bool four, uint8_t proto, unsigned l4_len)
{
	const uint8_t *ip = frame + 14, *l4 = ip + (four ? 20 : 40);

	if (four)
		assert_int_equal(checksum(ip, 20, 0), 0xffff);
	assert_int_equal(checksum(l4, l4_len, pseudo(ip, proto, l4_len)), 0xffff);
}

static void test_checksum_insertion(void **state)
{
	static const struct {
		bool four;
		uint8_t proto;
		unsigned payload;
	} rows[] = {{true, 6, 0}, {true, 6, 101}, {true, 17, 33}, {false, 6, 1000}, {false, 17, 1}};
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned l4 = rows[i].proto == 6 ? 20 : 8;
		unsigned len = build(buffer, rows[i].four, rows[i].proto, rows[i].payload, false);

		post_context(card, rows[i].four ? 20 : 40, l4, rows[i].proto == 6, rows[i].four, 0,
			     0);
		post(card, TX_BUFFERS, whole(len) | TXSM | (rows[i].four ? IXSM : 0));
		ring(card);
		card_pass(card, 2 * I82599_PS_PER_US);
		assert_int_equal(card->sent, i + 1);
		assert_checksums(card->frame, rows[i].four, rows[i].proto, l4 + rows[i].payload);
	}
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

/* The CRC32c of 32 zero bytes (RFC 3720 B.4), and a tag inserted behind it. */
static void test_sctp_and_tag(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	card_frame(buffer, 0x0800, 66);
	memset(buffer + 34, 0, 32);
	post_context(card, 20, 0, 2, true, 0, 7);
	post(card, TX_BUFFERS, whole(66) | TXSM | VLE);
	ring(card);
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card->frame_len, 70);
	assert_memory_equal(card->frame + 12, "\x81\x00\x00\x07\x08\x00", 6);
	assert_memory_equal(card->frame + 38 + 8, "\xaa\x36\x91\x8a", 4);
}

/* Every segment of one large packet: lengths, identification, sequence, flags, checksums. */
static void check_segments(struct card *card, bool four, uint8_t proto, unsigned payload,
			   unsigned mss)
{
	const uint8_t *original = card_bytes(card, TX_BUFFERS), *at = card->sent_bytes;
	unsigned ip_len = four ? 20 : 40, l4_len = proto == 6 ? 20 : 8,
		 header = 14 + ip_len + l4_len;

	for (unsigned n = 0, done = 0; done < payload; n++) {
		unsigned len = at[0] | (unsigned)at[1] << 8;
		unsigned part = payload - done < mss ? payload - done : mss;
		bool last = done + part == payload;
		const uint8_t *frame = at + 2, *ip = frame + 14, *l4 = ip + ip_len;

		assert_int_equal(len, header + part < 60 ? 60 : header + part);
		assert_memory_equal(frame + header, original + header + done, part);
		assert_checksums(frame, four, proto, l4_len + part);
		if (four)
			assert_int_equal((ip[4] << 8 | ip[5]), (0xfffe + n) & 0xffff);
		assert_int_equal((ip[four ? 2 : 4] << 8 | ip[four ? 3 : 5]),
				 (four ? 20 : 0) + l4_len + part);
		if (proto == 6) {
			assert_int_equal((uint32_t)l4[4] << 24 | l4[5] << 16 | l4[6] << 8 | l4[7],
					 0xfffff000 + done);
			assert_int_equal(l4[13], 0x10 | (n ? 0 : 0x80) | (last ? 9 : 0));
		} else {
			assert_int_equal((l4[4] << 8 | l4[5]), 8 + part);
		}
		done += part;
		at += 2 + len;
	}
	assert_ptr_equal(at, card->sent_bytes + card->sent_size);
}

static void test_segmentation(void **state)
{
	static const struct {
		bool four;
		uint8_t proto;
		unsigned payload, mss;
	} rows[] = {{true, 6, 10000, 1448},
		    {false, 6, 62780, 1428},
		    {true, 17, 3001, 1000},
		    {true, 6, 500, 1448}};
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool four = rows[i].four;
		unsigned l4 = rows[i].proto == 6 ? 20 : 8;
		unsigned len = build(buffer, four, rows[i].proto, rows[i].payload, true);
		uint64_t common = DATA | IFCS | TSE | TXSM | (four ? IXSM : 0) |
				  (uint64_t)rows[i].payload << 46;

		card->sent_size = 0;
		post_context(card, four ? 20 : 40, l4, rows[i].proto == 6, four, rows[i].mss, 0);
		for (unsigned at = 0, part; at < len; at += part) {
			part = len - at > 15000 ? 15000 : len - at;
			post(card, TX_BUFFERS + at,
			     common | part | (at + part == len ? EOP | RS : 0));
		}
		ring(card);
		card_pass(card, 100 * I82599_PS_PER_US);
		check_segments(card, four, rows[i].proto, rows[i].payload, rows[i].mss);
	}
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_vlan_insertion(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	card_frame(buffer, 0x0806, 100);
	post_context(card, 0, 0, 0, false, 0, 0x6123);
	post(card, TX_BUFFERS, whole(100) | VLE);
	ring(card);
	card_pass(card, I82599_PS_PER_US);
	assert_int_equal(card->frame_len, 104);
	assert_memory_equal(card->frame, buffer, 12);
	assert_memory_equal(card->frame + 12, "\x81\x00\x61\x23", 4);
	assert_memory_equal(card->frame + 16, buffer + 12, 88);
}

/* Frames leave one behind the other at 10 Gb/s; completions run ahead by the packet buffer. */
static void test_pacing(void **state)
{
	static const struct {
		unsigned len;
		i82599_time_t spacing;
	} rows[] = {{60, 67200}, {1514, 1230400}};
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	card_frame(buffer, 0x0806, 1514);
	for (unsigned r = 0; r < 2; r++) {
		i82599_time_t begin = card->now;

		card->sent = 0;
		for (unsigned i = 0; i < 400; i++)
			post(card, TX_BUFFERS, whole(rows[r].len));
		ring(card);
		assert_int_equal(card_read(card, 0x6010) == tail, rows[r].len == 60);
		card_pass(card, 500 * rows[r].spacing);
		assert_int_equal(card->sent, 400);
		assert_int_equal(card->sent_at - begin, 400 * rows[r].spacing);
		assert_int_equal(card_read(card, 0x6010), tail);
	}
	assert_int_equal(card_read(card, 0x8680), 800); /* QPTC */
}

static void test_fair_between_queues(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	card_tx_queue(card, 13, RING);
	card_frame(buffer, 0x0806, 1514);
	for (unsigned i = 0; i < 300; i++) {
		post(card, TX_BUFFERS, whole(1514));
		memcpy(card_tx_descriptor(card, 13, i), card_tx_descriptor(card, 0, i), 16);
	}
	ring(card);
	card_write(card, 0x6000 + 13 * 0x40 + 0x18, 300);
	card_pass(card, 350 * 1230400ull);
	/* queue 0 filled the buffer (104 frames) before queue 13 was started */
	assert_in_range(card_read(card, 0x6010) - card_read(card, 0x6000 + 13 * 0x40 + 0x10), 102,
			105);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_link_down_holds_frames(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	i82599_set_carrier(card->dev, false);
	card_frame(buffer, 0x0806, 60);
	post(card, TX_BUFFERS, whole(60));
	ring(card);
	card_pass(card, 10 * I82599_PS_PER_US);
	assert_int_equal(card->sent, 0);
	i82599_set_carrier(card->dev, true);
	card_pass(card, 10 * I82599_PS_PER_US);
	assert_int_equal(card->sent, 1);
}

/* Without a packet-buffer threshold nothing is ever fetched: the hang drivers must avoid. */
static void test_hang_without_threshold(void **state)
{
	struct card *card = *state;

	start(card);
	card_write(card, 0x4950, 0);
	post(card, TX_BUFFERS, whole(60));
	ring(card);
	card_pass(card, 10 * I82599_PS_PER_US);
	assert_int_equal(card->sent, 0);
	assert_int_equal(card_read(card, 0x6010), 0);
}

static void test_loopback(void **state)
{
	struct card *card = *state;
	uint8_t *buffer = card_bytes(card, TX_BUFFERS);

	start(card);
	i82599_set_carrier(card->dev, false);
	card_rx_queue(card, 0, 64);
	card_write(card, 0x4240, 0x08018c0b); /* HLREG0.LPBK works without a link */
	card_frame(buffer, 0x0806, 1024);
	post(card, TX_BUFFERS, whole(1024));
	ring(card);
	card_pass(card, 10 * I82599_PS_PER_US);
	assert_int_equal(card->sent, 0);
	assert_int_equal(card_rx_descriptor(card, 0, 0)[1], 1024ull << 32 | 1u << 18 | 3);
	assert_memory_equal(card_bytes(card, RX_BUFFERS), buffer, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain_and_padding, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_legacy_and_head_write_back, setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_checksum_insertion, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_sctp_and_tag, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_segmentation, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_vlan_insertion, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_pacing, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_fair_between_queues, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_link_down_holds_frames, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_hang_without_threshold, setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_loopback, setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
