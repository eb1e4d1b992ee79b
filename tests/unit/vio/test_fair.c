// SPDX-License-Identifier: BSD-2-Clause
// Shares of a full wire: the level, and devices with unlike numbers of queues on a simulated wire.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_network.h"
#include "kernel/machine.h"
#include "machine_host.h"

#define STATION  0x060504030202ull
#define BACKENDS 4

/* The wire: 10 Gb/s and steps of 10 us, a tick being a nanosecond. */
#define STEP_TICKS 10000
#define STEP_BYTES 12500
#define MS_STEPS   100
#define MS_BYTES   1250000

#define RING FAKE_RING

/* The transmit rings of the card, whose frames the wire takes in turn. */
static struct ring {
	struct {
		uint8_t guest;
		uint32_t bytes;
	} frame[RING];
	unsigned first, count;
} ring[BACKENDS];
static unsigned sending; /* the ring of the backend that runs */
static unsigned ring_packets;
static bool in_parts;     /* frames of two buffers, which stay the guest's until they are sent */
static unsigned turn;     /* of the wire */
static int64_t wire_room; /* bytes */
static unsigned wire_step_bytes;
static uint64_t wire_bytes[FAKE_GUESTS + 1]; /* sent, by guest; 0: in all */

/* What a guest wants to send. */
struct load {
	unsigned pairs;
	uint32_t bytes;      /* of a frame */
	unsigned step_bytes; /* in a step; 0: all it can */
	uint64_t credit;
};

static struct load load[FAKE_GUESTS];

static void enter_ring(const struct packet *packet)
{
	struct ring *to = &ring[sending];
	unsigned slot = (to->first + to->count++) % RING;

	assert_true(to->count <= RING);
	to->frame[slot].guest = packet->data[11];
	to->frame[slot].bytes = vio_wire_bytes(packet);
}

static void run_wire(void)
{
	unsigned empty = 0;

	wire_room += wire_step_bytes;
	while (wire_room > 0 && empty < BACKENDS) {
		struct ring *from = &ring[turn];

		turn = (turn + 1) % BACKENDS;
		if (!from->count) {
			empty++;
			continue;
		}
		empty = 0;
		wire_room -= from->frame[from->first].bytes;
		wire_bytes[from->frame[from->first].guest] += from->frame[from->first].bytes;
		wire_bytes[0] += from->frame[from->first].bytes;
		from->first = (from->first + 1) % RING;
		from->count--;
	}
	/* A wire that has nothing to carry saves nothing. */
	if (wire_room > 0)
		wire_room = 0;
}

static void produce(unsigned guest)
{
	struct load *wish = &load[guest];

	wish->credit += wish->step_bytes;
	for (unsigned pair = 0; pair < wish->pairs; pair++) {
		struct front_ring *tx = &fake.guest[guest].tx[pair];

		while (tx->produced - front_completed(tx) < tx->size - 2) {
			if (wish->step_bytes && wish->credit < wish->bytes + 24)
				return;
			if (in_parts)
				fake_guest_send_parts(&fake.guest[guest], pair, STATION,
						      wish->bytes, 0);
			else
				fake_guest_send(&fake.guest[guest], pair, STATION, wish->bytes, 0);
			if (wish->step_bytes)
				wish->credit -= wish->bytes + 24;
		}
	}
}

/* budget: packets that backend 0 takes in a step; the others take what they can. */
static void run(unsigned milliseconds, unsigned budget)
{
	memset(wire_bytes, 0, sizeof(wire_bytes));
	for (unsigned step = 0; step < milliseconds * MS_STEPS; step++) {
		for (unsigned i = 0; i < fake.guests; i++)
			produce(i);
		for (sending = 0; sending < BACKENDS; sending++) {
			struct fake_queue *queue = &fake.card.queue[sending];

			queue->send_room = ring_packets - ring[sending].count;
			queue->reclaimable = queue->sends - ring[sending].count;
			vio_backend_poll(fake.network->backend[sending], sending ? 64 : budget);
		}
		run_wire();
		host_ticks += STEP_TICKS;
	}
}

static void start(const struct load *loads, unsigned guests)
{
	fake_network_start(BACKENDS, true);
	fake.card.transmitted = enter_ring;
	host_ticks = 1000000000;
	memset(ring, 0, sizeof(ring));
	turn = 0;
	wire_room = 0;
	wire_step_bytes = STEP_BYTES;
	ring_packets = 64;
	for (unsigned i = 0; i < guests; i++) {
		load[i] = loads[i];
		fake_guest_up(fake_network_add(load[i].pairs), load[i].pairs, VIO_F_RSS);
	}
}

