// SPDX-License-Identifier: BSD-2-Clause
// Changes of steering while backends, senders and receivers run on threads of their own.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_guest.h"
#include "fake_threads.h"
#include "machine_host.h"
#include "vio/device.h"

#ifndef FRAMES
#define FRAMES 20000 /* of each sender */
#endif

#define BACKENDS     3
#define SENDERS      2
#define RECEIVERS    4
#define FLOWS        8  /* of each sender */
#define WINDOW       50 /* frames of a sender on the way: all fit one receive queue */
#define FRAME_BYTES  60
#define MARK_AT      42 /* sender, flow, number */
#define ALL_RECEIVED (SENDERS * FRAMES)

static struct guest guest_a, guest_b;
static struct vio_device *device_a, *device_b;
static struct front_ring tx[SENDERS], rx[RECEIVERS];
static uint32_t expected[SENDERS][FLOWS]; /* handed on from receiver to receiver by `consumed` */
static uint32_t received[SENDERS], total;

static void *send_frames(void *context)
{
	struct front_ring *ring = context;
	uint32_t sender = (uint32_t)(ring - tx), numbers[FLOWS] = {0};

	for (uint32_t sent = 0; sent < FRAMES; sent++) {
		static const uint8_t ip[] = {0x08, 0x00, 0x45, 0,  0, 46, 0, 0,
					     0,    0,    64,   17, 0, 0,  10};
		uint8_t frame[FRAME_BYTES] = {0};
		uint32_t flow = sent * 7 / 3 % FLOWS;
		uint32_t mark[3] = {sender, flow, numbers[flow]++};

		while (sent - __atomic_load_n(&received[sender], __ATOMIC_ACQUIRE) >= WINDOW ||
		       ring->produced - front_completed(ring) == ring->size)
			usleep(20);
		memcpy(frame, &device_b->mac, 6);
		memcpy(frame + 6, &device_a->mac, 6);
		memcpy(frame + 12, ip, sizeof(ip));
		frame[29] = (uint8_t)(flow / 2);
		frame[35] = (uint8_t)(sender * FLOWS + flow);
		memcpy(frame + MARK_AT, mark, sizeof(mark));
		front_put_data(ring, frame, sizeof(frame), 0);
		if (front_show(ring))
			vio_device_doorbell(device_a, 2 * sender + 1);
	}
	return NULL;
}

static void *receive_frames(void *context)
{
	struct front_ring *ring = context;
	uint8_t got[2048];

	ring->holds = true;
	while (__atomic_load_n(&total, __ATOMIC_RELAXED) < ALL_RECEIVED) {
		uint32_t mark[3];

		if (!front_take(ring, NULL, got)) {
			usleep(20);
			continue;
		}
		memcpy(mark, got + MARK_AT, sizeof(mark));
		if (expected[mark[0]][mark[1]]++ != mark[2]) {
			fprintf(stderr, "flow %u of sender %u: expected %u, got %u\n", mark[1],
				mark[0], expected[mark[0]][mark[1]] - 1, mark[2]);
			abort();
		}
		front_consume(ring);
		front_post(ring, 1);
		__atomic_fetch_add(&received[mark[0]], 1, __ATOMIC_RELEASE);
		__atomic_fetch_add(&total, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void start_guests(void)
{
	device_a = fake_threads_make_device(&guest_a, 1, RECEIVERS, VIO_F_RSS);
	device_b = fake_threads_make_device(&guest_b, 2, RECEIVERS, VIO_F_RSS);
	for (unsigned i = 0; i < SENDERS; i++) {
		front_init(&tx[i], &guest_a, false, 64, 2048);
		fake_threads_enable(device_a, 2 * i + 1, &tx[i]);
	}
	for (unsigned i = 0; i < RECEIVERS; i++) {
		front_init(&rx[i], &guest_b, true, 128, 2048);
		front_post(&rx[i], rx[i].size);
		fake_threads_enable(device_b, 2 * i, &rx[i]);
	}
	vio_device_write(device_a, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	vio_device_write(device_b, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
}

/* At random; true if it took effect, and was not refused because the last one still waits. */
static bool change_steering(unsigned *seed)
{
	unsigned pairs = 1 + (unsigned)rand_r(seed) % RECEIVERS;

	vio_device_write(device_b, VIO_REG_QUEUE_PAIRS, pairs);
	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i += 4) {
		uint32_t entries = 0;

		for (unsigned j = 0; j < 4; j++)
			entries |= (unsigned)rand_r(seed) % pairs << 8 * j;
		vio_device_write(device_b, VIO_REG_RSS_TABLE + i, entries);
	}
	vio_device_write(device_b, VIO_REG_RSS_HASH,
			 rand_r(seed) % 2 ? VIO_HASH_MASK_ALL : VIO_HASH_MASK_ADDRESS);
	vio_device_write(device_b, VIO_REG_RSS_APPLY, 1);
	return vio_device_read(device_b, VIO_REG_RSS_APPLY) == VIO_ERROR_NONE;
}

static void threads_keep_order_through_changes(void **state)
{
	pthread_t senders[SENDERS], receivers[RECEIVERS];
	unsigned seed = 1, changes = 0;

	(void)state;
	fake_threads_start(BACKENDS);
	start_guests();
	for (unsigned i = 0; i < RECEIVERS; i++)
		pthread_create(&receivers[i], NULL, receive_frames, &rx[i]);
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_create(&senders[i], NULL, send_frames, &tx[i]);
	while (__atomic_load_n(&total, __ATOMIC_RELAXED) < ALL_RECEIVED) {
		changes += change_steering(&seed);
		usleep(20);
	}
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_join(senders[i], NULL);
	for (unsigned i = 0; i < RECEIVERS; i++)
		pthread_join(receivers[i], NULL);
	print_message("%u changes\n", changes);
	assert_true(changes > 10);
	assert_int_equal(vio_device_destroy(device_a), 0);
	assert_int_equal(vio_device_destroy(device_b), 0);
	fake_threads_stop();
	guest_free(&guest_a);
	guest_free(&guest_b);
	assert_int_equal(host_dma_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_keep_order_through_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
