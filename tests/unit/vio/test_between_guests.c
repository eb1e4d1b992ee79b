// SPDX-License-Identifier: BSD-2-Clause
// Guest to guest: order over backends, floods, offloads, hashes.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "two_guests.h"

/* From pair p of A to B's single pair: p's owner and B's owner may be different backends. */
static void sends_between_guests(unsigned backends, unsigned pairs)
{
	uint32_t sent[4] = {0}, taken[4] = {0}, total = 0;
	uint64_t handovers = 0;
	unsigned foreign = 0;

	two_guests(backends, pairs, VIO_F_RSS);
	assert_int_equal(fake_guest_spread(b, 1), VIO_ERROR_NONE);
	srand(8);
	while (total < 4000) {
		for (unsigned p = 0; p < pairs; p++)
			for (int i = rand() % 12; i--; sent[p]++)
				fake_guest_send(a, p, b->mac, 60 + (uint32_t)rand() % 1400,
						sent[p] * 4 + p);
		fake_network_run();
		for (uint32_t n; (n = front_take(&b->rx[0], NULL, got)); total++) {
			uint32_t number = frame_number(got, n);

			assert_int_equal(number / 4, taken[number % 4]++);
		}
		front_post(&b->rx[0], 128);
	}
	for (unsigned p = 0; p < pairs; p++) {
		assert_int_equal(taken[p], sent[p]);
		assert_int_equal(front_completed(&a->tx[p]), a->tx[p].produced);
	}
	assert_int_equal(sum_drops(a) + sum_drops(b), 0);
	for (unsigned p = 0; p < pairs; p++)
		if (a->device->queue[2 * p + 1].owner != b->device->queue[0].owner)
			foreign++;
	for (unsigned i = 0; i < backends; i++)
		handovers += fake.network->backend[i]->stats.handovers;
	if (foreign)
		assert_int_not_equal(handovers, 0);
	else
		assert_int_equal(handovers, 0);
	fake_network_stop();
}

static void sends_between_guests_in_order(void **state)
{
	(void)state;
	for (unsigned backends = 1; backends <= 5; backends++)
		for (unsigned pairs = 1; pairs <= 4; pairs++)
			sends_between_guests(backends, pairs);
}

static void floods_broadcasts(void **state)
{
	struct fake_guest *c;
	uint8_t all_to_1[VIO_RSS_TABLE_ENTRIES];

	(void)state;
	memset(all_to_1, 1, sizeof(all_to_1));
	two_guests(2, 2, VIO_F_RSS);
	c = fake_network_add(1);
	fake_guest_up(c, 1, 0);
	/* B receives on pair 1 only, which another backend owns. */
	assert_int_equal(fake_guest_steer(b, 2, all_to_1), VIO_ERROR_NONE);
	fake_guest_send(a, 0, BROADCAST, 1000, 5);
	fake_network_run();
	assert_int_equal(front_take(&b->rx[1], NULL, got), 1000);
	assert_int_equal(frame_number(got, 1000), 5);
	assert_int_equal(front_take(&c->rx[0], NULL, got), 1000);
	assert_int_equal(frame_number(got, 1000), 5);
	assert_int_equal(front_completed(&a->rx[0]) + front_completed(&a->rx[1]), 0);
	assert_int_equal(fake.network->backend[0]->stats.uplink_tx, 1);
	assert_int_equal(fake.network->backend[0]->stats.handovers, 1);
	from_wire(1, BROADCAST, 6, 0);
	fake_network_run();
	assert_int_equal(front_take(&a->rx[0], NULL, got), 60);
	assert_int_equal(front_take(&b->rx[1], NULL, got), 60);
	assert_int_equal(front_take(&c->rx[0], NULL, got), 60);
	fake_network_stop();
}

/* A TCP frame of total bytes, its checksum left to offload. */
static struct vio_tx_offload make_tcp(uint8_t *frame, uint32_t total, uint64_t to, uint64_t from)
{
	frame_fill(frame, total, to, from, 1);
	memset(frame + 14, 0, 40);
	frame[12] = 0x08;
	frame[13] = 0x00;
	frame[14] = 0x45;
	frame[16] = (uint8_t)((total - 14) >> 8);
	frame[17] = (uint8_t)(total - 14);
	frame[23] = 6;
	frame[30] = 10;
	frame[46] = 0x50;
	/* 10.0.0.0 + protocol + length */
	frame[50] = (uint8_t)((0x0a00 + 6 + total - 34) >> 8);
	frame[51] = (uint8_t)(6 + total - 34);
	return (struct vio_tx_offload){
		.csum_start = 34,
		.csum_offset = 16,
		.flags = VIO_TX_OFFLOAD | VIO_TX_MORE,
		.offload = VIO_OFFLOAD_CSUM,
	};
}

