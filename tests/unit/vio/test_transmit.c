// SPDX-License-Identifier: BSD-2-Clause
// Guests' transmit rings: fair shares of the wire by bytes, rate limits that keep packets waiting.
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
#include "vio/transmit.h"

#define STATION 0x060504030202ull
#define SECOND  1000000000ull /* ticks */

static struct fake_guest *a, *b, *c;
static uint64_t wire_bytes[FAKE_GUESTS + 1]; /* by the last byte of the source address */
static uint64_t wire_packets[FAKE_GUESTS + 1];

static void count_transmitted(const struct packet *packet)
{
	wire_bytes[packet->data[11]] += vio_wire_bytes(packet);
	wire_packets[packet->data[11]]++;
}

static void start(unsigned backends)
{
	fake_network_start(backends, true);
	fake.card.transmitted = count_transmitted;
	memset(wire_bytes, 0, sizeof(wire_bytes));
	memset(wire_packets, 0, sizeof(wire_packets));
}

static struct fake_guest *add(unsigned pairs, uint64_t rate_tx, uint64_t rate_rx)
{
	struct fake_guest *guest = fake_network_add_with((struct vio_device_config){
		.queue_pairs = FAKE_PAIRS, .rate_tx = rate_tx, .rate_rx = rate_rx});

	fake_guest_up(guest, pairs, VIO_F_RSS);
	return guest;
}

static void stop(void)
{
	for (unsigned i = 0; i < fake.network->backends; i++)
		fake.card.queue[i].send_room = UINT32_MAX;
	fake_network_stop();
}

static bool is_full(struct fake_guest *guest, unsigned pair)
{
	struct front_ring *ring = &guest->tx[pair];

	return ring->produced - front_completed(ring) >= ring->size;
}

static void fill(struct fake_guest *guest, unsigned pairs, uint64_t to, uint32_t bytes)
{
	for (unsigned pair = 0; pair < pairs; pair++)
		while (!is_full(guest, pair))
			fake_guest_send(guest, pair, to, bytes, 0);
}

/* A card that takes so many packets a round. */
static void round_with_room(unsigned room)
{
	fake.card.queue[0].send_room = room;
	vio_backend_poll(fake.network->backend[0], 64);
}

static void small_frames_get_as_many_bytes_as_large_ones(void **state)
{
	(void)state;
	start(1);
	a = add(1, 0, 0);
	b = add(1, 0, 0);
	c = add(1, 0, 0);
	for (int i = 0; i < 20000; i++) {
		fill(a, 1, STATION, 60);
		fill(b, 1, STATION, 1514);
		if (i < 10000)
			fill(c, 1, STATION, 500);
		round_with_room((unsigned)i % 7);
		if (i == 10000)
			assert_in_range(wire_bytes[3], wire_bytes[1] - 2 * 16384,
					wire_bytes[1] + 2 * 16384);
	}
	assert_true(wire_bytes[1] > 1000000);
	assert_in_range(wire_bytes[2], wire_bytes[1] - 2 * 18000, wire_bytes[1] + 2 * 18000);
	stop();
}

static void more_queues_get_no_more(void **state)
{
	(void)state;
	start(1);
	a = add(1, 0, 0);
	b = add(4, 0, 0);
	for (int i = 0; i < 10000; i++) {
		fill(a, 1, STATION, 300);
		fill(b, 4, STATION, 300);
		round_with_room(5);
	}
	assert_in_range(wire_bytes[2], wire_bytes[1] - 2 * 16384, wire_bytes[1] + 2 * 16384);
	/* Among its own queues, packets are taken in turn. */
	for (unsigned pair = 1; pair < 4; pair++)
		assert_in_range(b->device->queue[2 * pair + 1].stats.packets,
				b->device->queue[1].stats.packets - 2 * VIO_BURST - 64,
				b->device->queue[1].stats.packets + 2 * VIO_BURST + 64);
	stop();
}

static void idle_guests_leave_the_wire_to_others_and_save_nothing(void **state)
{
	uint64_t before;

	(void)state;
	start(1);
	a = add(1, 0, 0);
	b = add(1, 0, 0);
	for (int i = 0; i < 2000; i++) {
		fill(a, 1, STATION, 1000);
		round_with_room(20);
	}
	assert_in_range(wire_packets[1], 39900, 40000);
	before = wire_bytes[1];
	for (int i = 0; i < 1000; i++) {
		fill(a, 1, STATION, 1000);
		fill(b, 1, STATION, 1000);
		round_with_room(20);
	}
	/* A burst may have waited for the card when B began. */
	assert_in_range(wire_bytes[2], wire_bytes[1] - before - 2 * 16384 - VIO_BURST * 1024,
			wire_bytes[1] - before + 2 * 16384);
	stop();
}

/* Segment-offload packets of many frames are owed for over several turns. */
static void segment_offload_gets_no_more(void **state)
{
	static uint8_t frame[60000];
	struct vio_tx_offload offload = {.flags = VIO_TX_MORE | VIO_TX_OFFLOAD,
					 .offload = VIO_OFFLOAD_CSUM | VIO_OFFLOAD_TSO4,
					 .csum_start = 34,
					 .csum_offset = 16,
					 .header_bytes = 54,
					 .gso_size = 1446};
	static const uint8_t headers[] = {0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6};
	uint64_t address;

	(void)state;
	start(1);
	a = fake_network_add(FAKE_PAIRS);
	fake_guest_up(a, 1, VIO_F_TX_CSUM | VIO_F_TSO4);
	b = add(1, 0, 0);
	frame_fill(frame, sizeof(frame), STATION, a->mac, 0);
	memcpy(frame + 12, headers, sizeof(headers));
	frame[46] = 5 << 4;
	address = guest_alloc(&a->guest, sizeof(frame), 64);
	memcpy(guest_pointer(&a->guest, address), frame, sizeof(frame));
	for (int i = 0; i < 5000; i++) {
		while (a->tx[0].produced - front_completed(&a->tx[0]) < a->tx[0].size - 2) {
			front_put_offload(&a->tx[0], &offload);
			front_put(&a->tx[0], address, sizeof(frame), 0);
		}
		front_show(&a->tx[0]);
		fill(b, 1, STATION, 1514);
		round_with_room(3);
	}
	assert_true(wire_packets[1] > 50);
	assert_in_range(wire_bytes[1], wire_bytes[2] - 80000, wire_bytes[2] + 80000);
	stop();
}

