// SPDX-License-Identifier: BSD-2-Clause
// The register file and the device's life.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_network.h"
#include "kernel/errno.h"
#include "machine_host.h"

static struct fake_guest *guest;

static int set_up(void **state)
{
	(void)state;
	fake_network_start(2, true);
	guest = fake_network_add(4);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_network_stop();
	return 0;
}

/* Writes, and expects the refusal with that error. */
static void refused(uint32_t offset, uint32_t value, enum vio_error error)
{
	uint32_t before = reg_read(guest, offset);

	reg_write(guest, offset, value);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR), error);
	assert_int_equal(reg_read(guest, offset), before);
}

static void accepted(uint32_t offset, uint32_t value)
{
	reg_write(guest, offset, value);
	assert_int_equal(reg_read(guest, offset), value);
}

static void tells_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(reg_read(guest, VIO_REG_MAGIC), VIO_NET_MAGIC);
	assert_int_equal(reg_read(guest, VIO_REG_VERSION), VIO_NET_VERSION);
	assert_int_equal(reg_read(guest, VIO_REG_QUEUE_PAIRS_MOST), 4);
	assert_int_equal(reg_read(guest, VIO_REG_QUEUE_PAIRS), 1);
	assert_int_equal(reg_read(guest, VIO_REG_MAC_LOW), 0x00000002);
	assert_int_equal(reg_read(guest, VIO_REG_MAC_HIGH), 0x0100);
	assert_int_equal(reg_read(guest, VIO_REG_MTU), 1500);
	assert_int_equal(reg_read(guest, VIO_REG_MTU_MOST), 1500);
	assert_int_equal(reg_read(guest, VIO_REG_LINK), VIO_LINK_UP | 10000);
	assert_int_equal(reg_read(guest, VIO_REG_RSS_KEY), 0xda565a6d);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
}

static void negotiates_features(void **state)
{
	(void)state;
	accepted(VIO_REG_DRIVER_FEATURES, 0x80000001);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR), VIO_ERROR_FEATURES);
	assert_int_equal(reg_read(guest, VIO_REG_REFUSED_FEATURES), 0x80000000);
	/* Segment offload needs the checksum. */
	accepted(VIO_REG_DRIVER_FEATURES, VIO_F_TSO4);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
	assert_int_equal(reg_read(guest, VIO_REG_REFUSED_FEATURES), 0);
	accepted(VIO_REG_DRIVER_FEATURES, VIO_F_RX_GSO);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
	/* All that is offered is accepted. */
	accepted(VIO_REG_DRIVER_FEATURES, reg_read(guest, VIO_REG_DEVICE_FEATURES));
	accepted(VIO_REG_STATUS, VIO_STATUS_FEATURES);
	refused(VIO_REG_DRIVER_FEATURES, 0, VIO_ERROR_REGISTER);
}

static void refuses_bad_values(void **state)
{
	(void)state;
	fake_guest_up(guest, 4, reg_read(guest, VIO_REG_DEVICE_FEATURES));
	refused(VIO_REG_MTU, VIO_MTU_LEAST - 1, VIO_ERROR_REGISTER);
	refused(VIO_REG_MTU, 1501, VIO_ERROR_REGISTER);
	accepted(VIO_REG_MTU, VIO_MTU_LEAST);
	refused(VIO_REG_FILTER, 4, VIO_ERROR_REGISTER);
	accepted(VIO_REG_FILTER, 3);
	accepted(VIO_REG_MULTICAST(0), 0x12345678);
	accepted(VIO_REG_MULTICAST(1), 0x9abcdef0);
	assert_int_equal(reg_read(guest, VIO_REG_MULTICAST(0)), 0x12345678);
	refused(VIO_REG_RSS_KEY, 0, VIO_ERROR_REGISTER);
	refused(VIO_REG_MAGIC, 0, VIO_ERROR_REGISTER);
	refused(VIO_REG_LINK, 0, VIO_ERROR_REGISTER);
	refused(0xffc, 1, VIO_ERROR_REGISTER);
	refused(VIO_REG_STATUS, 0x10, VIO_ERROR_REGISTER);
	refused(VIO_REG_STATUS, VIO_STATUS_RUNNING, VIO_ERROR_REGISTER);
	refused(VIO_REG_STATUS, 0, VIO_ERROR_REGISTER);
}

