// SPDX-License-Identifier: BSD-2-Clause
// Transmit rings that are watched instead of doorbells asked for.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_network.h"
#include "machine_host.h"

#define US      1000ull /* ticks */
#define STATION 0x630000000002ull

static struct fake_guest *guest;
static struct vio_backend *backend;

static int start(void **state)
{
	(void)state;
	host_ticks = 1000000;
	fake_network_start(1, true);
	guest = fake_network_add(1);
	backend = fake.network->backend[0];
	fake_guest_up(guest, 1, 0);
	return 0;
}

static int start_dedicated(void **state)
{
	start(state);
	backend->watch.dedicated = true;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	backend->watch.dedicated = false;
	fake_network_run();
	fake_network_stop();
	return 0;
}

static uint64_t doorbells(void)
{
	return guest->device->queue[1].stats.doorbells;
}

/* What the backend's thread does, to tick end; returns how often it slept. */
static unsigned run_until(uint64_t end)
{
	unsigned sleeps = 0;

	while (host_ticks < end) {
		uint64_t deadline;

		host_ticks += US / 2;
		if (vio_backend_poll(backend, 64))
			continue;
		if (vio_backend_sleep_prepare(backend, &deadline)) {
			sleeps++;
			host_ticks = deadline < end ? deadline : end;
		}
		vio_backend_sleep_end(backend);
	}
	return sleeps;
}

static bool is_asleep_with_doorbell(void)
{
	uint64_t deadline, before = doorbells();

	while (vio_backend_poll(backend, 64))
		host_ticks += US;
	assert_true(vio_backend_sleep_prepare(backend, &deadline));
	fake_guest_send(guest, 0, STATION, 60, 1);
	vio_backend_sleep_end(backend);
	return doorbells() != before;
}

static void first_packet_rings(void **state)
{
	(void)state;
	assert_true(is_asleep_with_doorbell());
}

static void active_guests_never_ring(void **state)
{
	uint64_t before;

	(void)state;
	fake_guest_send(guest, 0, STATION, 60, 0);
	run_until(host_ticks + 100 * US);
	before = doorbells();
	/* 2,000 packets a second: each is taken, none rings. */
	for (unsigned i = 1; i < 50; i++) {
		fake_guest_send(guest, 0, STATION, 60, i);
		run_until(host_ticks + 500 * US);
		assert_int_equal(guest->device->queue[1].stats.packets, i + 1);
	}
	assert_int_equal(doorbells(), before);
	assert_false(is_asleep_with_doorbell());
}

static void idle_guests_ring_again(void **state)
{
	(void)state;
	fake_guest_send(guest, 0, STATION, 60, 0);
	run_until(host_ticks + 2100 * US);
	assert_true(is_asleep_with_doorbell());
}

/* Not spinning all the time, and not at all when idle for longer. */
static void watching_has_its_price(void **state)
{
	(void)state;
	fake_guest_send(guest, 0, STATION, 60, 0);
	assert_in_range(run_until(host_ticks + 2000 * US), 80, 120);
	run_until(host_ticks + 100 * US);
	assert_int_equal(run_until(host_ticks + 10000 * US), 1);
}

static void shared_cores_do_not_watch(void **state)
{
	(void)state;
	fake_guest_send(guest, 0, STATION, 60, 0);
	run_until(host_ticks + 10 * US);
	assert_true(is_asleep_with_doorbell());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_packet_rings, start_dedicated, stop),
		cmocka_unit_test_setup_teardown(active_guests_never_ring, start_dedicated, stop),
		cmocka_unit_test_setup_teardown(idle_guests_ring_again, start_dedicated, stop),
		cmocka_unit_test_setup_teardown(watching_has_its_price, start_dedicated, stop),
		cmocka_unit_test_setup_teardown(shared_cores_do_not_watch, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