/* Runs the backends as their threads do, with a clock of their own, until tick end. */
static void run_until(uint64_t end, void (*refill)(void))
{
	unsigned rounds = 0;

	while (host_ticks < end) {
		uint64_t next = end;

		for (unsigned i = 0; i < fake.network->backends; i++) {
			struct vio_backend *backend = fake.network->backend[i];
			uint64_t deadline;

			refill();
			while (vio_backend_poll(backend, 64) ||
			       !vio_backend_sleep_prepare(backend, &deadline))
				refill();
			vio_backend_sleep_end(backend);
			if (deadline < next)
				next = deadline;
		}
		assert_true(next > host_ticks);
		host_ticks = next;
		rounds++;
	}
	/* Nobody polls for what may not be sent. */
	assert_true(rounds < 5000);
}

static void refill_a(void)
{
	fill(a, 4, STATION, 986);
}

static void rate_limit_keeps_packets_in_the_ring(void **state)
{
	(void)state;
	for (unsigned backends = 1; backends <= 4; backends += 3) {
		start(backends);
		a = add(4, 100000000, 0);
		host_ticks = SECOND;
		run_until(SECOND + SECOND / 5, refill_a);
		/* 2.5 MB, a burst of 64 KB, slices of 4 KB. */
		assert_in_range(wire_bytes[1], 2490000,
				2500000 + 65536 + backends * (4096 + 1010) + 12500);
		assert_int_equal(wire_packets[1], wire_bytes[1] / 1010);
		for (unsigned pair = 0; pair < 4; pair++)
			assert_true(a->device->queue[2 * pair + 1].stats.packets > 100);
		{
			struct vio_device_stats stats;

			vio_device_get_stats(a->device, &stats);
			assert_int_equal(stats.port.rx_packets, wire_packets[1]);
			assert_true(stats.port.rate_waits > 0);
			assert_int_equal(stats.port.rate_drops, 0);
		}
		stop();
	}
}

static void refill_a_and_b(void)
{
	fill(a, 1, STATION, 986);
	if (wire_packets[2] < 30000)
		fill(b, 1, STATION, 986);
}

static void rate_limit_does_not_slow_others(void **state)
{
	(void)state;
	start(1);
	a = add(1, 10000000, 0);
	b = add(1, 0, 0);
	host_ticks = SECOND;
	/* At first b sends without pause. */
	run_until(SECOND + SECOND / 10, refill_a_and_b);
	assert_true(wire_packets[2] >= 30000);
	assert_in_range(wire_bytes[1], 124000, 125000 + 65536 + 4096 + 1010);
	stop();
}

static void rate_limit_of_receiving_drops(void **state)
{
	struct vio_completion completion;
	uint8_t frame[2048];
	struct vio_port_stats stats;
	uint64_t bytes = 0;

	(void)state;
	start(1);
	a = add(1, 0, 0);
	b = add(1, 0, 100000000);
	/* Twice the rate: 1010 bytes every 40.4 us. */
	host_ticks = SECOND;
	for (unsigned i = 0; i < 10000; i++) {
		fake_guest_send(a, 0, b->mac, 986, i);
		fake_network_run();
		for (uint32_t got; (got = front_take(&b->rx[0], &completion, frame));)
			bytes += got + 24;
		front_post(&b->rx[0], 128);
		host_ticks += 40400;
	}
	assert_in_range(bytes, 5040000, 5050000 + 65536 + 4096 + 1010);
	vio_network_port_stats(fake.network, b->device->port, &stats);
	assert_int_equal(stats.rate_drops, 10000 - bytes / 1010);
	assert_int_equal(stats.tx_packets, bytes / 1010);
	assert_int_equal(b->device->queue[0].stats.drop_no_buffer, 0);
	stop();
}

static void queues_come_and_go(void **state)
{
	struct vio_backend *backend;

	(void)state;
	start(1);
	a = add(4, 0, 0);
	b = add(2, 0, 0);
	c = add(1, 0, 0);
	backend = fake.network->backend[0];
	assert_int_equal(backend->senders, 3);
	fill(c, 1, STATION, 60);
	backend->turn = 2;
	fake_guest_up(b, 1, 0);
	assert_int_equal(backend->senders, 3);
	reg_write(a, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(backend->senders, 2);
	assert_true(backend->turn < 2);
	fill(b, 1, STATION, 60);
	fake_network_run();
	assert_int_equal(wire_packets[2], 128);
	assert_int_equal(wire_packets[3], 128);
	stop();
	start(1);
	assert_int_equal(fake.network->backend[0]->senders, 0);
	fake_network_run();
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_frames_get_as_many_bytes_as_large_ones),
		cmocka_unit_test(more_queues_get_no_more),
		cmocka_unit_test(idle_guests_leave_the_wire_to_others_and_save_nothing),
		cmocka_unit_test(segment_offload_gets_no_more),
		cmocka_unit_test(rate_limit_keeps_packets_in_the_ring),
		cmocka_unit_test(rate_limit_does_not_slow_others),
		cmocka_unit_test(rate_limit_of_receiving_drops),
		cmocka_unit_test(queues_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
