// SPDX-License-Identifier: BSD-2-Clause
// Any number of hardware queues, backends and virtual queues: no loss, each flow in order.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_flow.h"
#include "fake_network.h"

#define STATION 0x060504030202ull
#define ON_WAY  60 /* frames: fewer than the rings of card and guest hold */

static struct fake_guest *guest;
static struct fake_flows flows;
static uint32_t sent[FAKE_PAIRS], transmitted[FAKE_PAIRS]; /* by the pair that sent them */
static unsigned hw_queues, backends, pairs;
static uint8_t got[70000];

/* Frames bear the number of their pair in the lowest bits. */
static void check_transmitted(const struct packet *packet)
{
	uint32_t at = packet->bytes, number;

	memcpy(got, packet->data, packet->bytes);
	for (unsigned i = 0; i < packet->fragments; i++) {
		memcpy(got + at, packet->fragment[i].data, packet->fragment[i].bytes);
		at += packet->fragment[i].bytes;
	}
	number = frame_number(got, at);
	assert_int_equal(number / FAKE_PAIRS, transmitted[number % FAKE_PAIRS]++);
}

static void start(void)
{
	memset(&flows, 0, sizeof(flows));
	memset(sent, 0, sizeof(sent));
	memset(transmitted, 0, sizeof(transmitted));
	fake_network_start_with(backends, hw_queues);
	fake.card.transmitted = check_transmitted;
	guest = fake_network_add(FAKE_PAIRS);
	fake_guest_up(guest, pairs, VIO_F_RSS);
}

static void take_all(void)
{
	uint32_t bytes;

	for (unsigned pair = 0; pair < pairs; pair++)
		while ((bytes = front_take(&guest->rx[pair], NULL, got))) {
			fake_flow_take(&flows, got, bytes);
			front_post(&guest->rx[pair], 1);
		}
}

static void send_some(unsigned pair)
{
	struct front_ring *ring = &guest->tx[pair];

	for (int n = rand() % 8; n--;)
		if (ring->produced - front_completed(ring) < ring->size - 1)
			(rand() % 2 ? fake_guest_send : fake_guest_send_parts)(
				guest, pair, STATION, 301 + (uint32_t)rand() % 1000,
				sent[pair]++ * FAKE_PAIRS + pair);
}

/* A card that is sometimes slow, sometimes full; backends that run at random. */
static void run_at_random(int steps)
{
	for (int i = 0; i < steps; i++) {
		struct fake_queue *queue = &fake.card.queue[(unsigned)rand() % hw_queues];

		queue->send_room = (unsigned)rand() % 40;
		queue->reclaimable = (unsigned)rand() % 40;
		for (int n = rand() % 6; n-- && fake_flow_missing(&flows) < ON_WAY;)
			fake_flow_receive(&flows, guest, (unsigned)rand() % FAKE_FLOWS);
		send_some((unsigned)rand() % pairs);
		vio_backend_poll(fake.network->backend[(unsigned)rand() % backends],
				 1 + (unsigned)rand() % 40);
		if (rand() % 4 == 0)
			take_all();
	}
}

static uint64_t handovers(void)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < backends; i++) {
		assert_int_equal(fake.network->backend[i]->stats.drop_handover, 0);
		total += fake.network->backend[i]->stats.handovers;
	}
	return total;
}

static void check_combination(void)
{
	start();
	srand(hw_queues * 100 + backends * 10 + pairs);
	run_at_random(600);
	for (unsigned i = 0; i < hw_queues; i++)
		fake.card.queue[i].send_room = fake.card.queue[i].reclaimable = UINT32_MAX;
	fake_network_run();
	take_all();
	assert_int_equal(fake_flow_missing(&flows), 0);
	for (unsigned pair = 0; pair < pairs; pair++) {
		assert_int_equal(transmitted[pair], sent[pair]);
		assert_int_equal(front_completed(&guest->tx[pair]), guest->tx[pair].produced);
	}
	if (backends == hw_queues && (pairs == backends || backends == 1))
		assert_int_equal(handovers(), 0);
	else if (backends > hw_queues && pairs > hw_queues)
		assert_int_not_equal(handovers(), 0);
	else
		handovers();
	fake_network_stop();
}