static void refuses_bad_queue_values(void **state)
{
	const uint32_t q = VIO_REG_QUEUE(2);

	(void)state;
	fake_guest_up(guest, 1, VIO_F_COALESCE);
	accepted(q + VIO_QUEUE_USECS, VIO_USECS_MOST);
	refused(q + VIO_QUEUE_USECS, VIO_USECS_MOST + 1, VIO_ERROR_REGISTER);
	accepted(q + VIO_QUEUE_FRAMES, VIO_RING_SIZE_MOST);
	refused(q + VIO_QUEUE_FRAMES, VIO_RING_SIZE_MOST + 1, VIO_ERROR_REGISTER);
	refused(q + VIO_QUEUE_ADAPTIVE, 1, VIO_ERROR_REGISTER);
	accepted(q + VIO_QUEUE_ADAPTIVE, 0);
	refused(q + VIO_QUEUE_VECTOR, VIO_VECTORS_MOST, VIO_ERROR_REGISTER);
	refused(q + VIO_QUEUE_ENABLE, 1, VIO_ERROR_RING_SIZE);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR_QUEUE), 2);
	accepted(q + VIO_QUEUE_SIZE, 64);
	refused(q + VIO_QUEUE_ENABLE, 1, VIO_ERROR_RING_ADDRESS);
	accepted(q + VIO_QUEUE_RING_LOW, 0xfffff000);
	accepted(q + VIO_QUEUE_RING_HIGH, 0xffffffff);
	refused(q + VIO_QUEUE_ENABLE, 1, VIO_ERROR_RING_ADDRESS);
	refused(q + VIO_QUEUE_ENABLE, 2, VIO_ERROR_REGISTER);
	refused(q + 0x3c, 1, VIO_ERROR_REGISTER);
	/* Enabled queues keep their place. */
	refused(VIO_REG_QUEUE(0) + VIO_QUEUE_SIZE, 64, VIO_ERROR_REGISTER);
	refused(VIO_REG_QUEUE(0) + VIO_QUEUE_RING_LOW, 0, VIO_ERROR_REGISTER);
	/* Queues that the device does not have. */
	refused(VIO_REG_QUEUE(8) + VIO_QUEUE_SIZE, 64, VIO_ERROR_REGISTER);
}

static enum vio_error apply(void)
{
	reg_write(guest, VIO_REG_RSS_APPLY, 1);
	return (enum vio_error)reg_read(guest, VIO_REG_RSS_APPLY);
}

static void applies_receive_side_scaling(void **state)
{
	(void)state;
	fake_guest_up(guest, 3, reg_read(guest, VIO_REG_DEVICE_FEATURES));
	assert_int_equal(guest->device->rss.pairs, 3);
	assert_int_equal(reg_read(guest, VIO_REG_RSS_HASH), VIO_HASH_MASK_ALL);
	accepted(VIO_REG_QUEUE_PAIRS, 2);
	accepted(VIO_REG_RSS_TABLE + 124, 0x01010001);
	/* Entries at or above the number of pairs, and that number out of range. */
	assert_int_equal(apply(), VIO_ERROR_REGISTER);
	assert_int_equal(guest->device->rss.pairs, 3);
	assert_int_equal(guest->device->rss.table[125], 125 % 3);
	assert_int_equal(fake_guest_spread(guest, 5), VIO_ERROR_REGISTER);
	accepted(VIO_REG_QUEUE_PAIRS, 0);
	assert_int_equal(apply(), VIO_ERROR_REGISTER);
	/* A queue that is not enabled. */
	assert_int_equal(fake_guest_spread(guest, 4), VIO_ERROR_REGISTER);
	assert_int_equal(fake_guest_spread(guest, 2), VIO_ERROR_NONE);
	assert_int_equal(guest->device->rss.pairs, 2);
	/* Hash types: those by address stay, unknown ones are refused. */
	reg_write(guest, VIO_REG_RSS_HASH, VIO_HASH_MASK(VIO_HASH_TCP_IPV4));
	assert_int_equal(reg_read(guest, VIO_REG_RSS_HASH),
			 VIO_HASH_MASK_ADDRESS | VIO_HASH_MASK(VIO_HASH_TCP_IPV4));
	assert_int_equal(guest->device->rss.hash_types, VIO_HASH_MASK_ALL);
	assert_int_equal(apply(), VIO_ERROR_NONE);
	assert_int_equal(guest->device->rss.hash_types,
			 VIO_HASH_MASK_ADDRESS | VIO_HASH_MASK(VIO_HASH_TCP_IPV4));
	reg_write(guest, VIO_REG_RSS_HASH, 0x80);
	assert_int_equal(apply(), VIO_ERROR_REGISTER);
	refused(VIO_REG_RSS_APPLY, 0, VIO_ERROR_REGISTER);
}

