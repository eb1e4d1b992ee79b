/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest for tests: memory, and a front driver that drives rings in it by vio_net.h alone. */
#ifndef SLUICE_TESTS_UNIT_VIO_FAKE_GUEST_H
#define SLUICE_TESTS_UNIT_VIO_FAKE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vio/ops.h"
#include "vio/vio_net.h"

/* Guest-physical start of its memory; below and above it there is none. */
#define GUEST_BASE 0x100000ull

struct guest {
	uint8_t *memory;
	size_t bytes;
	size_t used; /* by guest_alloc() */
	unsigned interrupts[VIO_VECTORS_MOST];
	void (*on_interrupt)(struct guest *guest, unsigned vector);
	void *context; /* for on_interrupt */
};

/* struct vio_guest_ops for a struct guest (as guest and as function). */
extern const struct vio_guest_ops guest_ops;

void guest_init(struct guest *guest, size_t bytes);
void guest_free(struct guest *guest);
uint64_t guest_alloc(struct guest *guest, size_t bytes, size_t align);
void *guest_pointer(struct guest *guest, uint64_t address);

/* The driver's side of a ring. */
struct front_ring {
	struct guest *guest;
	uint64_t address; /* of the ring */
	uint64_t buffers; /* of `size` buffers of buffer_bytes each: buffer i for slot i */
	uint32_t buffer_bytes;
	uint32_t size;
	bool receives;
	volatile struct vio_ring_driver *driver;
	volatile struct vio_ring_device *device;
	struct vio_descriptor *descriptors;
	struct vio_completion *completions;
	uint32_t produced; /* mine; shown by front_show() */
	uint32_t seen;     /* completions taken */
	bool holds;        /* what was taken is not told as consumed */
};

void front_init(struct front_ring *ring, struct guest *guest, bool receives, uint32_t size,
		uint32_t buffer_bytes);

/* Starts over at index 0, as after a reset. */
void front_restart(struct front_ring *ring);

/* Shows the device what was put in; returns true if it wants a doorbell for it. */
bool front_show(struct front_ring *ring);

/* Posts count receive buffers, or as many as there is room for, and shows them. */
void front_post(struct front_ring *ring, uint32_t count);

/* Puts in a raw descriptor. */
void front_put(struct front_ring *ring, uint64_t address, uint32_t bytes, uint16_t flags);

/* Copies data into the next slot's buffer and puts in its descriptor. */
void front_put_data(struct front_ring *ring, const void *data, uint32_t bytes, uint16_t flags);

/* Likewise as two pieces: so the device refers to the guest's memory. bytes > FRONT_PART_BYTES. */
#define FRONT_PART_BYTES 300
void front_put_parts(struct front_ring *ring, const void *data, uint32_t bytes);

void front_put_offload(struct front_ring *ring, const struct vio_tx_offload *offload);

/* What `completed` says. */
uint32_t front_completed(const struct front_ring *ring);

/*
 * Takes a received packet: its first completion, and its bytes, joined. Returns its length; 0 if
 * there is none.
 */
uint32_t front_take(struct front_ring *ring, struct vio_completion *completion, uint8_t *bytes);

/* Tells the device that all packets taken are done with; front_take() does, too. */
void front_consume(struct front_ring *ring);

/* Asks for an interrupt beyond index; true if `completed` is there already. */
bool front_want_interrupt(struct front_ring *ring, uint32_t index);

/* Fills a frame of this length with addresses, a local ethertype and a number: frame_number().
 */
void frame_fill(uint8_t *frame, uint32_t bytes, uint64_t to, uint64_t from, uint32_t number);

/* The number of a frame that is as frame_fill() made it; aborts the test otherwise. */
uint32_t frame_number(const uint8_t *frame, uint32_t bytes);

#endif
