// SPDX-License-Identifier: BSD-2-Clause
// Coalescing in the device: its registers, and the card's moderation that follows from them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_network.h"
#include "machine_host.h"

#define US          1000ull /* ticks */
#define FRAME_BYTES 60

static struct fake_guest *a, *b;
static struct vio_backend *backend;

static int start(void **state)
{
	(void)state;
	host_ticks = 1000000;
	fake_network_start(1, true);
	a = fake_network_add(1);
	b = fake_network_add(1);
	backend = fake.network->backend[0];
	backend->watch.dedicated = true;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fake_network_stop();
	return 0;
}

static uint32_t rx(uint32_t offset)
{
	return reg_read(a, VIO_REG_QUEUE(0) + offset);
}

static void write_rx(uint32_t offset, uint32_t value)
{
	reg_write(a, VIO_REG_QUEUE(0) + offset, value);
}

static void is_adaptive_by_default(void **state)
{
	(void)state;
	assert_int_equal(rx(VIO_QUEUE_ADAPTIVE), 1);
	assert_int_equal(rx(VIO_QUEUE_USECS), VIO_USECS_DEFAULT);
	assert_int_equal(rx(VIO_QUEUE_FRAMES), 0);
	fake_guest_up(a, 1, VIO_F_COALESCE | VIO_F_ADAPTIVE);
	assert_true(a->device->queue[0].coalesce.adaptive);
	assert_int_equal(a->device->queue[1].coalesce.delay_ticks, VIO_USECS_DEFAULT * US);
}

static void takes_what_is_in_range(void **state)
{
	(void)state;
	fake_guest_up(a, 1, VIO_F_COALESCE | VIO_F_ADAPTIVE);
	write_rx(VIO_QUEUE_USECS, VIO_USECS_MOST);
	write_rx(VIO_QUEUE_FRAMES, VIO_RING_SIZE_MOST);
	assert_int_equal(rx(VIO_QUEUE_ADAPTIVE), 1);
	write_rx(VIO_QUEUE_ADAPTIVE, 0);
	assert_int_equal(rx(VIO_QUEUE_ADAPTIVE), 0);
	assert_int_equal(a->device->queue[0].coalesce.delay_ticks, VIO_USECS_MOST * US);
	assert_int_equal(a->device->queue[0].coalesce.frames, VIO_RING_SIZE_MOST);
	assert_false(a->device->queue[0].coalesce.adaptive);
	write_rx(VIO_QUEUE_ADAPTIVE, 1);
	assert_true(a->device->queue[0].coalesce.adaptive);
	/* Each queue has its own. */
	assert_int_equal(a->device->queue[1].coalesce.delay_ticks, VIO_USECS_DEFAULT * US);
}

static void refuses_with_the_range(void **state)
{
	unsigned warnings = host_log_count[1];

	(void)state;
	fake_guest_up(a, 1, VIO_F_COALESCE | VIO_F_ADAPTIVE);
	write_rx(VIO_QUEUE_USECS, 20);
	write_rx(VIO_QUEUE_USECS, VIO_USECS_MOST + 1);
	assert_int_equal(reg_read(a, VIO_REG_ERROR), VIO_ERROR_REGISTER);
	assert_int_equal(rx(VIO_QUEUE_USECS), 20);
	write_rx(VIO_QUEUE_FRAMES, VIO_RING_SIZE_MOST + 1);
	assert_int_equal(rx(VIO_QUEUE_FRAMES), 0);
	/* The second refusal was the last one told so far: 1, 2, 4, 8 and so on are. */
	assert_int_equal(host_log_count[1] - warnings, 2);
	for (unsigned i = 0; i < 1000; i++)
		write_rx(VIO_QUEUE_ADAPTIVE, 2 + i);
	assert_int_equal(rx(VIO_QUEUE_ADAPTIVE), 1);
	assert_int_equal(host_log_count[1] - warnings, 2 + 8);
}

static void old_drivers_mean_what_they_write(void **state)
{
	(void)state;
	fake_guest_up(a, 1, VIO_F_COALESCE);
	assert_int_equal(rx(VIO_QUEUE_ADAPTIVE), 1);
	write_rx(VIO_QUEUE_ADAPTIVE, 1);
	assert_int_equal(reg_read(a, VIO_REG_ERROR), VIO_ERROR_REGISTER);
	write_rx(VIO_QUEUE_USECS, 20);
	assert_int_equal(rx(VIO_QUEUE_ADAPTIVE), 0);
	assert_false(a->device->queue[0].coalesce.adaptive);
}