static void keeps_order_in_every_combination(void **state)
{
	static const unsigned hw[] = {1, 2, 3, 4, 5, 8, 16};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(hw); i++)
		for (backends = 1; backends <= 6; backends++)
			for (pairs = 1; pairs <= FAKE_PAIRS; pairs++) {
				hw_queues = hw[i];
				check_combination();
			}
}

/* Packets of other backends are at the card, in mailboxes and batches when all ends. */
static void stops_with_packets_on_loan(void **state)
{
	(void)state;
	hw_queues = 1;
	backends = 3;
	pairs = 3;
	for (unsigned seed = 0; seed < 50; seed++) {
		start();
		srand(seed);
		run_at_random(30);
		fake.card.queue[0].send_room = fake.card.queue[0].reclaimable = UINT32_MAX;
		fake_network_stop();
	}
}

static void drops_on_loan_while_the_link_is_down(void **state)
{
	uint64_t dropped = 0;

	(void)state;
	hw_queues = 1;
	backends = 3;
	pairs = 3;
	start();
	fake.card.queue[0].send_room = 0;
	for (unsigned pair = 0; pair < pairs; pair++)
		for (uint32_t i = 0; i < 100; i++)
			fake_guest_send(guest, pair, STATION, 1000, i);
	fake_network_run();
	fake.card.dev.link.up = false;
	fake_network_run();
	for (unsigned i = 0; i < backends; i++)
		dropped += fake.network->backend[i]->stats.drop_link;
	assert_int_equal(dropped, 300);
	for (unsigned pair = 0; pair < pairs; pair++)
		assert_int_equal(front_completed(&guest->tx[pair]), 100);
	fake_network_stop();
}

static void wakes_the_sender_and_the_lender(void **state)
{
	struct vio_backend *sender, *lender;
	uint64_t deadline;

	(void)state;
	hw_queues = 1;
	backends = 2;
	pairs = 2;
	start();
	sender = fake.network->backend[0];
	lender = fake.network->backend[1];
	fake_network_run();
	memset(fake.wakes, 0, sizeof(fake.wakes));
	assert_true(vio_backend_sleep_prepare(sender, &deadline));
	fake_guest_send(guest, 1, STATION, 1000, 1);
	vio_backend_poll(lender, VIO_BURST);
	assert_int_equal(fake.wakes[0], 1);
	assert_true(vio_backend_sleep_prepare(lender, &deadline));
	vio_backend_sleep_end(sender);
	vio_backend_poll(sender, VIO_BURST);
	vio_backend_poll(sender, VIO_BURST);
	assert_int_equal(fake.wakes[1], 1);
	vio_backend_sleep_end(lender);
	vio_backend_poll(lender, VIO_BURST);
	assert_int_equal(front_completed(&guest->tx[1]), 1);
	/* With letters or returns waiting nobody may sleep. */
	fake_guest_send(guest, 1, STATION, 1000, FAKE_PAIRS + 1);
	vio_backend_poll(lender, VIO_BURST);
	assert_false(vio_backend_sleep_prepare(sender, &deadline));
	vio_backend_sleep_end(sender);
	vio_backend_poll(sender, VIO_BURST);
	vio_backend_poll(sender, VIO_BURST);
	assert_false(vio_backend_sleep_prepare(lender, &deadline));
	vio_backend_sleep_end(lender);
	fake_network_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_in_every_combination),
		cmocka_unit_test(stops_with_packets_on_loan),
		cmocka_unit_test(drops_on_loan_while_the_link_is_down),
		cmocka_unit_test(wakes_the_sender_and_the_lender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