static void refuses_what_was_not_negotiated(void **state)
{
	(void)state;
	refused(VIO_REG_QUEUE(0) + VIO_QUEUE_ENABLE, 1, VIO_ERROR_REGISTER);
	fake_guest_up(guest, 1, 0);
	refused(VIO_REG_QUEUE_PAIRS, 2, VIO_ERROR_REGISTER);
	refused(VIO_REG_RSS_TABLE, 0, VIO_ERROR_REGISTER);
	refused(VIO_REG_RSS_HASH, 0, VIO_ERROR_REGISTER);
	refused(VIO_REG_RSS_APPLY, 1, VIO_ERROR_REGISTER);
	refused(VIO_REG_QUEUE(0) + VIO_QUEUE_USECS, 1, VIO_ERROR_REGISTER);
}

static void survives_random_accesses(void **state)
{
	(void)state;
	srand(5);
	for (int i = 0; i < 50000; i++) {
		uint32_t offset = rand() % 8 ? ((uint32_t)rand() % 0x400) * 4 : (uint32_t)rand();
		uint32_t value = (uint32_t)rand() >> (rand() % 31);

		reg_write(guest, offset, value);
		reg_read(guest, offset);
		vio_device_doorbell(guest->device, (unsigned)rand() >> (rand() % 31));
		if (i % 16 == 0)
			vio_backend_poll(fake.network->backend[i / 16 % 2], 32);
	}
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_RESET);
	fake_guest_up(guest, 1, 0);
}

static void forgets_everything_at_reset(void **state)
{
	(void)state;
	fake_guest_up(guest, 4, reg_read(guest, VIO_REG_DEVICE_FEATURES));
	reg_write(guest, VIO_REG_QUEUE(3) + VIO_QUEUE_USECS, 100);
	reg_write(guest, VIO_REG_MTU, 1000);
	reg_write(guest, VIO_REG_FILTER, 3);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
	assert_int_equal(reg_read(guest, VIO_REG_DRIVER_FEATURES), 0);
	assert_int_equal(reg_read(guest, VIO_REG_QUEUE_PAIRS), 1);
	assert_int_equal(reg_read(guest, VIO_REG_MTU), 1500);
	assert_int_equal(reg_read(guest, VIO_REG_FILTER), 0);
	assert_int_equal(reg_read(guest, VIO_REG_RSS_TABLE), 0);
	for (unsigned q = 0; q < 8; q++)
		for (unsigned offset = 0; offset < 0x40; offset += 4)
			assert_int_equal(reg_read(guest, VIO_REG_QUEUE(q) + offset),
					 offset == VIO_QUEUE_USECS      ? VIO_USECS_DEFAULT
					 : offset == VIO_QUEUE_ADAPTIVE ? 1
									: 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fake.network->backend[i]->transmits, 0);
		assert_int_equal(fake.network->backend[i]->receives, 0);
	}
}

static void breaks_once_and_recovers(void **state)
{
	unsigned warnings = host_log_count[1];

	(void)state;
	fake_guest_up(guest, 1, 0);
	front_put(&guest->tx[0], 0, 60, 0);
	front_show(&guest->tx[0]);
	fake_network_run();
	assert_int_equal(reg_read(guest, VIO_REG_STATUS),
			 VIO_STATUS_FEATURES | VIO_STATUS_RUNNING | VIO_STATUS_BROKEN);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR), VIO_ERROR_BUFFER_ADDRESS);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR_QUEUE), 1);
	assert_int_equal(guest->guest.interrupts[VIO_CONFIG_VECTOR], 1);
	assert_int_equal(host_log_count[1], warnings + 1);
	assert_non_null(strstr(host_log_line, "guest net0"));
	assert_non_null(strstr(host_log_line, "buffer not in guest memory"));
	/* All queues stand still, and only a reset helps. */
	fake_guest_send(guest, 0, 1, 60, 1);
	fake_network_run();
	assert_int_equal(front_completed(&guest->tx[0]), 0);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_true(reg_read(guest, VIO_REG_STATUS) & VIO_STATUS_BROKEN);
	fake_guest_up(guest, 1, 0);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR), 0);
	fake_guest_send(guest, 0, 0x060504030202, 60, 1);
	fake_network_run();
	assert_int_equal(front_completed(&guest->tx[0]), 1);
}

static void tells_of_link_changes(void **state)
{
	(void)state;
	fake.card.dev.link.up = false;
	vio_network_service(fake.network);
	assert_int_equal(reg_read(guest, VIO_REG_LINK), 0);
	assert_int_equal(guest->guest.interrupts[VIO_CONFIG_VECTOR], 0);
	fake_guest_up(guest, 1, 0);
	fake.card.dev.link = (struct netdev_link){.up = true, .mbps = 1000};
	vio_network_service(fake.network);
	assert_int_equal(reg_read(guest, VIO_REG_LINK), VIO_LINK_UP | 1000);
	assert_int_equal(guest->guest.interrupts[VIO_CONFIG_VECTOR], 1);
	vio_network_service(fake.network);
	assert_int_equal(guest->guest.interrupts[VIO_CONFIG_VECTOR], 1);
}

