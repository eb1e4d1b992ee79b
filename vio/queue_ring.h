/* SPDX-License-Identifier: BSD-2-Clause */
/* Access to the shared memory of a ring, for the queue's own sources. */
#ifndef SLUICE_VIO_QUEUE_RING_H
#define SLUICE_VIO_QUEUE_RING_H

#include "vio/queue.h"

/* Indices and events: what lies behind them is read after the load, and written before the store.
 */
static inline uint32_t ring_load(const vio_u32 *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static inline void ring_store(vio_u32 *index, uint32_t value)
{
	__atomic_store_n(index, value, __ATOMIC_RELEASE);
}

/* The two halves of a descriptor, each read exactly once, whatever the guest does meanwhile. */
struct ring_descriptor {
	uint64_t low, high;
};

static inline struct ring_descriptor ring_read_descriptor(const struct vio_queue *queue,
							  uint32_t index)
{
	const uint64_t *words = (const uint64_t *)&queue->descriptors[index & queue->mask];

	return (struct ring_descriptor){
		.low = __atomic_load_n(words, __ATOMIC_RELAXED),
		.high = __atomic_load_n(words + 1, __ATOMIC_RELAXED),
	};
}

/* Counts in a total that one thread writes and any may read: one instruction, one aligned store. */
static inline void vio_count(uint64_t *total, uint64_t amount)
{
	*total += amount;
}

/* Reads `produced` again. False if it is against the rules: queue->error is set. */
bool vio_ring_refresh(struct vio_queue *queue);

#endif
