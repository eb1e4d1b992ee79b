// SPDX-License-Identifier: BSD-2-Clause
// Backends end to end: card to guest, guest to card, guest to guest, with order and loss checked.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_network.h"
#include "machine_host.h"

#define STATION   0x060504030202ull
#define BROADCAST 0xffffffffffffull

static struct fake_guest *a, *b;
static uint8_t got[70000];

static void two_guests(unsigned backends, unsigned pairs, uint32_t features)
{
	fake_network_start(backends, true);
	a = fake_network_add(FAKE_PAIRS);
	b = fake_network_add(FAKE_PAIRS);
	fake_guest_up(a, pairs, features);
	fake_guest_up(b, pairs, features);
}

static void from_wire(unsigned queue, uint64_t to, uint32_t number, uint32_t hash)
{
	uint8_t frame[64];

	frame_fill(frame, 60, to, STATION, number);
	assert_true(fake_netdev_receive(&fake.card, queue, frame, 60, hash));
}

static uint64_t sum_drops(const struct fake_guest *guest)
{
	uint64_t drops = 0;

	for (unsigned i = 0; i < VIO_QUEUES_MOST; i++) {
		const struct vio_queue_stats *stats = &guest->device->queue[i].stats;

		drops += stats->drop_no_buffer + stats->drop_down + stats->drop_segment +
			 stats->drop_spoofed;
	}
	return drops;
}