static void stop(void)
{
	for (unsigned i = 0; i < BACKENDS; i++)
		fake.card.queue[i].send_room = fake.card.queue[i].reclaimable = UINT32_MAX;
	memset(ring, 0, sizeof(ring));
	fake.card.transmitted = NULL;
	fake_network_stop();
}

/* A guest's part of what the wire could carry in so many ms is so many percent, and at most 5 %
 * off. */
static void expect(unsigned guest, unsigned milliseconds, unsigned percent)
{
	uint64_t due = (uint64_t)milliseconds * wire_step_bytes * MS_STEPS * percent / 100;

	print_message("guest %u: %llu of %llu\n", guest, (unsigned long long)wire_bytes[guest],
		      (unsigned long long)due);
	assert_in_range(wire_bytes[guest], due * 95 / 100, due * 105 / 100);
}

static void expect_halves(unsigned milliseconds)
{
	expect(1, milliseconds, 50);
	expect(2, milliseconds, 50);
}

/* A guest with four queues and one with one; both send all they can. */
static void start_four_and_one(void)
{
	start((struct load[]){{4, 1514, 0, 0}, {1, 1514, 0, 0}}, 2);
}

static void level_is_max_min(void **state)
{
	struct vio_fair_use use[4] = {{0}};

	(void)state;
	/* Nobody, one, and two with enough for both. */
	assert_int_equal(vio_fair_level(use, 4, 1000000), UINT64_MAX);
	use[0] = (struct vio_fair_use){2000000, true};
	assert_int_equal(vio_fair_level(use, 4, 1000000), UINT64_MAX);
	use[0] = (struct vio_fair_use){400000, false};
	use[1] = (struct vio_fair_use){400000, false};
	assert_int_equal(vio_fair_level(use, 4, 1000000), UINT64_MAX);
	/* Both wait; then a third that wants little, of which a part more is kept for it. */
	use[0].waited = use[1].waited = true;
	assert_int_equal(vio_fair_level(use, 4, 1000000), 500000);
	use[2] = (struct vio_fair_use){160000, false};
	assert_int_equal(vio_fair_level(use, 4, 1000000), 415000);
	/* A fourth that wants more than the first level, but less than the second. */
	use[3] = (struct vio_fair_use){256000, false};
	assert_int_equal(vio_fair_level(use, 4, 1000000), (1000000 - 170000 - 272000) / 2);
	/* More than the wire carries, without anybody having waited: the largest gives way. */
	use[0] = (struct vio_fair_use){700000, false};
	use[1] = (struct vio_fair_use){320000, false};
	use[2] = use[3] = (struct vio_fair_use){0, false};
	assert_int_equal(vio_fair_level(use, 4, 1000000), 660000);
}

static void four_queues_get_no_more_than_one(void **state)
{
	(void)state;
	start_four_and_one();
	run(20, 64);
	run(50, 64);
	expect_halves(50);
	assert_true(wire_bytes[0] > 50ull * MS_BYTES * 99 / 100);
	stop();
	/* The guests' rings do not fill the card's: nobody waits, but the wire is full. */
	start_four_and_one();
	ring_packets = RING;
	in_parts = true;
	run(20, 64);
	run(50, 64);
	expect_halves(50);
	assert_true(wire_bytes[0] > 50ull * MS_BYTES * 99 / 100);
	stop();
	in_parts = false;
	/* Nor does what the backends have to take packets with. */
	start_four_and_one();
	ring_packets = RING;
	run(20, 64);
	run(50, 64);
	expect_halves(50);
	stop();
	/* The one sends smaller frames, of which a turn of the card carries fewer bytes. */
	start((struct load[]){{4, 1514, 0, 0}, {1, 500, 0, 0}}, 2);
	run(20, 64);
	run(50, 64);
	expect_halves(50);
	stop();
}

static void little_demand_is_met_and_the_rest_shared(void **state)
{
	(void)state;
	start((struct load[]){{4, 1514, 0, 0}, {1, 1514, 0, 0}, {2, 1514, 2500, 0}}, 3);
	run(20, 64);
	run(50, 64);
	expect(1, 50, 40);
	expect(2, 50, 40);
	expect(3, 50, 20);
	assert_true(wire_bytes[0] > 50ull * MS_BYTES * 98 / 100);
	stop();
}