static void needs_the_feature(void **state)
{
	(void)state;
	fake_guest_up(a, 1, 0);
	write_rx(VIO_QUEUE_USECS, 20);
	assert_int_equal(reg_read(a, VIO_REG_ERROR), VIO_ERROR_REGISTER);
	assert_int_equal(rx(VIO_QUEUE_USECS), VIO_USECS_DEFAULT);
}

static void to_guest(const struct fake_guest *guest)
{
	uint8_t frame[FRAME_BYTES] = {0};

	memcpy(frame, &guest->mac, 6);
	frame[6] = 2;
	frame[11] = 99;
	assert_true(fake_netdev_receive(&fake.card, 0, frame, sizeof(frame), 0));
}

static void drain(struct fake_guest *guest)
{
	uint8_t got[2048];

	while (front_take(&guest->rx[0], NULL, got))
		front_post(&guest->rx[0], 1);
}

/* Steady traffic to a guest that polls, until much is known of it. */
static void run_traffic(struct fake_guest *guest, uint64_t gap)
{
	for (unsigned i = 0; i < 1000; i++) {
		to_guest(guest);
		host_ticks += gap;
		fake_network_run();
		drain(guest);
	}
}

static bool sleeps(uint64_t *deadline)
{
	bool asleep = vio_backend_sleep_prepare(backend, deadline);

	assert_true(asleep);
	return asleep;
}

static void card_gets_a_part_of_the_delay(void **state)
{
	uint64_t deadline;

	(void)state;
	fake_guest_up(a, 1, 0);
	sleeps(&deadline);
	assert_int_equal(fake.card.queue[0].interval_us, 0);
	vio_backend_sleep_end(backend);
	run_traffic(a, 1 * US);
	sleeps(&deadline);
	assert_in_range(fake.card.queue[0].interval_us, 2, VIO_USECS_DEFAULT / 4);
	assert_true(fake.card.queue[0].interrupt_on);
	vio_backend_sleep_end(backend);
	/* Too little would gather there to be worth not knowing when it came. */
	run_traffic(a, 8 * US);
	sleeps(&deadline);
	assert_int_equal(fake.card.queue[0].interval_us, 0);
	vio_backend_sleep_end(backend);
	/* Idle for long: the next packet is not delayed anywhere. */
	host_ticks += 1000 * US;
	fake_network_run();
	sleeps(&deadline);
	assert_int_equal(fake.card.queue[0].interval_us, 0);
	vio_backend_sleep_end(backend);
}

/* Another guest on the same hardware queue, idle, would not be delayed: so the card is not. */
static void the_tightest_need_counts(void **state)
{
	uint64_t deadline;

	(void)state;
	fake_guest_up(a, 1, 0);
	fake_guest_up(b, 1, 0);
	run_traffic(a, 2 * US);
	sleeps(&deadline);
	assert_int_equal(fake.card.queue[0].interval_us, 0);
	assert_true(fake.card.queue[0].interrupt_on);
	vio_backend_sleep_end(backend);
}

/* A guest with traffic has taken all of it, and asks for an interrupt. */
static void wait_for_packet(void)
{
	fake_guest_up(a, 1, 0);
	front_post(&a->rx[0], 40);
	run_traffic(a, 2 * US);
	front_want_interrupt(&a->rx[0], a->rx[0].seen);
	a->guest.interrupts[1] = 0;
}

static void card_is_silent_while_an_interrupt_waits(void **state)
{
	uint64_t deadline, arrival;

	(void)state;
	wait_for_packet();
	arrival = host_ticks;
	to_guest(a);
	fake_network_run();
	assert_int_equal(a->guest.interrupts[1], 0);
	sleeps(&deadline);
	assert_false(fake.card.queue[0].interrupt_on);
	assert_true(deadline > host_ticks && deadline <= host_ticks + 16 * US);
	/* What comes now waits for the same interrupt, and all of it no longer than the bound. */
	to_guest(a);
	while (!a->guest.interrupts[1]) {
		host_ticks = deadline;
		vio_backend_sleep_end(backend);
		fake_network_run();
		if (!a->guest.interrupts[1])
			sleeps(&deadline);
	}
	assert_true(host_ticks <= arrival + VIO_USECS_DEFAULT * US);
	assert_int_equal(a->device->queue[0].published, a->rx[0].seen + 2);
}

