// SPDX-License-Identifier: BSD-2-Clause
/* A machine with one emulated 82599, for tests of the driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sanitizer/asan_interface.h>

#include "machine_host.h"
#include "nic.h"

#define COMMAND_MSE_BME 6
#define MSIX_CONTROL    0x72
#define MSIX_ENABLE     0x8000
#define EERD            0x10014
#define NEVER           UINT64_MAX
#define PS_PER_TICK     1000
#define BUSY_US_MOST    50 /* that the driver may keep its core from other threads */

struct nic nic;
const uint8_t nic_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

static uint8_t bar0[I82599_BAR0_BYTES];
static uint8_t bar4[I82599_BAR4_BYTES];
static i82599_time_t wake;

/* --- What the model needs --- */

static bool dma_read(void *opaque, uint64_t address, void *buffer, size_t bytes)
{
	(void)opaque;
	if (address < 4096 || __asan_region_is_poisoned((void *)(uintptr_t)address, bytes))
		return false;
	memcpy(buffer, (const void *)(uintptr_t)address, bytes);
	return true;
}

static bool dma_write(void *opaque, uint64_t address, const void *buffer, size_t bytes)
{
	(void)opaque;
	if (address < 4096 || __asan_region_is_poisoned((void *)(uintptr_t)address, bytes))
		return false;
	memcpy((void *)(uintptr_t)address, buffer, bytes);
	return true;
}

static void msix(void *opaque, uint64_t address, uint32_t data)
{
	(void)opaque;
	assert_int_equal(address, 0xFEE00000);
	assert_true(data < 256);
	nic.messages[data]++;
	nic.message_time[data] = host_ticks * PS_PER_TICK;
}

static i82599_time_t now(void *opaque)
{
	(void)opaque;
	return host_ticks * PS_PER_TICK;
}

static void wake_at(void *opaque, i82599_time_t time)
{
	(void)opaque;
	wake = time;
}

static void transmit(void *opaque, const void *frame, size_t bytes)
{
	struct nic_frame *sent;

	(void)opaque;
	if (nic.sent_count == nic.sent_room) {
		nic.sent_room = nic.sent_room ? 2 * nic.sent_room : 1024;
		nic.sent = realloc(nic.sent, nic.sent_room * sizeof(*nic.sent));
		assert_non_null(nic.sent);
	}
	sent = &nic.sent[nic.sent_count++];
	sent->data = malloc(bytes);
	assert_non_null(sent->data);
	memcpy(sent->data, frame, bytes);
	sent->bytes = bytes;
	sent->time = host_ticks * PS_PER_TICK;
}

static void model_log(void *opaque, const char *line)
{
	(void)opaque;
	if (getenv("TEST_VERBOSE"))
		fprintf(stderr, "model: %s\n", line);
}

/* --- What the driver needs --- */

static bool is_in(const volatile void *reg, const uint8_t *bar, size_t bytes)
{
	return (const uint8_t *)reg >= bar && (const uint8_t *)reg < bar + bytes;
}

/* EERD with data of the NVM word that is to be wrong. */
static bool is_flipped_word(uint32_t offset, uint32_t value)
{
	return offset == EERD && nic.flipped_word && (value >> 2 & 0x3FFF) == nic.flipped_word;
}

static uint32_t read_bar0(uint32_t offset)
{
	uint32_t value = (uint32_t)i82599_bar_read(nic.model, 0, offset, 4);

	if (nic.mangle)
		value = nic.mangle(offset, value);
	return is_flipped_word(offset, value) ? value ^ 1u << 16 : value;
}

static uint32_t mmio_read(const volatile void *reg)
{
	nic.reads++;
	if (nic.before_read && is_in(reg, bar0, sizeof(bar0)))
		nic.before_read((uint32_t)((const uint8_t *)reg - bar0));
	if (nic.removed)
		return 0xFFFFFFFF;
	if (is_in(reg, bar0, sizeof(bar0)))
		return read_bar0((uint32_t)((const uint8_t *)reg - bar0));
	assert_true(is_in(reg, bar4, sizeof(bar4)));
	return (uint32_t)i82599_bar_read(nic.model, 4, (const uint8_t *)reg - bar4, 4);
}

