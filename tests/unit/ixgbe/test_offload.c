// SPDX-License-Identifier: BSD-2-Clause
/* Checksum status and insertion, segmentation, and VLAN tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nic.h"

static int set_up(void **state)
{
	(void)state;
	nic_set_up(2, 128, 1500);
	return 0;
}

static unsigned get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned received_flags(const uint8_t *frame, size_t bytes)
{
	struct packet *packet = nic_receive_one(frame, bytes, NULL);
	unsigned flags;

	assert_non_null(packet);
	flags = packet->flags;
	packet_free(packet);
	return flags;
}

static void test_receive_status(void **state)
{
	static const struct {
		bool ipv6;
		uint8_t protocol;
		uint16_t fragment;
		bool spoil_payload;
		unsigned flags;
	} cases[] = {
		{false, 6, 0, false, PACKET_IP_CSUM_GOOD | PACKET_L4_CSUM_GOOD},
		{false, 17, 0, false, PACKET_IP_CSUM_GOOD | PACKET_L4_CSUM_GOOD},
		{false, 1, 0, false, PACKET_IP_CSUM_GOOD},
		{false, 17, 0x2000, false, PACKET_IP_CSUM_GOOD},
		{true, 6, 0, false, PACKET_L4_CSUM_GOOD},
		{true, 17, 0, false, PACKET_L4_CSUM_GOOD},
		{true, 58, 0, false, 0},
		{false, 6, 0, true, PACKET_IP_CSUM_GOOD | PACKET_CSUM_BAD},
		{true, 6, 0, true, PACKET_CSUM_BAD},
		/* A UDP error claims nothing (erratum). */
		{false, 17, 0, true, PACKET_IP_CSUM_GOOD},
		{true, 17, 0, true, 0},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct frame_spec spec = frame_flow(i, 64);
		uint8_t frame[256];
		size_t bytes;

		spec.ipv6 = cases[i].ipv6;
		spec.protocol = cases[i].protocol;
		spec.fragment = cases[i].fragment;
		bytes = frame_build(frame, &spec);
		if (cases[i].spoil_payload)
			frame[bytes - 1] ^= 1;
		assert_int_equal(received_flags(frame, bytes), cases[i].flags);
	}
}

static void test_bad_ipv4_header(void **state)
{
	struct frame_spec spec = frame_flow(1, 64);
	uint8_t frame[256];
	size_t bytes = frame_build(frame, &spec);

	(void)state;
	frame[14 + 8]--; /* time to live */
	assert_true(received_flags(frame, bytes) & PACKET_CSUM_BAD);
	assert_false(received_flags(frame, bytes) & PACKET_IP_CSUM_GOOD);
}

/* Whatever the card says of UDP without a checksum, it is neither good nor bad. */
static void test_udp_without_checksum(void **state)
{
	struct frame_spec spec = frame_flow(1, 64);
	uint8_t frame[256];

	(void)state;
	spec.no_udp_checksum = true;
	assert_false(received_flags(frame, frame_build(frame, &spec)) & PACKET_CSUM_BAD);
}

/* Asks for the checksum of an otherwise complete frame, as a guest's stack does. */
static void ask_checksum(struct packet *packet)
{
	unsigned l4 = frame_l4_offset(packet->data);
	bool tcp = packet->data[l4 == 54 ? 20 : 23] == 6;

	packet->flags = PACKET_CSUM_PARTIAL;
	packet->csum_start = (uint16_t)l4;
	packet->csum_offset = tcp ? 16 : 6;
	put16(packet->data + l4 + packet->csum_offset,
	      frame_pseudo_sum(packet->data, packet->total_bytes - l4));
}

static void test_transmit_checksum(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct frame_spec spec = frame_flow(i, 18 + 3 * i);
		uint8_t frame[2048];
		size_t bytes;
		struct packet *packet;
		const struct nic_frame *sent;

		spec.ipv6 = i & 1;
		spec.protocol = i & 2 ? 6 : 17;
		bytes = frame_build(frame, &spec);
		packet = nic_packet(0, frame, bytes);
		ask_checksum(packet);
		sent = nic_send(0, packet);
		assert_non_null(sent);
		assert_int_equal(sent->bytes, bytes);
		assert_memory_equal(sent->data, frame, bytes);
	}
}