static void refuses_bad_devices(void **state)
{
	struct vio_device_config config = {
		.name = "another guest",
		.mac = {2, 0, 0, 0, 0, 1},
		.queue_pairs = 1,
		.network = fake.network,
		.ops = &guest_ops,
	};
	struct vio_device *device;

	(void)state;
	assert_int_equal(vio_device_create(&device, &config), -EEXIST);
	assert_non_null(strstr(host_log_line, "another guest"));
	config.mac[0] = 3;
	assert_int_equal(vio_device_create(&device, &config), -EINVAL);
	config.mac[0] = 6;
	config.queue_pairs = 0;
	assert_int_equal(vio_device_create(&device, &config), -EINVAL);
	config.queue_pairs = 17;
	assert_int_equal(vio_device_create(&device, &config), -EINVAL);
	config.queue_pairs = 1;
	host_dma_allocations_left = 0;
	assert_int_equal(vio_device_create(&device, &config), -ENOMEM);
	host_dma_allocations_left = -1;
}

static void waits_for_the_card_before_a_reset_is_done(void **state)
{
	(void)state;
	fake_guest_up(guest, 1, 0);
	fake.card.queue[0].reclaimable = 0;
	fake_guest_send_parts(guest, 0, 0x060504030202, 1000, 1);
	fake_network_run();
	assert_int_equal(fake.card.queue[0].sends, 1);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), VIO_STATUS_RESET);
	assert_int_equal(reg_read(guest, VIO_REG_ERROR), VIO_ERROR_BUSY);
	assert_int_equal(vio_device_destroy(guest->device), -EBUSY);
	/* Nothing else is possible until it is done. */
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), VIO_STATUS_RESET);
	fake.card.queue[0].reclaimable = 1;
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), 0);
	fake.card.queue[0].reclaimable = UINT32_MAX;
}

static void survives_a_stuck_backend(void **state)
{
	(void)state;
	fake_guest_up(guest, 1, 0);
	fake.stuck = true;
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_RESET);
	assert_int_equal(reg_read(guest, VIO_REG_STATUS), VIO_STATUS_RESET);
	assert_int_equal(vio_device_destroy(guest->device), -EBUSY);
	fake.stuck = false;
}

static void pauses_and_goes_on(void **state)
{
	(void)state;
	fake_guest_up(guest, 1, 0);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	fake_guest_send(guest, 0, 0x060504030202, 60, 1);
	fake_network_run();
	assert_int_equal(front_completed(&guest->tx[0]), 0);
	reg_write(guest, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	assert_int_not_equal(fake.wakes[0], 0);
	fake_network_run();
	assert_int_equal(front_completed(&guest->tx[0]), 1);
}

static void refuses_bad_networks(void **state)
{
	void *threads[VIO_BACKENDS_MOST] = {0};
	struct vio_network_config good = {
		.mtu = 1500, .backends = 2, .threads = threads, .rx_packets = 8, .tx_packets = 8};
	struct vio_network_config config;
	struct vio_network *network;
	size_t bytes = host_dma_bytes;

	(void)state;
	config = good;
	config.backends = 0;
	assert_int_equal(vio_network_create(&network, &config), -EINVAL);
	config.backends = 17;
	assert_int_equal(vio_network_create(&network, &config), -EINVAL);
	config = good;
	config.mtu = 9001;
	assert_int_equal(vio_network_create(&network, &config), -EINVAL);
	config = good;
	config.uplink = &fake.card.dev;
	config.hw_queues = 0;
	assert_int_equal(vio_network_create(&network, &config), -EINVAL);
	config.hw_queues = 17;
	assert_int_equal(vio_network_create(&network, &config), -EINVAL);
	/* Without memory at any point, nothing is left behind. */
	config.backends = 3;
	config.hw_queues = 2;
	for (long i = 0;; i++) {
		int error;

		host_dma_allocations_left = i;
		error = vio_network_create(&network, &config);
		host_dma_allocations_left = -1;
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(host_dma_bytes, bytes);
	}
	vio_network_destroy(network);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_what_it_is),
		TEST(negotiates_features),
		TEST(refuses_bad_values),
		TEST(refuses_bad_queue_values),
		TEST(applies_receive_side_scaling),
		TEST(refuses_what_was_not_negotiated),
		TEST(survives_random_accesses),
		TEST(forgets_everything_at_reset),
		TEST(breaks_once_and_recovers),
		TEST(tells_of_link_changes),
		TEST(refuses_bad_devices),
		TEST(waits_for_the_card_before_a_reset_is_done),
		TEST(survives_a_stuck_backend),
		TEST(pauses_and_goes_on),
		TEST(refuses_bad_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