static void mmio_write(volatile void *reg, uint32_t value)
{
	nic.writes++;
	if (nic.removed)
		return;
	if (is_in(reg, bar0, sizeof(bar0))) {
		uint32_t offset = (uint32_t)((uint8_t *)reg - bar0);

		if (nic.before_write)
			nic.before_write(offset);
		if (nic.ignored_register && offset == nic.ignored_register)
			return;
		i82599_bar_write(nic.model, 0, offset, 4, value);
		return;
	}
	assert_true(is_in(reg, bar4, sizeof(bar4)));
	i82599_bar_write(nic.model, 4, (uint32_t)((uint8_t *)reg - bar4), 4, value);
}

/* Lets the model's events happen one after the other, each at its own time. */
void nic_advance(uint64_t ns)
{
	uint64_t target = host_ticks + ns;

	while (wake != NEVER && wake <= target * PS_PER_TICK) {
		uint64_t due = (wake + PS_PER_TICK - 1) / PS_PER_TICK;

		wake = NEVER;
		if (due > target)
			due = target;
		if (due > host_ticks)
			host_ticks = due;
		i82599_run(nic.model);
	}
	host_ticks = target;
	i82599_run(nic.model);
}

static void delayed(uint32_t us)
{
	host_ticks -= us * 1000ull;
	nic_advance(us * 1000ull);
	if (nic.meanwhile)
		nic.meanwhile();
}

/* --- The machine --- */

void nic_create(uint16_t device_id, bool bad_nvm)
{
	nic_create_board(
		(struct i82599_config){.device_id = device_id, .bad_nvm_checksum = bad_nvm});
}

void nic_create_board(struct i82599_config config)
{
	struct i82599_host host = {
		.dma_read = dma_read,
		.dma_write = dma_write,
		.msix = msix,
		.now = now,
		.wake_at = wake_at,
		.transmit = transmit,
		.log = model_log,
	};

	memset(&nic, 0, sizeof(nic));
	nic.strict = true;
	host_sleeps = host_busy_us = host_busy_us_most = 0;
	nic.device_id = config.device_id;
	wake = NEVER;
	memcpy(config.mac, nic_mac, 6);
	nic.model = i82599_create(&config, &host);
	assert_non_null(nic.model);
	i82599_config_write(nic.model, 4, 2, COMMAND_MSE_BME);
	i82599_config_write(nic.model, MSIX_CONTROL, 2, MSIX_ENABLE);
	i82599_set_carrier(nic.model, true);
	host_mmio_read = mmio_read;
	host_mmio_write = mmio_write;
	host_delay = delayed;
}

static uint16_t read_config(const void *function, unsigned offset)
{
	assert_null(function);
	return nic.removed ? 0xFFFF : (uint16_t)i82599_config_read(nic.model, offset, 2);
}

int nic_probe(void)
{
	struct ixgbe_resources resources = {
		.name = "ixgbe0",
		.bar0 = bar0,
		.bar0_bytes = sizeof(bar0),
		.msix_table = bar4,
		.msix_entries = 64,
		.device_id = nic.device_id,
		.read_config = read_config,
	};

	return ixgbe_probe(&resources, &nic.dev);
}

int nic_start(unsigned queues, unsigned ring, uint16_t mtu)
{
	struct netdev_config *config = &nic.config;
	int err;

	memset(config, 0, sizeof(*config));
	config->queue_pairs = queues;
	config->ring_size = ring;
	config->mtu = mtu;
	for (unsigned q = 0; q < queues; q++) {
		assert_int_equal(packet_pool_init(&nic.pools[q], 4 * ring,
						  mtu > 1500 ? 10240 : PACKET_BUFFER_BYTES),
				 0);
		config->pools[q] = &nic.pools[q];
		config->queue_msi[q] = (struct netdev_msi){0xFEE00000, q};
	}
	config->link_msi = (struct netdev_msi){0xFEE00000, NIC_LINK_DATA};
	for (unsigned i = 0; i < NETDEV_RSS_KEY_BYTES; i++)
		config->rss_key[i] = (uint8_t)(37 * i + 11);
	for (unsigned i = 0; i < NETDEV_RETA_ENTRIES; i++)
		config->reta[i] = (uint8_t)(i % queues);
	err = nic.dev->ops->start(nic.dev, config);
	if (err)
		nic_stop();
	return err;
}