/* A context descriptor is written only when it changes. */
static void test_context_is_kept(void **state)
{
	uint32_t tail = 0;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct frame_spec spec = frame_flow(i, 100);
		uint8_t frame[256];
		struct packet *packet;

		spec.ipv6 = i >= 6;
		packet = nic_packet(0, frame, frame_build(frame, &spec));
		ask_checksum(packet);
		assert_non_null(nic_send(0, packet));
		tail += i % 6 ? 1 : 2;
		assert_int_equal(nic_register(0x6018), tail);
	}
}

/* Requests of different kinds and none, in one burst, each kind some times: nothing must leak. */
static void check_mixed_burst(unsigned times)
{
	struct packet *packets[60];
	uint8_t frame[256];

	nic_forget_sent();
	for (unsigned i = 0; i < 60; i++) {
		struct frame_spec spec = frame_flow(i, 100 + i);
		unsigned kind = i / times;

		spec.ipv6 = kind % 5 == 1;
		spec.protocol = kind % 3 ? 17 : 6;
		packets[i] = nic_packet(1, frame, frame_build(frame, &spec));
		if (kind % 4)
			ask_checksum(packets[i]);
		if (kind % 7 == 2) {
			packets[i]->flags |= PACKET_VLAN;
			packets[i]->vlan_tci = (uint16_t)kind;
		}
	}
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 1, packets, 60), 60);
	nic_advance(1000000);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 1), 60);
	assert_int_equal(nic.sent_count, 60);
	for (unsigned i = 0; i < 60; i++) {
		uint8_t *sent = nic.sent[i].data;
		size_t bytes = nic.sent[i].bytes;

		if (i / times % 7 == 2) {
			assert_int_equal(get16(sent + 12), 0x8100);
			assert_int_equal(get16(sent + 14), i / times);
			memmove(sent + 12, sent + 16, bytes - 16);
			bytes -= 4;
		}
		assert_true(frame_checksums_good(sent, bytes));
		assert_int_equal(frame_sequence(sent), i);
	}
}

static void test_mixed_burst(void **state)
{
	(void)state;
	for (unsigned times = 1; times <= 6; times++)
		check_mixed_burst(times);
}

static void check_segment(const struct nic_frame *sent, const uint8_t *payload, size_t offset,
			  size_t bytes, unsigned index, bool last, bool ipv6)
{
	unsigned l4 = ipv6 ? 54 : 34;
	const uint8_t *tcp = sent->data + l4;
	uint32_t tcp_sequence = (uint32_t)get16(tcp + 4) << 16 | get16(tcp + 6);

	assert_int_equal(sent->bytes, l4 + 20 + bytes < 60 ? 60 : l4 + 20 + bytes);
	assert_memory_equal(tcp + 20, payload + offset, bytes);
	assert_true(frame_checksums_good(sent->data, sent->bytes));
	assert_int_equal(tcp_sequence, 0x00100000 + offset);
	assert_int_equal(tcp[13], last ? 0x19 : 0x10);
	if (!ipv6)
		assert_int_equal(get16(sent->data + 18), 0x1234 + index);
}

static void check_segmentation(bool ipv6, size_t payload_bytes, unsigned mss)
{
	unsigned l4 = ipv6 ? 54 : 34, linear = payload_bytes < 10 ? 0 : 10, index = 0;
	uint8_t *frame = malloc(70000);
	struct frame_spec spec = frame_flow(9, payload_bytes);
	struct packet *packet;
	uint8_t *payload;

	spec.ipv6 = ipv6;
	spec.protocol = 6;
	frame_build(frame, &spec);
	payload = frame + l4 + 20;
	packet = nic_packet(0, frame, l4 + 20 + linear);
	packet->flags = PACKET_CSUM_PARTIAL | (ipv6 ? PACKET_GSO_TCPV6 : PACKET_GSO_TCPV4);
	packet->csum_start = (uint16_t)l4;
	packet->csum_offset = 16;
	packet->header_bytes = (uint16_t)(l4 + 20);
	packet->gso_size = (uint16_t)mss;
	packet->total_bytes = (uint32_t)(l4 + 20 + payload_bytes);
	for (size_t at = linear; at < payload_bytes; at += 4000) {
		size_t left = payload_bytes - at;

		packet->fragment[packet->fragments++] = (struct packet_fragment){
			payload + at, (uint32_t)(left < 4000 ? left : 4000)};
	}
	nic_forget_sent();
	assert_non_null(nic_send(0, packet));
	for (size_t at = 0; at < payload_bytes; at += mss, index++) {
		size_t left = payload_bytes - at, bytes = left < mss ? left : mss;

		assert_true(index < nic.sent_count);
		check_segment(&nic.sent[index], payload, at, bytes, index, left <= mss, ipv6);
	}
	assert_int_equal(nic.sent_count, index);
	free(frame);
}