static void receives_in_order_on_the_straight_line(void **state)
{
	uint32_t sent = 0, taken[4] = {0};

	(void)state;
	two_guests(4, 4, VIO_F_RSS | VIO_F_RX_HASH);
	srand(6);
	while (sent < 5000) {
		struct vio_completion completion;

		for (int i = rand() % 40; i--; sent++) {
			/* The card's table: bucket modulo queues. */
			uint32_t hash = (uint32_t)rand() << 2 | (sent & 3);

			from_wire(sent & 3, b->mac, sent, hash);
		}
		fake_network_run();
		for (unsigned q = 0; q < 4; q++) {
			for (uint32_t n; (n = front_take(&b->rx[q], &completion, got));) {
				assert_int_equal(frame_number(got, n), q + 4 * taken[q]++);
				assert_int_equal(completion.hash & 3, q);
			}
			front_post(&b->rx[q], 128);
		}
	}
	assert_int_equal(taken[0] + taken[1] + taken[2] + taken[3], sent);
	assert_int_equal(sum_drops(b), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(fake.network->backend[i]->stats.handovers, 0);
	assert_int_equal(a->device->queue[0].stats.packets, 0);
	fake_network_stop();
}

static void interrupts_once_a_batch(void **state)
{
	(void)state;
	two_guests(1, 1, 0);
	front_want_interrupt(&a->rx[0], 0);
	for (uint32_t i = 0; i < 20; i++)
		from_wire(0, a->mac, i, 0);
	vio_backend_poll(fake.network->backend[0], VIO_BURST);
	assert_int_equal(front_completed(&a->rx[0]), 20);
	assert_int_equal(a->guest.interrupts[1], 1);
	from_wire(0, a->mac, 20, 0);
	vio_backend_poll(fake.network->backend[0], VIO_BURST);
	assert_int_equal(a->guest.interrupts[1], 1);
	fake_network_stop();
}

static uint32_t next_number;

static void check_transmitted(const struct packet *packet)
{
	uint32_t at = packet->bytes;

	memcpy(got, packet->data, packet->bytes);
	for (unsigned i = 0; i < packet->fragments; i++) {
		memcpy(got + at, packet->fragment[i].data, packet->fragment[i].bytes);
		at += packet->fragment[i].bytes;
	}
	assert_int_equal(frame_number(got, at), next_number++);
}

static void transmits_in_order(void **state)
{
	uint32_t sent = 0;

	(void)state;
	two_guests(1, 1, 0);
	next_number = 0;
	fake.card.transmitted = check_transmitted;
	srand(7);
	while (next_number < 5000) {
		struct front_ring *ring = &a->tx[0];

		while (ring->produced - front_completed(ring) < ring->size - 1 && rand() % 50) {
			if (rand() % 2)
				fake_guest_send(a, 0, STATION, 60 + (uint32_t)rand() % 1400,
						sent++);
			else
				fake_guest_send_parts(a, 0, STATION, 301 + (uint32_t)rand() % 1200,
						      sent++);
		}
		/* A card that is sometimes slow, sometimes full. */
		fake.card.queue[0].send_room = (unsigned)rand() % 64;
		fake.card.queue[0].reclaimable = (unsigned)rand() % 64;
		vio_backend_poll(fake.network->backend[0], 1 + (unsigned)rand() % 64);
	}
	fake.card.queue[0].send_room = fake.card.queue[0].reclaimable = UINT32_MAX;
	fake_network_run();
	assert_int_equal(next_number, sent);
	assert_int_equal(front_completed(&a->tx[0]), a->tx[0].produced);
	assert_int_equal(a->device->queue[1].stats.packets, sent);
	fake_network_stop();
}

static void leaves_packets_in_the_ring_while_the_card_is_full(void **state)
{
	(void)state;
	two_guests(1, 1, 0);
	fake.card.queue[0].send_room = 10;
	for (uint32_t i = 0; i < 128; i++)
		fake_guest_send(a, 0, STATION, 60, i);
	for (int i = 0; i < 10; i++)
		vio_backend_poll(fake.network->backend[0], VIO_BURST);
	assert_int_equal(fake.card.queue[0].send_room, 0);
	/* Ten are sent, a burst waits in the backend, the rest in the ring. */
	assert_int_equal(a->device->queue[1].next, 10 + VIO_BURST);
	assert_true(fake.network->backend[0]->stats.uplink_full > 0);
	fake.card.queue[0].send_room = UINT32_MAX;
	fake_network_run();
	assert_int_equal(front_completed(&a->tx[0]), 128);
	fake_network_stop();
}

static void shares_the_card_fairly(void **state)
{
	uint32_t sent_a = 0, sent_b = 0, taken_a, taken_b;

	(void)state;
	two_guests(1, 1, 0);
	for (int round = 0; round < 500; round++) {
		while (a->tx[0].produced - front_completed(&a->tx[0]) < 128)
			fake_guest_send(a, 0, STATION, 60, sent_a++);
		while (b->tx[0].produced - front_completed(&b->tx[0]) < 128)
			fake_guest_send(b, 0, STATION, 60, sent_b++);
		fake.card.queue[0].send_room = 48;
		vio_backend_poll(fake.network->backend[0], VIO_BURST);
	}
	taken_a = a->device->queue[1].next;
	taken_b = b->device->queue[1].next;
	assert_in_range(taken_a * 100 / taken_b, 95, 105);
	fake.card.queue[0].send_room = UINT32_MAX;
	fake_network_stop();
}

static void drops_while_the_link_is_down(void **state)
{
	(void)state;
	two_guests(1, 1, 0);
	fake.card.dev.link.up = false;
	for (uint32_t i = 0; i < 100; i++)
		fake_guest_send(a, 0, STATION, 1000, i);
	fake_network_run();
	assert_int_equal(front_completed(&a->tx[0]), 100);
	assert_int_equal(fake.network->backend[0]->stats.drop_link, 100);
	fake_network_stop();
}

static void drops_what_has_no_buffer(void **state)
{
	(void)state;
	two_guests(1, 1, 0);
	for (uint32_t i = 0; i < 200; i++) {
		if (i % 40 == 0)
			fake_network_run();
		from_wire(0, a->mac, i, 0);
		if (i % 2)
			from_wire(0, b->mac, i, 0);
		fake_network_run();
	}
	assert_int_equal(front_completed(&a->rx[0]), 128);
	assert_int_equal(a->device->queue[0].stats.drop_no_buffer, 72);
	/* The neighbour got all of its own. */
	assert_int_equal(front_completed(&b->rx[0]), 100);
	assert_int_equal(sum_drops(b), 0);
	fake_network_stop();
}

static void drops_spoofed_packets(void **state)
{
	uint8_t frame[60];

	(void)state;
	two_guests(1, 1, 0);
	frame_fill(frame, 60, STATION, b->mac, 1);
	front_put_data(&a->tx[0], frame, 60, 0);
	front_show(&a->tx[0]);
	frame_fill(frame, 60, b->mac, STATION, 2);
	front_put_data(&a->tx[0], frame, 60, 0);
	front_show(&a->tx[0]);
	fake_network_run();
	assert_int_equal(a->device->queue[1].stats.drop_spoofed, 2);
	assert_int_equal(fake.card.queue[0].sends, 0);
	assert_int_equal(front_completed(&a->tx[0]), 2);
	assert_int_equal(front_completed(&b->rx[0]), 0);
	/* From the wire with a guest's address. */
	frame_fill(frame, 60, b->mac, a->mac, 3);
	assert_true(fake_netdev_receive(&fake.card, 0, frame, 60, 0));
	fake_network_run();
	assert_int_equal(front_completed(&b->rx[0]), 0);
	assert_int_equal(fake.network->backend[0]->port_stats[0].spoofed, 1);
	fake_network_stop();
}

/* A guest that bridges: what is behind it is learned, but nobody's own address. */
static void learns_behind_a_bridging_guest(void **state)
{
	uint64_t behind = 0x990000000002ull;
	uint8_t frame[60];

	(void)state;
	two_guests(1, 1, 0);
	a->device->any_source = true;
	frame_fill(frame, 60, STATION, behind, 1);
	front_put_data(&a->tx[0], frame, 60, 0);
	frame_fill(frame, 60, STATION, b->mac, 2);
	front_put_data(&a->tx[0], frame, 60, 0);
	front_show(&a->tx[0]);
	fake_network_run();
	assert_int_equal(fake.network->backend[0]->stats.uplink_tx, 1);
	assert_int_equal(a->device->queue[1].stats.drop_spoofed, 1);
	from_wire(0, behind, 3, 0);
	fake_guest_send(b, 0, behind, 60, 4);
	fake_network_run();
	assert_int_equal(front_take(&a->rx[0], NULL, got), 60);
	assert_int_equal(front_take(&a->rx[0], NULL, got), 60);
	assert_int_equal(front_completed(&b->rx[0]), 0);
	fake_network_stop();
}

/* From pair p of A to B's single pair: p's owner and B's owner may be different backends. */
static void sends_between_guests(unsigned backends, unsigned pairs)
{
	uint32_t sent[4] = {0}, taken[4] = {0}, total = 0;
	uint64_t handovers = 0;

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
	for (unsigned i = 0; i < backends; i++)
		handovers += fake.network->backend[i]->stats.handovers;
	if (backends > 1 && pairs > 1)
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

static void sleeps_only_when_nothing_waits(void **state)
{
	struct vio_backend *backend;
	uint64_t deadline;

	(void)state;
	two_guests(1, 1, VIO_F_COALESCE);
	backend = fake.network->backend[0];
	fake_network_run();
	assert_true(vio_backend_sleep_prepare(backend, &deadline));
	assert_true(deadline == UINT64_MAX);
	assert_true(fake.card.queue[0].interrupt_on);
	/* Asleep: the doorbell rings and wakes. Awake: it does not ring. */
	fake.wakes[0] = 0;
	fake_guest_send(a, 0, STATION, 60, 1);
	assert_int_equal(fake.wakes[0], 1);
	assert_int_equal(a->device->queue[1].stats.doorbells, 1);
	vio_backend_sleep_end(backend);
	assert_false(fake.card.queue[0].interrupt_on);
	fake_guest_send(a, 0, STATION, 60, 2);
	assert_int_equal(fake.wakes[0], 1);
	assert_false(vio_backend_sleep_prepare(backend, &deadline));
	vio_backend_sleep_end(backend);
	/* The card's packets. */
	fake_network_run();
	from_wire(0, a->mac, 1, 0);
	assert_false(vio_backend_sleep_prepare(backend, &deadline));
	vio_backend_sleep_end(backend);
	/* An interrupt whose delay runs is the deadline. */
	reg_write(a, VIO_REG_QUEUE(0) + VIO_QUEUE_USECS, 50);
	front_want_interrupt(&a->rx[0], 0);
	host_ticks = 1000000;
	fake_network_run();
	assert_int_equal(a->guest.interrupts[1], 0);
	assert_true(vio_backend_sleep_prepare(backend, &deadline));
	assert_int_equal(deadline, 1050000);
	vio_backend_sleep_end(backend);
	host_ticks = 1050000;
	fake_network_run();
	assert_int_equal(a->guest.interrupts[1], 1);
	/* Packets that the card holds are looked for even without an interrupt. */
	fake.card.queue[0].reclaimable = 0;
	fake_guest_send(a, 0, STATION, 1000, 3);
	fake_network_run();
	assert_true(vio_backend_sleep_prepare(backend, &deadline));
	assert_int_equal(deadline, host_ticks + 1000000);
	vio_backend_sleep_end(backend);
	fake.card.queue[0].reclaimable = UINT32_MAX;
	fake_network_stop();
}

static void wakes_the_backend_it_hands_over_to(void **state)
{
	struct vio_backend *first, *second;
	uint64_t deadline;

	(void)state;
	two_guests(2, 2, VIO_F_RSS);
	assert_int_equal(fake_guest_spread(b, 1), VIO_ERROR_NONE);
	first = fake.network->backend[0];
	second = fake.network->backend[1];
	fake_network_run();
	memset(fake.wakes, 0, sizeof(fake.wakes));
	assert_true(vio_backend_sleep_prepare(first, &deadline));
	/* A's pair 1 is the second's, B's pair 0 the first's. */
	fake_guest_send_parts(a, 1, b->mac, 1000, 1);
	vio_backend_poll(second, VIO_BURST);
	assert_int_equal(fake.wakes[0], 1);
	/* Now the second sleeps; it must hear that its packet is back. */
	assert_true(vio_backend_sleep_prepare(second, &deadline));
	vio_backend_sleep_end(first);
	vio_backend_poll(first, VIO_BURST);
	assert_int_equal(fake.wakes[1], 1);
	vio_backend_sleep_end(second);
	assert_int_equal(front_completed(&a->tx[1]), 0);
	vio_backend_poll(second, VIO_BURST);
	assert_int_equal(front_completed(&a->tx[1]), 2);
	/* With letters or returns waiting nobody may sleep. */
	fake_guest_send_parts(a, 1, b->mac, 1000, 2);
	vio_backend_poll(second, VIO_BURST);
	assert_false(vio_backend_sleep_prepare(first, &deadline));
	vio_backend_sleep_end(first);
	vio_backend_poll(first, VIO_BURST);
	assert_false(vio_backend_sleep_prepare(second, &deadline));
	vio_backend_sleep_end(second);
	fake_network_stop();
}

/* Devices and queues come and go under traffic; tear-down finds every packet in its pool. */
static void resets_under_traffic(void **state)
{
	const uint32_t features = VIO_F_RSS | VIO_F_TX_CSUM | VIO_F_RX_CSUM;
	uint32_t number = 0;

	(void)state;
	two_guests(3, 4, features);
	fake.poll_in_call = false;
	srand(9);
	for (int i = 0; i < 5000; i++) {
		struct fake_guest *guest = rand() % 2 ? a : b;
		struct fake_guest *other = guest == a ? b : a;
		unsigned pair = (unsigned)rand() % 4;
		uint32_t enable = VIO_REG_QUEUE((unsigned)rand() % 8) + VIO_QUEUE_ENABLE;

		for (int n = rand() % 8; n--;) {
			struct front_ring *ring = &guest->tx[pair];

			if (ring->produced - front_completed(ring) < ring->size - 1)
				(rand() % 2 ? fake_guest_send : fake_guest_send_parts)(
					guest, pair,
					rand() % 3   ? other->mac
					: rand() % 2 ? STATION
						     : BROADCAST,
					301 + (uint32_t)rand() % 1200, number++);
			if (fake.card.queue[rand() % 3].receives < 32)
				from_wire((unsigned)rand() % 3, rand() % 4 ? guest->mac : BROADCAST,
					  number++, (uint32_t)rand());
		}
		vio_backend_poll(fake.network->backend[rand() % 3], 1 + (unsigned)rand() % 40);
		if (rand() % 4 == 0)
			for (unsigned q = 0; q < 4; q++) {
				while (front_take(&guest->rx[q], NULL, got))
					;
				front_post(&guest->rx[q], 128);
			}
		if (rand() % 50 == 0) {
			fake_guest_spread(guest, 1 + (unsigned)rand() % 4);
			reg_write(guest, enable, 0);
			/* Letters on the way may hold the queue's packets for a moment. */
			while (reg_read(guest, enable)) {
				fake_network_run();
				reg_write(guest, enable, 0);
			}
		}
		if (rand() % 100 == 0) {
			fake.poll_in_call = true;
			fake_guest_up(guest, 4, features);
			fake.poll_in_call = false;
		}
		assert_int_equal(guest->device->broken, 0);
	}
	fake.poll_in_call = true;
	fake_network_run();
	fake_network_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(receives_in_order_on_the_straight_line),
		cmocka_unit_test(interrupts_once_a_batch),
		cmocka_unit_test(transmits_in_order),
		cmocka_unit_test(leaves_packets_in_the_ring_while_the_card_is_full),
		cmocka_unit_test(shares_the_card_fairly),
		cmocka_unit_test(drops_while_the_link_is_down),
		cmocka_unit_test(drops_what_has_no_buffer),
		cmocka_unit_test(drops_spoofed_packets),
		cmocka_unit_test(learns_behind_a_bridging_guest),
		cmocka_unit_test(sends_between_guests_in_order),
		cmocka_unit_test(floods_broadcasts),
		cmocka_unit_test(finishes_offloads_for_receivers_that_need_it),
		cmocka_unit_test(hashes_what_did_not_come_from_the_card),
		cmocka_unit_test(sleeps_only_when_nothing_waits),
		cmocka_unit_test(wakes_the_backend_it_hands_over_to),
		cmocka_unit_test(resets_under_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
