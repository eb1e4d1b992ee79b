// SPDX-License-Identifier: BSD-2-Clause
// Real threads: backends and front drivers that sleep and wake each other through the rings, the
// doorbells, the interrupts and the mailboxes. Nothing may be lost, reordered, or sleep for ever.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_guest.h"
#include "fake_threads.h"
#include "machine_host.h"
#include "vio/device.h"

#ifndef FRAMES
#define FRAMES 200000
#endif

#define BACKENDS      2
#define PAIRS         2
#define WINDOW        40 /* frames of a sender on the way: fewer than the receiver's buffers */
#define STALL_SECONDS 60

struct sender {
	pthread_t thread;
	unsigned pair;
	sem_t interrupt, progress;
	uint32_t sent;
	uint32_t received; /* shared */
	uint32_t sleeping; /* shared: waits for progress */
};

static struct sender senders[PAIRS];
static sem_t receiver_interrupt;
static struct vio_network *network;
static struct guest guest_a, guest_b;
static struct vio_device *device_a, *device_b;
static struct front_ring tx[PAIRS], rx;
static unsigned sleeps;

static void wait_or_fail(sem_t *semaphore)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += STALL_SECONDS;
	while (sem_timedwait(semaphore, &end)) {
		if (errno == EINTR)
			continue;
		static const char message[] = "lost wake-up: a front driver sleeps for ever\n";

		(void)!write(2, message, sizeof(message) - 1);
		abort();
	}
	__atomic_fetch_add(&sleeps, 1, __ATOMIC_RELAXED);
}

static void interrupt_a(struct guest *guest, unsigned vector)
{
	(void)guest;
	if (vector)
		sem_post(&senders[vector - 1].interrupt);
}

static void interrupt_b(struct guest *guest, unsigned vector)
{
	(void)guest;
	if (vector)
		sem_post(&receiver_interrupt);
}

/* Until there is room in the window, asleep if it takes long. */
static void wait_for_window(struct sender *sender)
{
	while (sender->sent - __atomic_load_n(&sender->received, __ATOMIC_ACQUIRE) >= WINDOW) {
		__atomic_store_n(&sender->sleeping, 1, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (sender->sent - __atomic_load_n(&sender->received, __ATOMIC_ACQUIRE) >= WINDOW)
			wait_or_fail(&sender->progress);
		__atomic_store_n(&sender->sleeping, 0, __ATOMIC_RELAXED);
	}
}

/* Sleeps until the device has worked off all that was sent. */
static void wait_for_completion(struct sender *sender)
{
	struct front_ring *ring = &tx[sender->pair];

	while (front_completed(ring) != ring->produced) {
		__atomic_store_n(&ring->driver->event, ring->produced - 1, __ATOMIC_RELEASE);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (front_completed(ring) != ring->produced)
			wait_or_fail(&sender->interrupt);
	}
}

static void *run_sender(void *context)
{
	struct sender *sender = context;
	struct front_ring *ring = &tx[sender->pair];
	unsigned seed = sender->pair;
	uint8_t frame[2048];

	while (sender->sent < FRAMES) {
		uint32_t bytes = 60 + (uint32_t)rand_r(&seed) % 700;

		wait_for_window(sender);
		frame_fill(frame, bytes, device_b->mac, device_a->mac,
			   sender->sent * PAIRS + sender->pair);
		if (bytes > FRONT_PART_BYTES)
			front_put_parts(ring, frame, bytes);
		else
			front_put_data(ring, frame, bytes, 0);
		sender->sent++;
		if (front_show(ring))
			vio_device_doorbell(device_a, 2 * sender->pair + 1);
		if (rand_r(&seed) % 16 == 0)
			wait_for_completion(sender);
	}
	wait_for_completion(sender);
	return NULL;
}

static void note_received(struct sender *sender)
{
	__atomic_fetch_add(&sender->received, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&sender->sleeping, __ATOMIC_RELAXED))
		sem_post(&sender->progress);
}

/* In this thread: takes all frames, in each sender's order. */
static void receive_all(void)
{
	uint32_t total = 0, taken[PAIRS] = {0};
	uint8_t got[4096];

	while (total < PAIRS * FRAMES) {
		uint32_t bytes = front_take(&rx, NULL, got);

		if (bytes) {
			uint32_t number = frame_number(got, bytes);

			assert_int_equal(number / PAIRS, taken[number % PAIRS]++);
			total++;
			front_post(&rx, 1);
			note_received(&senders[number % PAIRS]);
		} else if (!front_want_interrupt(&rx, rx.seen)) {
			wait_or_fail(&receiver_interrupt);
		}
	}
}

static void start_guests(void)
{
	device_a = fake_threads_make_device(&guest_a, 1, PAIRS, 0);
	device_b = fake_threads_make_device(&guest_b, 2, PAIRS, 0);
	guest_a.on_interrupt = interrupt_a;
	guest_b.on_interrupt = interrupt_b;
	front_init(&rx, &guest_b, true, 128, 2048);
	front_post(&rx, 128);
	fake_threads_enable(device_b, 0, &rx);
	for (unsigned i = 0; i < PAIRS; i++) {
		front_init(&tx[i], &guest_a, false, 128, 2048);
		fake_threads_enable(device_a, 2 * i + 1, &tx[i]);
	}
	vio_device_write(device_a, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	vio_device_write(device_b, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
}

static void stop_all(void)
{
	assert_int_equal(vio_device_destroy(device_a), 0);
	assert_int_equal(vio_device_destroy(device_b), 0);
	fake_threads_stop();
	guest_free(&guest_a);
	guest_free(&guest_b);
	assert_int_equal(host_dma_bytes, 0);
}

static void threads_lose_nothing(void **state)
{
	struct vio_device_stats stats;

	(void)state;
	sem_init(&receiver_interrupt, 0, 0);
	network = fake_threads_start(BACKENDS);
	start_guests();
	for (unsigned i = 0; i < PAIRS; i++) {
		senders[i].pair = i;
		sem_init(&senders[i].interrupt, 0, 0);
		sem_init(&senders[i].progress, 0, 0);
		pthread_create(&senders[i].thread, NULL, run_sender, &senders[i]);
	}
	receive_all();
	for (unsigned i = 0; i < PAIRS; i++)
		pthread_join(senders[i].thread, NULL);
	vio_device_get_stats(device_b, &stats);
	assert_int_equal(stats.queue[0].packets, PAIRS * FRAMES);
	assert_int_equal(stats.queue[0].drop_no_buffer, 0);
	assert_int_equal(READ_ONCE(network->backend[1]->stats.handovers), FRAMES);
	/* Notifications are for who sleeps: a run in which each packet causes some is wrong. */
	vio_device_get_stats(device_a, &stats);
	assert_true(stats.queue[1].doorbells + stats.queue[3].doorbells < PAIRS * FRAMES);
	print_message("%u sleeps of front drivers, %llu of backends\n", sleeps,
		      (unsigned long long)(READ_ONCE(network->backend[0]->stats.sleeps) +
					   READ_ONCE(network->backend[1]->stats.sleeps)));
	stop_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