void nic_stop(void)
{
	nic.dev->ops->stop(nic.dev);
	for (unsigned q = 0; q < nic.config.queue_pairs; q++) {
		assert_int_equal(nic.pools[q].free_count, nic.pools[q].size);
		packet_pool_destroy(&nic.pools[q]);
	}
}

static void check_defects(void)
{
	struct i82599_defects defects = i82599_defects(nic.model);
	uint64_t count = 0;

	for (unsigned kind = 0; kind < defects.kinds; kind++) {
		count += defects.by_kind[kind];
		if (defects.by_kind[kind])
			fprintf(stderr, "defect: %s: %llu\n", i82599_defect_name(kind),
				(unsigned long long)defects.by_kind[kind]);
	}
	if (nic.strict)
		assert_int_equal(count, 0); /* advice is for others */
}

void nic_destroy(void)
{
	check_defects();
	assert_in_range(host_busy_us_most, 0, BUSY_US_MOST);
	if (nic.dev)
		ixgbe_remove(nic.dev);
	i82599_destroy(nic.model);
	nic_forget_sent();
	free(nic.sent);
	assert_int_equal(host_dma_bytes, 0);
}

void nic_link_up(void)
{
	for (unsigned i = 0; i < 100 && !nic.dev->link.up; i++) {
		nic_advance(100000000);
		nic.dev->ops->service(nic.dev);
	}
	assert_true(nic.dev->link.up);
}

void nic_receive(const void *frame, size_t bytes)
{
	while (!i82599_receive(nic.model, frame, bytes))
		nic_advance(1000);
}

void nic_forget_sent(void)
{
	while (nic.sent_count)
		free(nic.sent[--nic.sent_count].data);
}

struct packet *nic_packet(unsigned queue, const void *frame, size_t bytes)
{
	struct packet *packet = packet_alloc(&nic.pools[queue]);

	assert_non_null(packet);
	assert_true(bytes <= nic.pools[queue].buffer_bytes);
	memcpy(packet->data, frame, bytes);
	packet->bytes = (uint16_t)bytes;
	packet->total_bytes = (uint32_t)bytes;
	return packet;
}

const struct nic_frame *nic_send(unsigned queue, struct packet *packet)
{
	const struct netdev_ops *ops = nic.dev->ops;
	size_t before = nic.sent_count;

	assert_int_equal(ops->tx_burst(nic.dev, queue, &packet, 1), 1);
	nic_advance(100000);
	assert_int_equal(ops->tx_reclaim(nic.dev, queue), 1);
	return nic.sent_count > before ? &nic.sent[before] : NULL;
}

struct packet *nic_receive_one(const void *frame, size_t bytes, unsigned *queue)
{
	struct packet *packet;

	nic_receive(frame, bytes);
	for (unsigned us = 0; us < 1000; us++) {
		nic_advance(1000);
		for (unsigned q = 0; q < nic.config.queue_pairs; q++) {
			if (!nic.dev->ops->rx_burst(nic.dev, q, &packet, 1))
				continue;
			if (queue)
				*queue = q;
			return packet;
		}
	}
	return NULL;
}

uint32_t nic_register(uint32_t offset)
{
	return (uint32_t)i82599_bar_read(nic.model, 0, offset, 4);
}

void nic_set_register(uint32_t offset, uint32_t value)
{
	i82599_bar_write(nic.model, 0, offset, 4, value);
}

void nic_set_up(unsigned queues, unsigned ring, uint16_t mtu)
{
	nic_create(NIC_SFP, false);
	assert_int_equal(nic_probe(), 0);
	assert_int_equal(nic_start(queues, ring, mtu), 0);
	nic_link_up();
}

int nic_tear_down(void **state)
{
	(void)state;
	nic_stop();
	nic_destroy();
	return 0;
}
