/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16 published Toeplitz vectors (DS 7.1.2.8.3), by frames received; and the spread by RETA. */
#include "tests/unit/i82599/card.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char key[] = "\x6d\x5a\x56\xda\x25\x5b\x0e\xc2\x41\x67\x25\x3d\x43\xa3\x8f\xb0\xd0\xca"
			  "\x2b\xcb\xae\x7b\x30\xb4\x77\xcb\x2d\xa3\x80\x30\xf2\x0c\x6a\x42\xb7\x3b"
			  "\xbe\xac\x01\xfa";

static const struct vector {
	const char *dst, *src;
	uint16_t dport, sport;
	uint32_t l3, l4;
} vectors[] = {
	{"161.142.100.80", "66.9.149.187", 1766, 2794, 0x323e8fc2, 0x51ccc178},
	{"65.69.140.83", "199.92.111.2", 4739, 14230, 0xd718262a, 0xc626b0ea},
	{"12.22.207.184", "24.19.198.95", 38024, 12898, 0xd2d0a5de, 0x5c2b394a},
	{"209.142.163.6", "38.27.205.30", 2217, 48228, 0x82989176, 0xafc7327f},
	{"202.188.127.2", "153.39.163.191", 1303, 44251, 0x5d1809c5, 0x10e828a2},
	{"3ffe:2501:200:3::1", "3ffe:2501:200:1fff::7", 1766, 2794, 0x2cc18cd5, 0x40207d3d},
	{"ff02::1", "3ffe:501:8::260:97ff:fe40:efab", 4739, 14230, 0x0f0c461c, 0xdde51bbf},
	{"fe80::200:f8ff:fe21:67cf", "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 38024, 44251,
	 0x4b61e985, 0x02d1feef},
};

static void set_key(struct card *card)
{
	for (unsigned i = 0; i < 40; i += 4)
		card_write(card, 0x5c80 + i,
			   (uint8_t)key[i] | (uint32_t)(uint8_t)key[i + 1] << 8 |
				   (uint32_t)(uint8_t)key[i + 2] << 16 |
				   (uint32_t)(uint8_t)key[i + 3] << 24);
}

/* A TCP frame between a vector's end points. */
static size_t build(uint8_t *frame, const struct vector *v)
{
	bool six = strchr(v->dst, ':');
	uint8_t *ip = frame + 14, *l4 = ip + (six ? 40 : 20);

	card_frame(frame, six ? 0x86dd : 0x0800, 100);
	memset(ip, 0, 86);
	ip[0] = six ? 0x60 : 0x45;
	ip[six ? 5 : 3] = six ? 20 : 40;
	ip[six ? 6 : 9] = 6;
	inet_pton(six ? AF_INET6 : AF_INET, v->src, ip + (six ? 8 : 12));
	inet_pton(six ? AF_INET6 : AF_INET, v->dst, ip + (six ? 24 : 16));
	l4[0] = (uint8_t)(v->sport >> 8);
	l4[1] = (uint8_t)v->sport;
	l4[2] = (uint8_t)(v->dport >> 8);
	l4[3] = (uint8_t)v->dport;
	return 100;
}

static void test_published_vectors(void **state)
{
	struct card *card = *state;
	uint8_t frame[100];
	unsigned n = 0;

	card_start(card);
	card_rx_queue(card, 0, 64);
	set_key(card);
	for (unsigned with_ports = 0; with_ports < 2; with_ports++) {
		/* MRQC: RSS by IPv4, IPv6, and then TCP over each */
		card_write(card, 0x5818, with_ports ? 0x00330001 : 0x00120001);
		for (unsigned i = 0; i < 8; i++, n++) {
			const uint64_t *q = card_rx_descriptor(card, 0, n);
			bool six = i >= 5;

			card_receive(card, frame, build(frame, &vectors[i]));
			assert_int_equal(q[1] & 3, 3);
			assert_int_equal(q[0] >> 32, with_ports ? vectors[i].l4 : vectors[i].l3);
			assert_int_equal(q[0] & 15, with_ports ? (six ? 3 : 1) : (six ? 5 : 2));
		}
	}
	assert_int_equal(n, 16);
	assert_int_equal(i82599_defects(card->dev).total, 0);
}

static void test_redirection_table(void **state)
{
	struct card *card = *state;
	unsigned got[4] = {0};
	uint8_t frame[100];

	card_start(card);
	for (unsigned q = 0; q < 4; q++)
		card_rx_queue(card, q, 128);
	set_key(card);
	card_write(card, 0x5818, 0x00330001);
	for (unsigned i = 0; i < 32; i++)
		card_write(card, 0xeb00 + 4 * i, 0x03020100);
	for (uint16_t port = 0; port < 128; port++) {
		struct vector v = vectors[0];

		v.sport = (uint16_t)(1000 + port);
		card_receive(card, frame, build(frame, &v));
	}
	for (unsigned q = 0; q < 4; q++) {
		for (got[q] = 0; card_rx_descriptor(card, q, got[q])[1] & 1; got[q]++)
			assert_int_equal(card_rx_descriptor(card, q, got[q])[0] >> 32 & 3, q);
		assert_true(got[q] >= 16);
		assert_int_equal(card_read(card, 0x1010 + 0x40 * q), got[q]);
	}
	assert_int_equal(got[0] + got[1] + got[2] + got[3], 128);
}

/* Fragments hash by addresses alone; TCP behind an extension header is found. */
static void test_fragments_and_extensions(void **state)
{
	struct card *card = *state;
	const uint64_t *q = card_rx_descriptor(card, 0, 0);
	uint8_t frame[108];

	card_start(card);
	card_rx_queue(card, 0, 64);
	set_key(card);
	card_write(card, 0x5818, 0x00330001);
	build(frame, &vectors[0]);
	frame[20] = 0x20; /* more fragments */
	card_receive(card, frame, 100);
	assert_int_equal(q[0] & 0xfff, 0x012);
	assert_int_equal(q[0] >> 32, vectors[0].l3);
	build(frame, &vectors[5]);
	memmove(frame + 62, frame + 54, 46);
	memset(frame + 54, 0, 8);
	frame[19] = 28; /* payload length */
	frame[20] = 0;  /* hop-by-hop options, then TCP */
	frame[54] = 6;
	card_receive(card, frame, 108);
	assert_int_equal(q[2] & 0xfff, 0x1c3);
	assert_int_equal(q[2] >> 32, vectors[5].l4);
}

static void test_no_hash_without_ip(void **state)
{
	struct card *card = *state;
	uint8_t frame[60];

	card_start(card);
	card_rx_queue(card, 0, 64);
	set_key(card);
	card_write(card, 0x5818, 0x01ff0001);
	card_receive(card, frame, card_frame(frame, 0x0806, 60));
	assert_int_equal(card_rx_descriptor(card, 0, 0)[0], 0);
	assert_int_equal(card_rx_descriptor(card, 0, 0)[1] & 3, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_published_vectors, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_redirection_table, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_fragments_and_extensions, card_setup,
						card_teardown),
		cmocka_unit_test_setup_teardown(test_no_hash_without_ip, card_setup, card_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
