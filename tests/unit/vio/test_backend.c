// SPDX-License-Identifier: BSD-2-Clause
// Backends between card and guests: order, loss, shares, spoofing.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "two_guests.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
