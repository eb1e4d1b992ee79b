// SPDX-License-Identifier: BSD-2-Clause
/* Receive-side scaling: hash, type and queue as an independent Toeplitz says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nic.h"

static void check_frame(const struct frame_spec *spec, enum packet_hash_type type, bool ports)
{
	uint8_t frame[256];
	size_t bytes = frame_build(frame, spec);
	unsigned queue = ~0u;
	struct packet *packet = nic_receive_one(frame, bytes, &queue);
	uint32_t hash = type ? frame_toeplitz(nic.config.rss_key, frame, ports) : 0;

	assert_non_null(packet);
	assert_int_equal(packet->hash_type, type);
	assert_int_equal(packet->hash, hash);
	assert_int_equal(queue, type ? nic.config.reta[hash % NETDEV_RETA_ENTRIES] : 0);
	packet_free(packet);
}

static void check_types(unsigned queues)
{
	static const struct {
		bool ipv6;
		uint8_t protocol;
		uint16_t fragment;
		enum packet_hash_type type;
		bool ports;
	} cases[] = {
		{false, 6, 0x4000, PACKET_HASH_TCP_IPV4, true},
		{false, 17, 0, PACKET_HASH_UDP_IPV4, true},
		{false, 1, 0, PACKET_HASH_IPV4, false},
		{false, 17, 0x2000, PACKET_HASH_IPV4, false},
		{false, 6, 0x0010, PACKET_HASH_IPV4, false},
		{true, 6, 0, PACKET_HASH_TCP_IPV6, true},
		{true, 17, 0, PACKET_HASH_UDP_IPV6, true},
		{true, 58, 0, PACKET_HASH_IPV6, false},
	};

	nic_set_up(queues, 64, 1500);
	for (uint32_t i = 0; i < 40 * ARRAY_SIZE(cases); i++) {
		struct frame_spec spec = frame_flow(i * 2654435761u, 40);

		spec.ipv6 = cases[i % ARRAY_SIZE(cases)].ipv6;
		spec.protocol = cases[i % ARRAY_SIZE(cases)].protocol;
		spec.fragment = cases[i % ARRAY_SIZE(cases)].fragment;
		spec.source[9] = (uint8_t)(i * 31);
		spec.target[15] = (uint8_t)i;
		check_frame(&spec, cases[i % ARRAY_SIZE(cases)].type,
			    cases[i % ARRAY_SIZE(cases)].ports);
	}
	nic_tear_down(NULL);
}

static void test_hash_and_queue(void **state)
{
	(void)state;
	check_types(1);
	check_types(3);
	check_types(16);
}

static void test_no_ip(void **state)
{
	uint8_t frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06};
	struct packet *packet;
	unsigned queue = ~0u;

	nic_set_up(8, 64, 1500);
	packet = nic_receive_one(frame, 60, &queue);
	assert_non_null(packet);
	assert_int_equal(packet->hash_type, PACKET_HASH_NONE);
	assert_int_equal(queue, 0);
	packet_free(packet);
	nic_tear_down(state);
}

static void test_spread(void **state)
{
	unsigned counts[16] = {0};

	nic_set_up(16, 64, 1500);
	for (uint32_t i = 0; i < 1600; i++) {
		struct frame_spec spec = frame_flow(i * 2654435761u, 18);
		uint8_t frame[64];
		struct packet *packet;
		unsigned queue;

		packet = nic_receive_one(frame, frame_build(frame, &spec), &queue);
		assert_non_null(packet);
		counts[queue]++;
		packet_free(packet);
	}
	for (unsigned q = 0; q < 16; q++)
		assert_in_range(counts[q], 50, 160);
	nic_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_and_queue),
		cmocka_unit_test(test_no_ip),
		cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
