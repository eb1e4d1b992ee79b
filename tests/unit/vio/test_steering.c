// SPDX-License-Identifier: BSD-2-Clause
// Changes of receive-side scaling under traffic: nothing is lost, doubled or reordered.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_flow.h"
#include "fake_network.h"
#include "machine_host.h"

#define ON_WAY 100 /* frames: fewer than the buffers of one queue */

static struct fake_guest *guest;
static struct fake_flows flows;
static uint8_t got[70000];

static void start(unsigned backends)
{
	memset(&flows, 0, sizeof(flows));
	fake_network_start(backends, true);
	guest = fake_network_add(FAKE_PAIRS);
	fake_guest_up(guest, FAKE_PAIRS, VIO_F_RSS | VIO_F_RX_HASH);
}

static unsigned take(unsigned pair, unsigned most)
{
	unsigned count = 0;
	uint32_t bytes;

	while (count < most && (bytes = front_take(&guest->rx[pair], NULL, got))) {
		fake_flow_take(&flows, got, bytes);
		count++;
	}
	front_post(&guest->rx[pair], count);
	return count;
}

/* To another table, or to other hash types only. */
static enum vio_error change(unsigned pairs, uint32_t hash_types)
{
	uint8_t table[VIO_RSS_TABLE_ENTRIES];

	reg_write(guest, VIO_REG_RSS_HASH, hash_types);
	if (hash_types != VIO_HASH_MASK_ALL)
		return fake_guest_steer(guest, guest->device->rss.pairs, guest->device->rss.table);
	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		table[i] = (uint8_t)((unsigned)rand() % pairs);
	return fake_guest_steer(guest, pairs, table);
}

/* Disables and enables again a receive queue that is out of use and empty. */
static void restart_unused(unsigned pair)
{
	struct front_ring *ring = &guest->rx[pair];

	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		if (guest->device->rss.table[i] == pair)
			return;
	if (front_completed(ring) != ring->seen)
		return;
	reg_write(guest, VIO_REG_QUEUE(2 * pair) + VIO_QUEUE_ENABLE, 0);
	assert_int_equal(reg_read(guest, VIO_REG_QUEUE(2 * pair) + VIO_QUEUE_ENABLE), 0);
	front_restart(ring);
	front_post(ring, ring->size);
	reg_write(guest, VIO_REG_QUEUE(2 * pair) + VIO_QUEUE_ENABLE, 1);
	assert_int_equal(reg_read(guest, VIO_REG_QUEUE(2 * pair) + VIO_QUEUE_ENABLE), 1);
}

static void changes_at_random(unsigned backends, unsigned seed)
{
	unsigned done = 0, busy = 0;

	start(backends);
	fake.poll_in_call = seed % 2;
	srand(seed);
	for (int i = 0; i < 20000; i++) {
		for (int n = rand() % 6; n-- && fake_flow_missing(&flows) < ON_WAY;)
			fake_flow_receive(&flows, guest, (unsigned)rand() % FAKE_FLOWS);
		vio_backend_poll(fake.network->backend[(unsigned)rand() % backends],
				 1 + (unsigned)rand() % 20);
		if (rand() % 3 == 0)
			take((unsigned)rand() % FAKE_PAIRS, 1 + (unsigned)rand() % 20);
		if (rand() % 20 == 0) {
			uint32_t types = rand() % 3 ? VIO_HASH_MASK_ALL : (uint32_t)rand() & 0x7e;
			enum vio_error error = change(1 + (unsigned)rand() % FAKE_PAIRS, types);

			assert_true(error == VIO_ERROR_NONE || error == VIO_ERROR_BUSY);
			*(error ? &busy : &done) += 1;
		}
		if (rand() % 50 == 0)
			restart_unused((unsigned)rand() % FAKE_PAIRS);
	}
	do {
		fake_network_run();
		for (unsigned pair = 0; pair < FAKE_PAIRS; pair++)
			take(pair, UINT32_MAX);
		fake_network_run();
	} while (fake_flow_missing(&flows) && busy++ < 100000);
	assert_int_equal(fake_flow_missing(&flows), 0);
	assert_true(done > 100 && busy > 10);
	fake_network_stop();
}