/* The sum over pseudo-header and segment of a good TCP checksum is all ones. */
static uint32_t tcp_sum(const uint8_t *frame, uint32_t total)
{
	uint32_t sum = 6 + total - 34;

	for (uint32_t i = 26; i < total; i++)
		sum += i & 1 ? frame[i] : (uint32_t)frame[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void send_tcp(uint32_t total, uint16_t gso_size)
{
	static uint8_t frame[70000];
	struct vio_tx_offload offload = make_tcp(frame, total, b->mac, a->mac);
	uint64_t memory;

	if (gso_size) {
		offload.gso_size = gso_size;
		offload.header_bytes = 54;
		offload.offload |= VIO_OFFLOAD_TSO4;
	}
	front_put_offload(&a->tx[0], &offload);
	memory = guest_alloc(&a->guest, total, 64);
	memcpy(guest_pointer(&a->guest, memory), frame, total);
	front_put(&a->tx[0], memory, 100, VIO_TX_MORE);
	front_put(&a->tx[0], memory + 100, total - 100, 0);
	front_show(&a->tx[0]);
	fake_network_run();
}

static void finishes_offloads_for_receivers_that_need_it(void **state)
{
	const uint32_t sender = VIO_F_TX_CSUM | VIO_F_TSO4;
	struct vio_completion completion;
	uint32_t segments = 0, length;

	(void)state;
	two_guests(1, 1, sender | VIO_F_RX_CSUM | VIO_F_RX_GSO);
	send_tcp(700, 0);
	assert_int_equal(front_take(&b->rx[0], &completion, got), 700);
	assert_int_equal(completion.flags, VIO_RX_L4_PARTIAL);
	send_tcp(30000, 1446);
	assert_int_equal(front_take(&b->rx[0], &completion, got), 30000);
	assert_int_equal(completion.gso_size, 1446);
	assert_int_equal(completion.segments, (30000 - 54 + 1445) / 1446);
	assert_int_equal(completion.flags, VIO_RX_L4_PARTIAL | VIO_RX_MORE);

	/* Too large for one packet's buffers: cut all the same. */
	send_tcp(60000, 1446);
	for (uint32_t left = 60000 - 54; left; left -= length - 54) {
		length = front_take(&b->rx[0], &completion, got);
		assert_in_range(length, 55, 1500);
		assert_int_equal(completion.gso_size, 0);
	}

	fake_guest_up(b, 1, VIO_F_RX_CSUM);
	send_tcp(30000, 1446);
	while ((length = front_take(&b->rx[0], &completion, got))) {
		assert_true(length <= 1500);
		assert_int_equal(completion.flags, VIO_RX_L4_PARTIAL);
		segments++;
	}
	assert_int_equal(segments, (30000 - 54 + 1445) / 1446);

	fake_guest_up(b, 1, 0);
	send_tcp(700, 0);
	send_tcp(5000, 1446);
	for (int i = 0; i < 5; i++) {
		length = front_take(&b->rx[0], &completion, got);
		assert_int_equal(completion.flags, 0);
		assert_int_equal(tcp_sum(got, length), 0xffff);
	}
	assert_int_equal(sum_drops(b), 0);
	fake_network_stop();
}

static void hashes_what_did_not_come_from_the_card(void **state)
{
	struct vio_completion completion;
	uint32_t expected;
	unsigned pair;

	(void)state;
	two_guests(1, 4, VIO_F_RSS | VIO_F_RX_HASH | VIO_F_TX_CSUM | VIO_F_RX_CSUM);
	make_tcp(got, 700, b->mac, a->mac);
	assert_int_equal(toeplitz_hash_frame(&fake.network->toeplitz, VIO_HASH_MASK_ALL, got, 700,
					     &expected),
			 VIO_HASH_TCP_IPV4);
	pair = expected % VIO_RSS_TABLE_ENTRIES % 4;
	send_tcp(700, 0);
	assert_int_equal(front_take(&b->rx[pair], &completion, got), 700);
	assert_int_equal(completion.hash, expected);
	assert_int_equal(completion.hash_type, VIO_HASH_TCP_IPV4);
	/* The same without ports, also for what the card has hashed with them. */
	reg_write(b, VIO_REG_RSS_HASH, 0);
	assert_int_equal(fake_guest_spread(b, 4), VIO_ERROR_NONE);
	toeplitz_hash_frame(&fake.network->toeplitz, 0, got, 700, &expected);
	pair = expected % VIO_RSS_TABLE_ENTRIES % 4;
	send_tcp(700, 0);
	make_tcp(got, 700, b->mac, STATION);
	assert_true(fake_netdev_receive(&fake.card, 0, got, 700, ~expected));
	fake_network_run();
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(front_take(&b->rx[pair], &completion, got), 700);
		assert_int_equal(completion.hash, expected);
		assert_int_equal(completion.hash_type, VIO_HASH_IPV4);
	}
	fake_network_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_between_guests_in_order),
		cmocka_unit_test(floods_broadcasts),
		cmocka_unit_test(finishes_offloads_for_receivers_that_need_it),
		cmocka_unit_test(hashes_what_did_not_come_from_the_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
