// SPDX-License-Identifier: BSD-2-Clause
// Backends that sleep, are woken, and lose devices and queues under traffic.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine_host.h"
#include "two_guests.h"

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
		cmocka_unit_test(sleeps_only_when_nothing_waits),
		cmocka_unit_test(wakes_the_backend_it_hands_over_to),
		cmocka_unit_test(resets_under_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