static void what_one_leaves_others_get_at_once(void **state)
{
	(void)state;
	start((struct load[]){{4, 1514, 0, 0}, {1, 1514, 0, 0}, {1, 1514, 0, 0}}, 3);
	run(30, 64);
	run(30, 64);
	for (unsigned guest = 1; guest <= 3; guest++)
		expect(guest, 30, 33);
	/* One stops; the wire stays full from the first to the last. */
	load[0].step_bytes = 1;
	run(10, 64);
	assert_true(wire_bytes[0] > 10ull * MS_BYTES * 97 / 100);
	run(20, 64);
	expect(2, 20, 50);
	expect(3, 20, 50);
	/* Only the one with many queues is left, and the level is taken back. */
	load[0].step_bytes = 0;
	load[1].step_bytes = load[2].step_bytes = 1;
	run(5, 64);
	run(20, 64);
	expect(1, 20, 100);
	assert_int_equal(fake.network->fair.level, 0);
	/* Another begins again. */
	load[1].step_bytes = 0;
	run(20, 64);
	run(20, 64);
	expect_halves(20);
	stop();
}

/* A device that its backend's core holds back gets what that can; the others are not held for it.
 */
static void slow_backend_wastes_nothing(void **state)
{
	(void)state;
	start_four_and_one();
	/* 2 packets in 10 us are a quarter of the wire, shared in turns. */
	run(20, 2);
	run(50, 2);
	assert_true(wire_bytes[0] > 50ull * MS_BYTES * 95 / 100);
	stop();
}

/* Pause frames of the other end leave half of the wire: it is shared alike. */
static void slower_wire_is_shared_alike(void **state)
{
	(void)state;
	start_four_and_one();
	wire_step_bytes = STEP_BYTES / 2;
	run(40, 64);
	run(50, 64);
	expect_halves(50);
	stop();
}

static void nothing_is_done_while_there_is_room(void **state)
{
	(void)state;
	start((struct load[]){{4, 1514, 4000, 0}, {1, 1514, 4000, 0}}, 2);
	run(50, 64);
	expect(1, 50, 32);
	expect(2, 50, 32);
	assert_false(fake.network->fair.counting);
	/* Having been full, it ends after a while. */
	load[0].step_bytes = load[1].step_bytes = 0;
	run(10, 64);
	assert_true(fake.network->fair.level > 0);
	load[0].step_bytes = load[1].step_bytes = 1000;
	load[0].credit = load[1].credit = 0;
	run(30, 64);
	assert_false(fake.network->fair.counting);
	assert_int_equal(fake.network->fair.level, 0);
	stop();
}

static unsigned first_of(unsigned guest)
{
	return fake.guest[guest].device->queue[0].owner->number;
}

static void devices_spread_over_backends(void **state)
{
	(void)state;
	start((struct load[]){{1, 60, 1, 0}, {1, 60, 1, 0}, {2, 60, 1, 0}, {4, 60, 1, 0}}, 4);
	assert_int_equal(first_of(0), 0);
	assert_int_equal(first_of(1), 1);
	assert_int_equal(first_of(2), 2);
	assert_int_equal(first_of(3), 0);
	for (unsigned pair = 0; pair < 4; pair++)
		assert_int_equal(fake.guest[3].device->queue[2 * pair + 1].owner->number, pair);
	/* The place of one that went is the next one's. */
	assert_int_equal(vio_device_destroy(fake.guest[1].device), 0);
	fake.guest[1].device = NULL;
	assert_int_equal(vio_network_place(fake.network, 1), 1);
	assert_int_equal(vio_network_place(fake.network, 1), 0);
	vio_network_unplace(fake.network, 0, 1);
	vio_network_unplace(fake.network, 1, 1);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_is_max_min),
		cmocka_unit_test(four_queues_get_no_more_than_one),
		cmocka_unit_test(little_demand_is_met_and_the_rest_shared),
		cmocka_unit_test(what_one_leaves_others_get_at_once),
		cmocka_unit_test(slow_backend_wastes_nothing),
		cmocka_unit_test(slower_wire_is_shared_alike),
		cmocka_unit_test(nothing_is_done_while_there_is_room),
		cmocka_unit_test(devices_spread_over_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