/* Packets for a guest that takes one for each that comes, but for the first `unread`. */
static void keep_busy(struct fake_guest *guest, uint32_t unread, unsigned packets)
{
	uint8_t got[2048];

	for (unsigned i = 0; i < packets; i++) {
		to_guest(guest);
		host_ticks += 2 * US;
		fake_network_run();
		if (i >= unread && front_take(&guest->rx[0], NULL, got))
			front_post(&guest->rx[0], 1);
	}
}

/* One more packet for it. Returns what the round says. */
static unsigned poll_with_work(struct fake_guest *guest)
{
	to_guest(guest);
	host_ticks += 2 * US;
	return vio_backend_poll(backend, 64);
}

static void rests_while_guests_have_enough_to_do(void **state)
{
	uint64_t deadline;

	(void)state;
	fake_guest_up(a, 1, VIO_F_RSS);
	keep_busy(a, 30, 600);
	/* They may have been taken already: it is looked after at once. */
	assert_int_not_equal(poll_with_work(a), 0);
	keep_busy(a, 50, 600);
	assert_int_equal(poll_with_work(a), 0);
	sleeps(&deadline);
	assert_false(fake.card.queue[0].interrupt_on);
	assert_in_range(deadline, host_ticks + 4 * US, host_ticks + VIO_USECS_DEFAULT * US);
	vio_backend_sleep_end(backend);
	/* Nothing was there, or not everything taken: the usual way. */
	assert_int_equal(vio_backend_poll(backend, 64), 0);
	sleeps(&deadline);
	assert_true(fake.card.queue[0].interrupt_on);
	vio_backend_sleep_end(backend);
	to_guest(a);
	assert_int_equal(vio_backend_poll(backend, 1), 1);
}

static void does_not_rest_for_some_only(void **state)
{
	(void)state;
	fake_guest_up(a, 1, VIO_F_RSS | VIO_F_COALESCE | VIO_F_ADAPTIVE);
	fake_guest_up(b, 1, VIO_F_RSS);
	keep_busy(a, 80, 600);
	assert_int_not_equal(poll_with_work(a), 0);
	reg_write(b, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(poll_with_work(a), 0);
	/* One that wants no delays. */
	write_rx(VIO_QUEUE_USECS, 0);
	assert_int_not_equal(poll_with_work(a), 0);
}

static int start_shared(void **state)
{
	start(state);
	backend->watch.dedicated = false;
	return 0;
}

/* Packets come every gap until tick end or *deadline; the guest has polled in vain at tick asks. */
static void pass_time(uint64_t *next, uint64_t gap, uint64_t end, uint64_t asks, uint64_t *deadline)
{
	for (; *next < *deadline && *next < end; *next += gap) {
		if (*next >= asks)
			front_want_interrupt(&a->rx[0], a->rx[0].seen);
		host_ticks = *next;
		to_guest(a);
		/* The card's interrupt waits for its interval; a silent card's for the deadline. */
		if (fake.card.queue[0].interrupt_on)
			*deadline = *next + gap;
	}
	if (*deadline > asks)
		front_want_interrupt(&a->rx[0], a->rx[0].seen);
}

/*
 * A backend that shares its core, as its thread does, and a guest that polls for so many ticks
 * after each of its rounds, before it asks for an interrupt. Packets come every gap until tick end.
 */
static unsigned run_shared(uint64_t end, uint64_t gap, uint64_t polls)
{
	uint64_t next = host_ticks + gap;
	unsigned wakeups = 0;

	while (host_ticks < end) {
		uint64_t deadline;

		while (vio_backend_poll(backend, 64) ||
		       !vio_backend_sleep_prepare(backend, &deadline))
			vio_backend_sleep_end(backend);
		drain(a);
		pass_time(&next, gap, end, host_ticks + polls, &deadline);
		host_ticks = deadline < end ? deadline : end;
		vio_backend_sleep_end(backend);
		wakeups++;
	}
	return wakeups;
}

/* Where each wake-up is an exit there is one for all that comes while nobody waits. */
static void shared_core_changes_hands_rarely(void **state)
{
	unsigned wakeups;
	uint64_t interrupts, packets;

	(void)state;
	fake_guest_up(a, 1, 0);
	front_post(&a->rx[0], 200);
	run_shared(host_ticks + 10000 * US, 2 * US, 0);
	interrupts = a->guest.interrupts[1];
	packets = a->device->queue[0].stats.packets;
	wakeups = run_shared(host_ticks + 4000 * US, 2 * US, 0);
	packets = a->device->queue[0].stats.packets - packets;
	interrupts = a->guest.interrupts[1] - interrupts;
	assert_in_range(packets, 1980, 2020);
	/* Each brings the packets of the longest delay, and an interrupt leaves with it. */
	assert_in_range(wakeups, 4000 / VIO_USECS_DEFAULT, 4000 / VIO_USECS_DEFAULT * 3 / 2);
	assert_in_range(interrupts, wakeups * 3 / 4, wakeups);
}

/* A guest that would keep polling, and want no interrupts, if it got each packet at once. */
static void shared_core_leaves_polling_guests_alone(void **state)
{
	unsigned wakeups;

	(void)state;
	fake_guest_up(a, 1, 0);
	front_post(&a->rx[0], 200);
	run_shared(host_ticks + 40000 * US, 4 * US, 9 * US);
	wakeups = run_shared(host_ticks + 4000 * US, 4 * US, 9 * US);
	assert_in_range(wakeups, 4000 / VIO_USECS_DEFAULT, 4000 / VIO_USECS_DEFAULT * 3 / 2);
}

static void shared_core_tells_at_once_after_idle(void **state)
{
	uint64_t deadline;

	(void)state;
	wait_for_packet();
	sleeps(&deadline);
	host_ticks += 1000 * US;
	vio_backend_sleep_end(backend);
	to_guest(a);
	vio_backend_poll(backend, 64);
	assert_int_equal(a->guest.interrupts[1], 1);
	sleeps(&deadline);
	assert_true(fake.card.queue[0].interrupt_on);
	vio_backend_sleep_end(backend);
}

/* Of a backend that waits for its turn on the core, the time between two rounds is no silence. */
static void waiting_for_the_core_is_no_silence(void **state)
{
	(void)state;
	fake_guest_up(a, 1, 0);
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned packet = 0; packet < 12; packet++)
			to_guest(a);
		host_ticks += 12 * US;
		vio_backend_poll(backend, 64);
		drain(a);
	}
	assert_in_range(a->device->queue[0].history.gap, US * 9 / 10, US * 11 / 10);
}

