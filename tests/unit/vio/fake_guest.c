// SPDX-License-Identifier: BSD-2-Clause
// A guest for tests: memory, and a front driver.
#include "fake_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool find_region(void *context, uint64_t address, struct vio_region *region)
{
	struct guest *guest = context;

	*region = (struct vio_region){GUEST_BASE, guest->bytes, guest->memory};
	return address >= GUEST_BASE && address - GUEST_BASE < guest->bytes;
}

static void post_interrupt(void *function, unsigned vector)
{
	struct guest *guest = function;

	__atomic_fetch_add(&guest->interrupts[vector], 1, __ATOMIC_RELAXED);
	if (guest->on_interrupt)
		guest->on_interrupt(guest, vector);
}

static void yield(void)
{
}

const struct vio_guest_ops guest_ops = {
	.region = find_region,
	.post_interrupt = post_interrupt,
	.yield = yield,
};

void guest_init(struct guest *guest, size_t bytes)
{
	memset(guest, 0, sizeof(*guest));
	guest->bytes = bytes;
	guest->memory = aligned_alloc(VIO_RING_ALIGN, bytes);
	if (!guest->memory)
		abort();
	memset(guest->memory, 0, bytes);
}

void guest_free(struct guest *guest)
{
	free(guest->memory);
}

uint64_t guest_alloc(struct guest *guest, size_t bytes, size_t align)
{
	size_t at = (guest->used + align - 1) & ~(align - 1);

	if (at + bytes > guest->bytes)
		abort();
	guest->used = at + bytes;
	return GUEST_BASE + at;
}

void *guest_pointer(struct guest *guest, uint64_t address)
{
	return guest->memory + (address - GUEST_BASE);
}

void front_init(struct front_ring *ring, struct guest *guest, bool receives, uint32_t size,
		uint32_t buffer_bytes)
{
	uint8_t *start;

	memset(ring, 0, sizeof(*ring));
	ring->guest = guest;
	ring->receives = receives;
	ring->size = size;
	ring->buffer_bytes = buffer_bytes;
	ring->address =
		guest_alloc(guest, receives ? VIO_RX_RING_BYTES(size) : VIO_TX_RING_BYTES(size),
			    VIO_RING_ALIGN);
	ring->buffers = guest_alloc(guest, (size_t)size * buffer_bytes, 64);
	start = guest_pointer(guest, ring->address);
	ring->driver = (void *)(start + VIO_RING_DRIVER);
	ring->device = (void *)(start + VIO_RING_DEVICE);
	ring->descriptors = (void *)(start + VIO_RING_DESCRIPTORS);
	ring->completions = (void *)(start + VIO_RING_COMPLETIONS(size));
	front_restart(ring);
}

void front_restart(struct front_ring *ring)
{
	ring->produced = ring->seen = 0;
	ring->driver->produced = 0;
	ring->driver->consumed = 0;
	ring->driver->event = vio_event_never(0);
	ring->device->completed = 0;
	ring->device->event = vio_event_never(0);
}

bool front_show(struct front_ring *ring)
{
	uint32_t old = ring->driver->produced;

	__atomic_store_n(&ring->driver->produced, ring->produced, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return vio_event_reached(__atomic_load_n(&ring->device->event, __ATOMIC_ACQUIRE), old,
				 ring->produced);
}

void front_put(struct front_ring *ring, uint64_t address, uint32_t bytes, uint16_t flags)
{
	ring->descriptors[ring->produced++ & (ring->size - 1)] = (struct vio_descriptor){
		.address = address,
		.bytes = bytes,
		.flags = flags,
	};
}

static uint64_t slot_buffer(const struct front_ring *ring, uint32_t index)
{
	return ring->buffers + (uint64_t)(index & (ring->size - 1)) * ring->buffer_bytes;
}

void front_post(struct front_ring *ring, uint32_t count)
{
	while (count-- && ring->produced - ring->seen < ring->size)
		front_put(ring, slot_buffer(ring, ring->produced), ring->buffer_bytes, 0);
	front_show(ring);
}

void front_put_data(struct front_ring *ring, const void *data, uint32_t bytes, uint16_t flags)
{
	uint64_t address = slot_buffer(ring, ring->produced);

	if (bytes > ring->buffer_bytes)
		abort();
	memcpy(guest_pointer(ring->guest, address), data, bytes);
	front_put(ring, address, bytes, flags);
}

void front_put_parts(struct front_ring *ring, const void *data, uint32_t bytes)
{
	uint64_t address = slot_buffer(ring, ring->produced);

	memcpy(guest_pointer(ring->guest, address), data, bytes);
	front_put(ring, address, FRONT_PART_BYTES, VIO_TX_MORE);
	front_put(ring, address + FRONT_PART_BYTES, bytes - FRONT_PART_BYTES, 0);
}

void front_put_offload(struct front_ring *ring, const struct vio_tx_offload *offload)
{
	memcpy(&ring->descriptors[ring->produced++ & (ring->size - 1)], offload, sizeof(*offload));
}

uint32_t front_completed(const struct front_ring *ring)
{
	return __atomic_load_n(&ring->device->completed, __ATOMIC_ACQUIRE);
}

void front_consume(struct front_ring *ring)
{
	__atomic_store_n(&ring->driver->consumed, ring->seen, __ATOMIC_RELEASE);
}

uint32_t front_take(struct front_ring *ring, struct vio_completion *completion, uint8_t *bytes)
{
	uint32_t completed = front_completed(ring);
	uint32_t total = 0;
	struct vio_completion one;

	if (ring->seen == completed)
		return 0;
	do {
		uint32_t slot = ring->seen & (ring->size - 1);
		uint32_t length;

		if (ring->seen == completed) {
			fprintf(stderr, "`completed` stands inside a packet\n");
			abort();
		}
		one = ring->completions[slot];
		length = one.bytes ? one.bytes : 65536;
		memcpy(bytes + total, guest_pointer(ring->guest, slot_buffer(ring, ring->seen)),
		       length);
		if (!total && completion)
			*completion = one;
		total += length;
		ring->seen++;
	} while (one.flags & VIO_RX_MORE);
	if (!ring->holds)
		front_consume(ring);
	return total;
}

bool front_want_interrupt(struct front_ring *ring, uint32_t index)
{
	__atomic_store_n(&ring->driver->event, index, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return front_completed(ring) != index;
}

void frame_fill(uint8_t *frame, uint32_t bytes, uint64_t to, uint64_t from, uint32_t number)
{
	memcpy(frame, &to, 6);
	memcpy(frame + 6, &from, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5; /* IEEE 802: local experimental */
	memcpy(frame + 14, &number, 4);
	for (uint32_t i = 18; i < bytes; i++)
		frame[i] = (uint8_t)(number * 7 + i);
}

uint32_t frame_number(const uint8_t *frame, uint32_t bytes)
{
	uint32_t number;

	memcpy(&number, frame + 14, 4);
	for (uint32_t i = 18; i < bytes; i++) {
		if (frame[i] != (uint8_t)(number * 7 + i)) {
			fprintf(stderr, "frame %u of %u bytes: byte %u is wrong\n", number, bytes,
				i);
			abort();
		}
	}
	return number;
}
