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

/* Memory of the region at address, or NULL if bytes there (1 or more) are not wholly in it. */
static inline void *vio_region_pointer(const struct vio_region *region, uint64_t address,
				       uint64_t bytes)
{
	uint64_t offset = address - region->start;

	if (offset > region->bytes || bytes > region->bytes - offset)
		return NULL;
	return region->memory + offset;
}

/* Looks for the region of address, and keeps it. Else as vio_queue_memory(). */
void *vio_queue_find_memory(struct vio_queue *queue, uint64_t address, uint64_t bytes);

/* Guest memory at address, or NULL if bytes there (1 or more) are not wholly in one region. */
static inline void *vio_queue_memory(struct vio_queue *queue, uint64_t address, uint64_t bytes)
{
	void *memory = vio_region_pointer(&queue->region, address, bytes);

	return memory ? memory : vio_queue_find_memory(queue, address, bytes);
}

/* Counts in a total that one thread writes and any may read: one instruction, one aligned store. */
static inline void vio_count(uint64_t *total, uint64_t amount)
{
	*total += amount;
}

/* True if the driver has produced something that was not taken. Looks at the ring. */
static inline bool vio_queue_has_work(const struct vio_queue *queue)
{
	return queue->next != queue->produced ||
	       queue->produced != ring_load(&queue->driver->produced);
}

/* Interrupts begin anew: nothing waits, nothing is known of the traffic. */
void vio_queue_start_interrupts(struct vio_queue *queue);

/* Reads `produced` again. False if it is against the rules: queue->error is set. */
bool vio_ring_refresh(struct vio_queue *queue);

#endif