/* A guest that has its ring full of packets gets the time to take them, not more packets to drop.
 */
static void shared_core_rests_in_overload(void **state)
{
	uint64_t deadline;

	(void)state;
	fake_guest_up(a, 1, VIO_F_RSS);
	keep_busy(a, 80, 600);
	for (unsigned packet = 0; packet < 8; packet++)
		to_guest(a);
	/* Buffers are left: the card's packets are brought. */
	assert_int_not_equal(vio_backend_poll(backend, 4), 0);
	while (!a->device->queue[0].stats.drop_no_buffer) {
		to_guest(a);
		fake_network_run();
	}
	for (unsigned packet = 0; packet < 8; packet++)
		to_guest(a);
	assert_int_equal(vio_backend_poll(backend, 4), 0);
	sleeps(&deadline);
	assert_false(fake.card.queue[0].interrupt_on);
	assert_true(deadline > host_ticks + 4 * US);
	vio_backend_sleep_end(backend);
	/* A backend with a core of its own has nothing better to do. */
	backend->watch.dedicated = true;
	assert_int_not_equal(vio_backend_poll(backend, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_adaptive_by_default, start, stop),
		cmocka_unit_test_setup_teardown(takes_what_is_in_range, start, stop),
		cmocka_unit_test_setup_teardown(refuses_with_the_range, start, stop),
		cmocka_unit_test_setup_teardown(old_drivers_mean_what_they_write, start, stop),
		cmocka_unit_test_setup_teardown(needs_the_feature, start, stop),
		cmocka_unit_test_setup_teardown(card_gets_a_part_of_the_delay, start, stop),
		cmocka_unit_test_setup_teardown(the_tightest_need_counts, start, stop),
		cmocka_unit_test_setup_teardown(card_is_silent_while_an_interrupt_waits, start,
						stop),
		cmocka_unit_test_setup_teardown(rests_while_guests_have_enough_to_do, start, stop),
		cmocka_unit_test_setup_teardown(does_not_rest_for_some_only, start, stop),
		cmocka_unit_test_setup_teardown(shared_core_changes_hands_rarely, start_shared,
						stop),
		cmocka_unit_test_setup_teardown(shared_core_leaves_polling_guests_alone,
						start_shared, stop),
		cmocka_unit_test_setup_teardown(shared_core_tells_at_once_after_idle, start_shared,
						stop),
		cmocka_unit_test_setup_teardown(shared_core_rests_in_overload, start_shared, stop),
		cmocka_unit_test_setup_teardown(waiting_for_the_core_is_no_silence, start_shared,
						stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
