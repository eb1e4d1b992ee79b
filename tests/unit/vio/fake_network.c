// SPDX-License-Identifier: BSD-2-Clause
// A network with backends and guests' devices for tests.
#include "fake_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/errno.h"
#include "machine_host.h"

struct fake_network fake;

static int call(struct vio_backend *backend, void (*function)(void *argument), void *argument)
{
	(void)backend;
	host_ticks += 10 * ticks_per_us();
	if (fake.stuck)
		return -ETIMEDOUT;
	function(argument);
	for (unsigned i = 0; fake.poll_in_call && i < fake.network->backends; i++)
		vio_backend_poll(fake.network->backend[i], VIO_BURST);
	return 0;
}

static void wake(struct vio_backend *backend)
{
	fake.wakes[backend->number]++;
}

static const struct vio_backend_ops backend_ops = {.call = call, .wake = wake};

void fake_network_start(unsigned backends, bool uplink)
{
	fake_network_start_with(backends, uplink ? backends : 0);
}

void fake_network_start_with(unsigned backends, unsigned hw_queues)
{
	void *threads[VIO_BACKENDS_MOST] = {0};
	struct netdev_config card_config = {0};
	struct vio_network_config config = {
		.mtu = 1500,
		.backends = backends,
		.hw_queues = hw_queues,
		.threads = threads,
		.ops = &backend_ops,
		.rx_packets = 256,
		.tx_packets = 256,
		.rss_key = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
			    0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb},
	};

	memset(&fake, 0, sizeof(fake));
	fake.poll_in_call = true;
	fake_netdev_init(&fake.card, NETDEV_QUEUES_MOST);
	if (hw_queues)
		config.uplink = &fake.card.dev;
	assert_int_equal(vio_network_create(&fake.network, &config), 0);
	if (hw_queues)
		vio_network_fill_netdev(fake.network, &card_config);
	memcpy(fake.reta, card_config.reta, sizeof(fake.reta));
	for (unsigned i = 0; i < hw_queues; i++)
		fake.card.queue[i].pool = card_config.pools[i];
}

struct fake_guest *fake_network_add(unsigned pairs)
{
	return fake_network_add_with((struct vio_device_config){.queue_pairs = pairs});
}

struct fake_guest *fake_network_add_with(struct vio_device_config config)
{
	struct fake_guest *guest = &fake.guest[fake.guests++];

	config.name = "guest net0";
	config.mac[0] = 2;
	config.mac[5] = (uint8_t)fake.guests;
	config.network = fake.network;
	config.ops = &guest_ops;
	config.guest = &guest->guest;
	config.function = &guest->guest;
	guest_init(&guest->guest, 4 << 20);
	guest->mac = vio_mac(config.mac);
	assert_int_equal(vio_device_create(&guest->device, &config), 0);
	return guest;
}

uint32_t reg_read(struct fake_guest *guest, uint32_t offset)
{
	return vio_device_read(guest->device, offset);
}

void reg_write(struct fake_guest *guest, uint32_t offset, uint32_t value)
{
	vio_device_write(guest->device, offset, value);
}

static void start_queue(struct fake_guest *guest, unsigned queue, struct front_ring *ring)
{
	uint32_t base = VIO_REG_QUEUE(queue);

	if (!ring->guest)
		front_init(ring, &guest->guest, !(queue & 1), 128, 2048);
	front_restart(ring);
	reg_write(guest, base + VIO_QUEUE_RING_LOW, (uint32_t)ring->address);
	reg_write(guest, base + VIO_QUEUE_RING_HIGH, (uint32_t)(ring->address >> 32));
	reg_write(guest, base + VIO_QUEUE_SIZE, ring->size);
	reg_write(guest, base + VIO_QUEUE_VECTOR, 1 + queue / 2);
	reg_write(guest, base + VIO_QUEUE_ENABLE, 1);
	assert_int_equal(reg_read(guest, base + VIO_QUEUE_ENABLE), 1);
}

enum vio_error fake_guest_steer(struct fake_guest *guest, unsigned pairs,
				const uint8_t table[VIO_RSS_TABLE_ENTRIES])
{
	uint32_t entries;

	reg_write(guest, VIO_REG_QUEUE_PAIRS, pairs);
	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i += 4) {
		memcpy(&entries, table + i, 4);
		reg_write(guest, VIO_REG_RSS_TABLE + i, entries);
	}
	reg_write(guest, VIO_REG_RSS_APPLY, 1);
	return (enum vio_error)reg_read(guest, VIO_REG_RSS_APPLY);
}

enum vio_error fake_guest_spread(struct fake_guest *guest, unsigned pairs)
{
	uint8_t table[VIO_RSS_TABLE_ENTRIES];

	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		table[i] = (uint8_t)(i % pairs);
	return fake_guest_steer(guest, pairs, table);
}

void fake_guest_up(struct fake_guest *guest, unsigned pairs, uint32_t features)
{
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
	reg_write(guest, VIO_REG_DRIVER_FEATURES, features);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), VIO_STATUS_FEATURES);
	for (unsigned i = 0; i < pairs; i++) {
		start_queue(guest, 2 * i, &guest->rx[i]);
		start_queue(guest, 2 * i + 1, &guest->tx[i]);
		front_post(&guest->rx[i], guest->rx[i].size);
	}
	if (pairs > 1)
		assert_int_equal(fake_guest_spread(guest, pairs), VIO_ERROR_NONE);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
}

void fake_network_run(void)
{
	/* What a backend does with nothing new to do is seen by the others one round later. */
	for (unsigned idle = 0; idle < 2;) {
		bool work = false;

		for (unsigned i = 0; i < fake.network->backends; i++) {
			struct vio_backend *backend = fake.network->backend[i];
			uint64_t idle_before = backend->stats.polls_idle;

			vio_backend_poll(backend, VIO_BURST);
			work |= backend->stats.polls_idle == idle_before;
		}
		idle = work ? 0 : idle + 1;
	}
}

void fake_network_stop(void)
{
	for (unsigned i = 0; i < fake.guests; i++) {
		if (fake.guest[i].device)
			assert_int_equal(vio_device_destroy(fake.guest[i].device), 0);
		guest_free(&fake.guest[i].guest);
	}
	fake_netdev_stop(&fake.card);
	vio_network_destroy(fake.network);
	assert_int_equal(host_dma_bytes, 0);
	host_ticks = 0;
}

void fake_guest_send(struct fake_guest *guest, unsigned pair, uint64_t to, uint32_t bytes,
		     uint32_t number)
{
	uint8_t frame[2048];

	frame_fill(frame, bytes, to, guest->mac, number);
	front_put_data(&guest->tx[pair], frame, bytes, 0);
	if (front_show(&guest->tx[pair]))
		vio_device_doorbell(guest->device, 2 * pair + 1);
}

void fake_guest_send_parts(struct fake_guest *guest, unsigned pair, uint64_t to, uint32_t bytes,
			   uint32_t number)
{
	uint8_t frame[2048];

	frame_fill(frame, bytes, to, guest->mac, number);
	front_put_parts(&guest->tx[pair], frame, bytes);
	if (front_show(&guest->tx[pair]))
		vio_device_doorbell(guest->device, 2 * pair + 1);
}