static void test_segmentation(void **state)
{
	(void)state;
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		unsigned most = ipv6 ? 1440 : 1460;

		check_segmentation(ipv6, 65000, most);
		check_segmentation(ipv6, most, most);
		check_segmentation(ipv6, most + 1, most);
		check_segmentation(ipv6, 3 * most, most);
		check_segmentation(ipv6, 100, 1000);
		check_segmentation(ipv6, 10000, 536);
		check_segmentation(ipv6, 1000, 64); /* the smallest that the NIC is given */
	}
}

/* Requests at odds with their packet are dropped, not given to the card. */
static void test_contradictory_requests(void **state)
{
	struct frame_spec spec = frame_flow(9, 1000);
	uint8_t frame[2048];
	size_t bytes;

	(void)state;
	spec.protocol = 6;
	bytes = frame_build(frame, &spec);
	for (unsigned i = 0; i < 11; i++) {
		struct packet *packet = nic_packet(0, frame, bytes);

		packet->flags = PACKET_CSUM_PARTIAL | PACKET_GSO_TCPV4;
		packet->csum_start = i == 0 ? 13 : i == 1 ? 1900 : 34;
		packet->csum_offset = i == 2 ? 8 : i == 3 ? 6 : 16;
		packet->gso_size = i == 4 ? 0 : i == 5 ? 1500 : i == 10 ? 63 : 500;
		packet->header_bytes = i == 6 ? 50 : i == 7 ? (uint16_t)bytes : 54;
		if (i == 8)
			packet->flags = PACKET_CSUM_PARTIAL | PACKET_GSO_TCPV6;
		if (i == 9)
			packet->total_bytes = packet->bytes = 16;
		assert_null(nic_send(0, packet));
	}
	nic.dev->ops->service(nic.dev);
	assert_int_equal(nic.dev->stats.tx_dropped, 11);
}

static void test_vlan(void **state)
{
	struct frame_spec spec = frame_flow(9, 100);
	uint8_t frame[256], tagged[256];
	size_t bytes = frame_build(frame, &spec);
	const struct nic_frame *sent;
	struct packet *packet;

	(void)state;
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, "\x81\x00\x6a\xbc", 4);
	memcpy(tagged + 16, frame + 12, bytes - 12);
	packet = nic_receive_one(tagged, bytes + 4, NULL);
	assert_non_null(packet);
	assert_int_equal(packet->flags, PACKET_VLAN | PACKET_IP_CSUM_GOOD | PACKET_L4_CSUM_GOOD);
	assert_int_equal(packet->vlan_tci, 0x6abc);
	assert_int_equal(packet->bytes, bytes);
	assert_memory_equal(packet->data, frame, bytes);

	packet->flags = PACKET_VLAN;
	sent = nic_send(0, packet);
	assert_non_null(sent);
	assert_int_equal(sent->bytes, bytes + 4);
	assert_memory_equal(sent->data, tagged, bytes + 4);

	/* A tag in the data, with the checksum to be inserted behind it. */
	packet = nic_packet(0, tagged, bytes + 4);
	packet->flags = PACKET_CSUM_PARTIAL;
	packet->csum_start = 38;
	packet->csum_offset = 6;
	put16(packet->data + 44, frame_pseudo_sum(frame, (uint32_t)(bytes - 34)));
	sent = nic_send(0, packet);
	assert_non_null(sent);
	assert_memory_equal(sent->data, tagged, bytes + 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, nic_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_receive_status),
		TEST(test_bad_ipv4_header),
		TEST(test_udp_without_checksum),
		TEST(test_transmit_checksum),
		TEST(test_context_is_kept),
		TEST(test_mixed_burst),
		TEST(test_segmentation),
		TEST(test_contradictory_requests),
		TEST(test_vlan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
