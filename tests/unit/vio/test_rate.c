// SPDX-License-Identifier: BSD-2-Clause
// Rate limits: what passes in a given time, whoever asks and how often; sizes on the wire.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vio/rate.h"

#define SECOND      1000000000ull /* ticks */
#define PACKET_MOST 70000
#define BURST_LEAST 65536
#define SHARES      VIO_RATE_SHARES_MOST

static struct vio_rate rate;

/* What passes from tick `from` to `to` if each of so many backends always has packets. */
static uint64_t pass(unsigned backends, uint64_t from, uint64_t to, uint32_t packet_most)
{
	uint64_t bytes = 0, now = from;

	while (now < to) {
		uint64_t next = to;

		for (unsigned i = 0; i < backends; i++) {
			uint64_t when = 0;

			while (vio_rate_allows(&rate, i, now, &when)) {
				uint32_t packet = 84 + (uint32_t)rand() % (packet_most - 83);

				vio_rate_charge(&rate, i, packet);
				bytes += packet;
			}
			assert_true(when > now);
			if (when < next)
				next = when;
		}
		now = next;
	}
	return bytes;
}

static void passes_the_rate_and_a_burst(void **state)
{
	static const uint64_t rates[] = {VIO_RATE_LEAST, 10000000,    100000000,
					 1000000000,     10000000000, VIO_RATE_MOST};

	(void)state;
	srand(1);
	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		for (unsigned backends = 1; backends <= SHARES; backends += 5) {
			/* A second, or at 1 Gb/s and above enough for exactness. */
			uint64_t ticks = rates[i] < 1000000000 ? SECOND : SECOND / 50;
			uint64_t expected = rates[i] / 8 * ticks / SECOND;
			uint64_t burst =
				rates[i] / 8000 > BURST_LEAST ? rates[i] / 8000 : BURST_LEAST;
			uint64_t most, passed;

			vio_rate_init(&rate, rates[i]);
			passed = pass(backends, 5 * SECOND, 5 * SECOND + ticks, 1538);
			most = expected + burst + backends * (rate.slice_bytes + 1538ull);
			assert_in_range(passed, expected - expected / 1000, most);
		}
	}
}

static void large_packets_are_owed_for(void **state)
{
	uint64_t passed;

	(void)state;
	vio_rate_init(&rate, 100000000);
	passed = pass(4, SECOND, 3 * SECOND, PACKET_MOST);
	assert_in_range(passed, 25000000 - 25000,
			25000000 + BURST_LEAST + 4 * (rate.slice_bytes + PACKET_MOST));
}

static void idle_time_is_worth_one_burst(void **state)
{
	uint64_t passed;

	(void)state;
	vio_rate_init(&rate, 100000000);
	pass(1, 0, SECOND, 1538);
	passed = pass(1, 100 * SECOND, 100 * SECOND + 1, 1538);
	assert_in_range(passed, BURST_LEAST - rate.slice_bytes,
			BURST_LEAST + 2 * rate.slice_bytes + 1538);
}

/* The rate goes to whom has packets: half the time one backend, then another. */
static void shares_move(void **state)
{
	uint64_t passed = 0;

	(void)state;
	vio_rate_init(&rate, 1000000000);
	for (unsigned i = 0; i < 20; i++) {
		uint64_t from = SECOND + i * SECOND / 200;
		uint64_t now = from, when;

		while (now < from + SECOND / 200) {
			while (vio_rate_allows(&rate, i % SHARES, now, &when)) {
				vio_rate_charge(&rate, i % SHARES, 1538);
				passed += 1538;
			}
			now = when;
		}
	}
	/* A tenth of a second: 12.5 MB. */
	assert_in_range(passed, 12400000, 12500000 + 125000 + SHARES * (rate.slice_bytes + 1538));
}

static uint64_t ticks; /* of all threads */
static uint64_t passed_by[SHARES];

static void *buy_in_thread(void *argument)
{
	unsigned number = (unsigned)(uintptr_t)argument;
	uint64_t when;

	for (unsigned i = 0; i < 20000; i++) {
		uint64_t now = __atomic_add_fetch(&ticks, 500, __ATOMIC_RELAXED);

		while (vio_rate_allows(&rate, number, now, &when)) {
			vio_rate_charge(&rate, number, 1538);
			passed_by[number] += 1538;
		}
	}
	return NULL;
}

/* What is bought at the same time is not bought twice. */
static void threads_share_one_limit(void **state)
{
	pthread_t thread[4];
	uint64_t passed = 0;

	(void)state;
	vio_rate_init(&rate, 10000000000);
	ticks = SECOND;
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, buy_in_thread, (void *)i), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		passed += passed_by[i];
	}
	/* 40 ms: 50 MB, and a burst of 1.25 MB. */
	assert_in_range(passed, 40000000, 50000000 + 1250000 + 4 * (32768 + 1538));
}

static void counts_what_the_wire_carries(void **state)
{
	struct packet packet = {.bytes = 60, .total_bytes = 60};

	(void)state;
	assert_int_equal(vio_wire_bytes(&packet), 84);
	packet.total_bytes = 14;
	assert_int_equal(vio_wire_bytes(&packet), 84);
	packet.flags = PACKET_VLAN;
	assert_int_equal(vio_wire_bytes(&packet), 84);
	packet.total_bytes = 1514;
	assert_int_equal(vio_wire_bytes(&packet), 1542);
	packet.flags = 0;
	assert_int_equal(vio_wire_bytes(&packet), 1538);
	/* Three segments: 54 bytes of headers and 1000, 1000, 500 bytes. */
	packet.total_bytes = 54 + 2500;
	packet.header_bytes = 54;
	packet.gso_size = 1000;
	assert_int_equal(vio_wire_bytes(&packet), 2 * 1078 + 578);
	packet.flags = PACKET_VLAN;
	assert_int_equal(vio_wire_bytes(&packet), 2 * 1082 + 582);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_the_rate_and_a_burst),
		cmocka_unit_test(large_packets_are_owed_for),
		cmocka_unit_test(idle_time_is_worth_one_burst),
		cmocka_unit_test(shares_move),
		cmocka_unit_test(threads_share_one_limit),
		cmocka_unit_test(counts_what_the_wire_carries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
