// SPDX-License-Identifier: BSD-2-Clause
// A network whose backends run on threads of the host.
#include "fake_threads.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

/* The test's clock stands still: a sleep with a deadline takes this long. */
#define NAP_NS 100000

struct worker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool woken, stop;
	void (*function)(void *argument);
	void *argument;
	struct vio_backend *backend;
};

static struct worker workers[FAKE_THREADS_MOST];
static struct vio_network *network;

static void wake(struct vio_backend *backend)
{
	struct worker *worker = &workers[backend->number];

	pthread_mutex_lock(&worker->mutex);
	worker->woken = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->mutex);
}

static int call(struct vio_backend *backend, void (*function)(void *argument), void *argument)
{
	struct worker *worker = &workers[backend->number];

	pthread_mutex_lock(&worker->mutex);
	worker->function = function;
	worker->argument = argument;
	worker->woken = true;
	pthread_cond_broadcast(&worker->changed);
	while (worker->function)
		pthread_cond_wait(&worker->changed, &worker->mutex);
	pthread_mutex_unlock(&worker->mutex);
	return 0;
}

static const struct vio_backend_ops backend_ops = {.call = call, .wake = wake};

/* Runs calls; returns false when the thread is to end. */
static bool serve_calls(struct worker *worker)
{
	bool stop;

	pthread_mutex_lock(&worker->mutex);
	if (worker->function) {
		worker->function(worker->argument);
		worker->function = NULL;
		pthread_cond_broadcast(&worker->changed);
	}
	stop = worker->stop;
	pthread_mutex_unlock(&worker->mutex);
	return !stop;
}

static void sleep_until_woken(struct worker *worker, bool nap)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += NAP_NS;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	pthread_mutex_lock(&worker->mutex);
	while (!worker->woken) {
		if (!nap)
			pthread_cond_wait(&worker->changed, &worker->mutex);
		else if (pthread_cond_timedwait(&worker->changed, &worker->mutex, &end))
			break;
	}
	worker->woken = false;
	pthread_mutex_unlock(&worker->mutex);
}

static void *run_backend(void *context)
{
	struct worker *worker = context;

	while (serve_calls(worker)) {
		uint64_t deadline;

		if (vio_backend_poll(worker->backend, VIO_BURST))
			continue;
		if (vio_backend_sleep_prepare(worker->backend, &deadline))
			sleep_until_woken(worker, deadline != UINT64_MAX);
		vio_backend_sleep_end(worker->backend);
	}
	return NULL;
}

struct vio_network *fake_threads_start(unsigned backends)
{
	void *threads[FAKE_THREADS_MOST] = {0};
	/* The clock stands still here: nothing may be delayed. */
	static const struct vio_coalescing at_once;
	struct vio_network_config config = {
		.coalescing = &at_once,
		.mtu = 1500,
		.backends = backends,
		.threads = threads,
		.ops = &backend_ops,
		.tx_packets = 256,
		.rss_key = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
			    0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb},
	};

	assert_int_equal(vio_network_create(&network, &config), 0);
	for (unsigned i = 0; i < backends; i++) {
		struct worker *worker = &workers[i];

		*worker = (struct worker){.backend = network->backend[i]};
		pthread_mutex_init(&worker->mutex, NULL);
		pthread_cond_init(&worker->changed, NULL);
		pthread_create(&worker->thread, NULL, run_backend, worker);
	}
	return network;
}

struct vio_device *fake_threads_make_device(struct guest *guest, uint8_t mac, unsigned queue_pairs,
					    uint32_t features)
{
	struct vio_device_config config = {
		.name = "guest",
		.mac = {2, 0, 0, 0, 0, mac},
		.queue_pairs = queue_pairs,
		.network = network,
		.ops = &guest_ops,
		.guest = guest,
		.function = guest,
	};
	struct vio_device *device;

	guest_init(guest, 4 << 20);
	assert_int_equal(vio_device_create(&device, &config), 0);
	vio_device_write(device, VIO_REG_DRIVER_FEATURES, features);
	vio_device_write(device, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	return device;
}

void fake_threads_enable(struct vio_device *device, unsigned queue, const struct front_ring *ring)
{
	uint32_t base = VIO_REG_QUEUE(queue);

	vio_device_write(device, base + VIO_QUEUE_RING_LOW, (uint32_t)ring->address);
	vio_device_write(device, base + VIO_QUEUE_SIZE, ring->size);
	vio_device_write(device, base + VIO_QUEUE_VECTOR, 1 + queue / 2);
	vio_device_write(device, base + VIO_QUEUE_ENABLE, 1);
	assert_int_equal(vio_device_read(device, base + VIO_QUEUE_ENABLE), 1);
}

void fake_threads_stop(void)
{
	for (unsigned i = 0; i < network->backends; i++) {
		pthread_mutex_lock(&workers[i].mutex);
		workers[i].stop = workers[i].woken = true;
		pthread_cond_broadcast(&workers[i].changed);
		pthread_mutex_unlock(&workers[i].mutex);
		pthread_join(workers[i].thread, NULL);
	}
	vio_network_destroy(network);
}
