/* SPDX-License-Identifier: BSD-2-Clause */
/* A driver for one vio-net device (vio/vio_net.h), with fixed buffers and no copies. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_DEVICE_H
#define SLUICE_GUEST_BARE_TRAFFIC_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "vio/vio_net.h"

#define BUFFER_BYTES 2048u

/* The interrupt of queue pair p is VECTOR_FIRST + p, on the vCPU that serves it. */
#define VECTOR_FIRST 0x60

struct ring {
	struct vio_ring_driver *driver;
	const struct vio_ring_device *device;
	struct vio_descriptor *descriptors;
	const struct vio_completion *completions; /* receive */
	volatile uint32_t *doorbell;
	uint8_t *buffers;  /* BUFFER_BYTES for each descriptor */
	uint32_t produced; /* transmit: next free descriptor; receive: unused */
	uint32_t next;     /* receive: first completion not looked at */
	uint32_t size;
};

/* Finds the device, resets it and negotiates. False: the failed check has been reported. */
bool device_open(void);

/* Queue pairs that the device has. */
unsigned device_pairs_most(void);

void device_get_mac(uint8_t mac[6]);

/*
 * Makes and enables pair's rings, with all receive buffers posted, interrupts going to the vCPU
 * with this APIC id.
 */
bool device_enable_pair(unsigned pair, uint32_t size, uint32_t apic_id, struct ring *receive,
			struct ring *transmit);

/* Lets the device run and spreads received flows over pairs, or sends all to the pair pin. */
bool device_run(unsigned pairs, uint32_t pin);

/* Stops the device: from now on it touches no memory. */
void device_reset(void);

/* How many received packets wait; their slots begin at ring->next. */
static inline uint32_t ring_received(const struct ring *ring)
{
	return __atomic_load_n(&ring->device->completed, __ATOMIC_ACQUIRE) - ring->next;
}

/* Gives the buffers below ring->next back to the device. */
void ring_release(struct ring *ring);

/* How many packets of one descriptor the transmit ring has room for. */
static inline uint32_t ring_room(const struct ring *ring)
{
	return ring->size -
	       (ring->produced - __atomic_load_n(&ring->device->completed, __ATOMIC_ACQUIRE));
}

/* Puts a frame into the next descriptor; there must be room. Unseen until ring_show(). */
static inline void ring_put(struct ring *ring, const void *frame, uint32_t bytes)
{
	struct vio_descriptor *descriptor = &ring->descriptors[ring->produced++ & (ring->size - 1)];

	descriptor->address = (uint64_t)frame;
	descriptor->bytes = bytes;
}

/* Shows the device what was put, and rings if it sleeps: then true. */
bool ring_show(struct ring *ring);

/*
 * Asks for an interrupt when `completed` moves from where it was last seen. Returns true if it
 * has already.
 */
bool ring_want_interrupt(struct ring *ring, uint32_t seen);
void ring_silence(struct ring *ring);

#endif