static void changes_lose_and_reorder_nothing(void **state)
{
	(void)state;
	for (unsigned backends = 1; backends <= 5; backends++)
		for (unsigned seed = 0; seed < 4; seed++)
			changes_at_random(backends, 10 * backends + seed);
}

static enum vio_error steer_all_to(unsigned pair)
{
	uint8_t table[VIO_RSS_TABLE_ENTRIES];

	memset(table, (int)pair, sizeof(table));
	return fake_guest_steer(guest, FAKE_PAIRS, table);
}

static void waits_for_the_driver_to_consume(void **state)
{
	uint64_t deadline;

	(void)state;
	start(2);
	assert_int_equal(steer_all_to(0), VIO_ERROR_NONE);
	guest->rx[0].holds = true;
	fake_flow_receive(&flows, guest, 0);
	fake_network_run();
	assert_int_equal(steer_all_to(1), VIO_ERROR_NONE);
	fake_flow_receive(&flows, guest, 0);
	fake_network_run();
	assert_int_equal(take(1, 1), 0);
	/* The driver has taken the packet, but not done with it. */
	assert_int_equal(take(0, 1), 1);
	fake_network_run();
	assert_int_equal(take(1, 1), 0);
	assert_int_equal(steer_all_to(2), VIO_ERROR_BUSY);
	assert_int_equal(guest->device->rss.table[0], 1);
	/* Nobody tells the backend: it looks by itself. */
	host_ticks += ticks_per_us();
	assert_true(vio_backend_sleep_prepare(fake.network->backend[1], &deadline));
	assert_in_range(deadline, host_ticks, host_ticks + 50 * ticks_per_us());
	vio_backend_sleep_end(fake.network->backend[1]);
	front_consume(&guest->rx[0]);
	fake_network_run();
	assert_int_equal(take(1, 1), 1);
	assert_true(vio_backend_sleep_prepare(fake.network->backend[1], &deadline));
	assert_int_equal(deadline, UINT64_MAX);
	vio_backend_sleep_end(fake.network->backend[1]);
	assert_int_equal(steer_all_to(2), VIO_ERROR_NONE);
	fake_network_stop();
}

static void disabled_queues_hold_nothing_up(void **state)
{
	(void)state;
	start(2);
	assert_int_equal(steer_all_to(0), VIO_ERROR_NONE);
	fake_flow_receive(&flows, guest, 0);
	fake_network_run();
	assert_int_equal(steer_all_to(1), VIO_ERROR_NONE);
	fake_flow_receive(&flows, guest, 0);
	fake_flow_receive(&flows, guest, 0);
	fake_network_run();
	assert_int_equal(front_completed(&guest->rx[1]), 0);
	reg_write(guest, VIO_REG_QUEUE(0) + VIO_QUEUE_ENABLE, 0);
	fake_network_run();
	assert_int_equal(front_completed(&guest->rx[1]), 2);
	/* Nor do they leave anything behind when their own gate is closed. */
	assert_int_equal(steer_all_to(3), VIO_ERROR_NONE);
	fake_flow_receive(&flows, guest, 0);
	fake_network_run();
	assert_int_equal(front_completed(&guest->rx[3]), 0);
	assert_non_null(fake.network->backend[1]->flush_list);
	reg_write(guest, VIO_REG_QUEUE(6) + VIO_QUEUE_ENABLE, 0);
	assert_null(fake.network->backend[1]->flush_list);
	fake_guest_up(guest, FAKE_PAIRS, VIO_F_RSS);
	assert_int_equal(steer_all_to(3), VIO_ERROR_NONE);
	fake_network_stop();
}

static void stuck_backends_change_nothing(void **state)
{
	(void)state;
	start(2);
	fake.stuck = true;
	assert_int_equal(steer_all_to(3), VIO_ERROR_BUSY);
	fake.stuck = false;
	assert_int_equal(guest->device->rss.table[0], 0);
	for (unsigned i = 0; i < 2; i++)
		assert_false(fake.network->backend[i]->parked);
	assert_int_equal(steer_all_to(3), VIO_ERROR_NONE);
	fake_network_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_lose_and_reorder_nothing),
		cmocka_unit_test(waits_for_the_driver_to_consume),
		cmocka_unit_test(disabled_queues_hold_nothing_up),
		cmocka_unit_test(stuck_backends_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
