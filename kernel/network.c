// SPDX-License-Identifier: BSD-2-Clause
/* Makes the network: card, switch, and a backend thread on every core that serves I/O. */
#include "kernel/network.h"

#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/log.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "kernel/uplink.h"
#include "vio/network.h"

#define BACKEND_BUDGET      64
#define BACKEND_CALL_US     1000000
#define UPLINK_RING         512
#define UPLINK_POOL         (3 * UPLINK_RING)
#define GUEST_POOL          1024
#define SERVICE_INTERVAL_US 1000000

struct vio_network *host_network;
struct netdev *host_uplink;

static struct thread *threads[VIO_BACKENDS_MOST];
static unsigned backends;
static uint32_t dedicated; /* bit n: backend n's core runs nothing else */

/* The key of the RSS verification suite, so that hashes can be checked against its vectors. */
static const uint8_t rss_key[VIO_RSS_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static int call_backend(struct vio_backend *backend, void (*function)(void *argument),
			void *argument)
{
	return thread_call(backend->thread, function, argument, BACKEND_CALL_US);
}

static void wake_backend(struct vio_backend *backend)
{
	thread_wake(backend->thread);
}

static const struct vio_backend_ops backend_ops = {.call = call_backend, .wake = wake_backend};

static void run_backend(void *argument)
{
	struct vio_backend *backend;
	uint64_t deadline;

	while (!READ_ONCE(host_network))
		thread_block(UINT64_MAX);
	backend = host_network->backend[(uintptr_t)argument];
	for (;;) {
		thread_serve_calls();
		if (vio_backend_poll(backend, BACKEND_BUDGET)) {
			thread_yield();
			continue;
		}
		if (vio_backend_sleep_prepare(backend, &deadline))
			thread_block(deadline);
		else
			thread_yield();
		vio_backend_sleep_end(backend);
	}
}

/* A thread on each core that serves I/O, waiting for the network. */
static void create_threads(void)
{
	for (unsigned i = 0; i < core_count; i++) {
		struct core *core = &cores[i];

		if (!core->online || core->role == CORE_VCPU)
			continue;
		if (backends == VIO_BACKENDS_MOST) {
			log_warning(
				"%u backend threads are the most: from core %u on there are none",
				backends, i);
			break;
		}
		core->backend = thread_create(core, "backend", ACCOUNT_BACKEND, run_backend,
					      (void *)(uintptr_t)backends);
		if (!core->backend)
			panic("no memory for the backend thread of core %u", i);
		if (core->role == CORE_IO)
			dedicated |= 1u << backends;
		threads[backends++] = core->backend;
	}
}

/* As configured, or as many as backends; not more than the card has. */
static unsigned hw_queues(const struct netdev *uplink)
{
	unsigned wanted = host_config.hw_queues ? host_config.hw_queues : backends;

	if (wanted <= uplink->queue_pairs_most)
		return wanted;
	if (host_config.hw_queues)
		log_warning("hw_queues = %u, but %s has %u", wanted, uplink->name,
			    uplink->queue_pairs_most);
	return uplink->queue_pairs_most;
}

static int create_network(struct netdev *uplink, struct vio_network **network)
{
	struct vio_network_config config = {
		.uplink = uplink,
		.uplink_vlans = &host_config.uplink_vlans,
		.mtu = (uint16_t)host_config.mtu,
		.backends = backends,
		.hw_queues = uplink ? hw_queues(uplink) : 0,
		.dedicated = dedicated,
		.threads = (void **)threads,
		.ops = &backend_ops,
		.coalescing = &host_config.coalescing,
		.rx_packets = UPLINK_POOL,
		.tx_packets = GUEST_POOL,
	};

	memcpy(config.rss_key, rss_key, sizeof(rss_key));
	return vio_network_create(network, &config);
}

/* The network with the card, or an error if either does not start. */
static int start_with_uplink(struct netdev *uplink, struct vio_network **network)
{
	struct netdev_config config = {
		.ring_size = UPLINK_RING,
		.mtu = (uint16_t)host_config.mtu,
	};
	int error = create_network(uplink, network);

	if (error)
		return error;
	vio_network_fill_netdev(*network, &config);
	error = uplink_start(uplink, &config, threads, backends);
	if (error)
		vio_network_destroy(*network);
	return error;
}

void network_start(void)
{
	struct vio_network *network;
	struct netdev *uplink = uplink_probe();

	create_threads();
	if (uplink && !start_with_uplink(uplink, &network)) {
		host_uplink = uplink;
	} else {
		log_warning("no network card: guests reach only each other");
		if (create_network(NULL, &network))
			panic("no memory for the network");
	}
	smp_wmb();
	WRITE_ONCE(host_network, network);
	for (unsigned i = 0; i < backends; i++)
		thread_wake(threads[i]);
	log_info("network: %u backend threads, %u hardware queues", backends, network->hw_queues);
}

void network_service(void)
{
	static uint64_t due;

	if (!host_network || ticks_now() < due)
		return;
	due = ticks_now() + SERVICE_INTERVAL_US * ticks_per_us();
	if (host_uplink)
		host_uplink->ops->service(host_uplink);
	vio_network_service(host_network);
}
