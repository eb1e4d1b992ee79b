// SPDX-License-Identifier: BSD-2-Clause
/* Life of the vio-net device: found on the PCI bus, negotiated, queues enabled, flows spread. */
#include "guest/bare/traffic/device.h"

#include <stddef.h>

#include "guest/bare/bare.h"
#include "guest/bare/traffic/pci.h"
#include "guest/bare/traffic/traffic.h"

#define WANTED     (VIO_F_RSS)
#define MSIX_ENTRY 16 /* bytes: address, data, control (PCI 3.0, section 6.8.2) */

/* A refused change of the indirection table waits for the driver to consume: tried so often. */
#define APPLY_TRIES 1000

static uint8_t *bar;

static uint32_t reg_read(uint32_t offset)
{
	return *(volatile uint32_t *)(bar + offset);
}

static void reg_write(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(bar + offset) = value;
}

static bool negotiate(void)
{
	if (reg_read(VIO_REG_MAGIC) != VIO_NET_MAGIC ||
	    reg_read(VIO_REG_VERSION) != VIO_NET_VERSION)
		return false;
	reg_write(VIO_REG_DRIVER_FEATURES, WANTED & reg_read(VIO_REG_DEVICE_FEATURES));
	reg_write(VIO_REG_STATUS, VIO_STATUS_FEATURES);
	return reg_read(VIO_REG_STATUS) & VIO_STATUS_FEATURES;
}

bool device_open(void)
{
	bar = pci_open(VIO_NET_PCI_VENDOR, VIO_NET_PCI_DEVICE);
	check(bar, "there is a vio-net device");
	if (!bar)
		return false;
	device_reset();
	if (negotiate())
		return true;
	check(false, "the device takes magic, version and features");
	return false;
}

void device_reset(void)
{
	reg_write(VIO_REG_STATUS, VIO_STATUS_RESET);
	while (reg_read(VIO_REG_STATUS) & VIO_STATUS_RESET)
		__asm__ volatile("pause");
}

unsigned device_pairs_most(void)
{
	return reg_read(VIO_REG_QUEUE_PAIRS_MOST);
}

void device_get_mac(uint8_t mac[6])
{
	uint64_t value = reg_read(VIO_REG_MAC_LOW) | (uint64_t)reg_read(VIO_REG_MAC_HIGH) << 32;

	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)(value >> 8 * i);
}

static bool enable_queue(unsigned queue, struct ring *ring, uint32_t size)
{
	bool receives = queue % 2 == 0;
	uint8_t *memory =
		traffic_alloc(receives ? VIO_RX_RING_BYTES(size) : VIO_TX_RING_BYTES(size));
	uint32_t base = VIO_REG_QUEUE(queue);

	ring->driver = (void *)(memory + VIO_RING_DRIVER);
	ring->device = (void *)(memory + VIO_RING_DEVICE);
	ring->descriptors = (void *)(memory + VIO_RING_DESCRIPTORS);
	ring->completions = receives ? (void *)(memory + VIO_RING_COMPLETIONS(size)) : NULL;
	ring->doorbell = (volatile uint32_t *)(bar + VIO_BAR_DOORBELLS + 4 * queue);
	ring->buffers = traffic_alloc((uint64_t)size * BUFFER_BYTES);
	ring->size = size;
	if (receives) {
		for (uint32_t i = 0; i < size; i++) {
			ring->descriptors[i].address = (uint64_t)(ring->buffers + i * BUFFER_BYTES);
			ring->descriptors[i].bytes = BUFFER_BYTES;
		}
		ring->driver->produced = size;
	}
	ring_silence(ring);
	reg_write(base + VIO_QUEUE_RING_LOW, (uint32_t)(uint64_t)memory);
	reg_write(base + VIO_QUEUE_RING_HIGH, (uint32_t)((uint64_t)memory >> 32));
	reg_write(base + VIO_QUEUE_SIZE, size);
	reg_write(base + VIO_QUEUE_VECTOR, 1 + queue / 2);
	reg_write(base + VIO_QUEUE_ENABLE, 1);
	return reg_read(base + VIO_QUEUE_ENABLE) == 1;
}

bool device_enable_pair(unsigned pair, uint32_t size, uint32_t apic_id, struct ring *receive,
			struct ring *transmit)
{
	uint32_t entry = VIO_BAR_MSIX_TABLE + MSIX_ENTRY * (1 + pair);

	reg_write(entry, (uint32_t)APIC_ADDRESS | apic_id << 12);
	reg_write(entry + 4, 0);
	reg_write(entry + 8, VECTOR_FIRST + pair);
	reg_write(entry + 12, 0);
	if (enable_queue(2 * pair, receive, size) && enable_queue(2 * pair + 1, transmit, size))
		return true;
	check(false, "the device enables its queues");
	return false;
}

static void write_table(unsigned pairs, uint32_t pin)
{
	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i += 4) {
		uint32_t value = 0;

		for (unsigned j = 0; j < 4; j++)
			value |= (pin == TRAFFIC_NONE ? (i + j) % pairs : pin) << 8 * j;
		reg_write(VIO_REG_RSS_TABLE + i, value);
	}
}

bool device_run(unsigned pairs, uint32_t pin)
{
	uint32_t result = VIO_ERROR_BUSY;

	reg_write(VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	reg_write(VIO_REG_QUEUE_PAIRS, pairs);
	write_table(pairs, pin);
	for (unsigned i = 0; i < APPLY_TRIES && result == VIO_ERROR_BUSY; i++) {
		reg_write(VIO_REG_RSS_APPLY, 1);
		result = reg_read(VIO_REG_RSS_APPLY);
	}
	if (result)
		print("error %u\n", result);
	check(!result, "the device spreads flows over its queues");
	return !result;
}

void ring_release(struct ring *ring)
{
	ring->driver->consumed = ring->next;
	__atomic_store_n(&ring->driver->produced, ring->next + ring->size, __ATOMIC_RELEASE);
}

bool ring_show(struct ring *ring)
{
	uint32_t old = ring->driver->produced;

	__atomic_store_n(&ring->driver->produced, ring->produced, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!vio_event_reached(__atomic_load_n(&ring->device->event, __ATOMIC_RELAXED), old,
			       ring->produced))
		return false;
	*ring->doorbell = 1;
	return true;
}

bool ring_want_interrupt(struct ring *ring, uint32_t seen)
{
	__atomic_store_n(&ring->driver->event, seen, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&ring->device->completed, __ATOMIC_RELAXED) != seen;
}

void ring_silence(struct ring *ring)
{
	__atomic_store_n(&ring->driver->event, vio_event_never(ring->device->completed),
			 __ATOMIC_RELAXED);
}
