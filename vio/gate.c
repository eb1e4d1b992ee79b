// SPDX-License-Identifier: BSD-2-Clause
// Gates: flows that moved to another queue wait until the driver is done with the old one.
#include "vio/gate.h"

#include "vio/queue_ring.h"

static struct vio_queue *receive_queue(struct vio_device *device, unsigned pair)
{
	return &device->queue[2 * pair];
}

/* The pairs that flows now steered to `pair` may have left. */
static uint32_t pairs_left_for(const struct vio_device *device, const struct vio_rss *old,
			       unsigned pair)
{
	bool rehashed = old->hash_types != device->rss.hash_types;
	uint32_t pairs = 0;

	for (unsigned i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		if (rehashed || device->rss.table[i] == pair)
			pairs |= 1u << old->table[i];
	return pairs & ~(1u << pair);
}

void vio_gate_close(struct vio_device *device, const struct vio_rss *old)
{
	for (unsigned pair = 0; pair < device->queue_pairs_most; pair++) {
		struct vio_queue *queue = receive_queue(device, pair);

		device->rss_marks[pair] = queue->completed;
		__atomic_store_n(&queue->gate, pairs_left_for(device, old, pair), __ATOMIC_RELAXED);
	}
}

/* Whether the driver is done with what was in the pair's receive queue at the change. */
static bool has_consumed(struct vio_device *device, unsigned pair)
{
	const struct vio_queue *queue = receive_queue(device, pair);

	if (!READ_ONCE(queue->enabled))
		return true;
	return (int32_t)(ring_load(&queue->driver->consumed) - device->rss_marks[pair]) >= 0;
}

bool vio_gate_check(struct vio_queue *queue)
{
	uint32_t closed = __atomic_load_n(&queue->gate, __ATOMIC_RELAXED);

	for (uint32_t pairs = closed; pairs; pairs &= pairs - 1) {
		unsigned pair = (unsigned)__builtin_ctz(pairs);

		if (has_consumed(queue->device, pair))
			closed = __atomic_and_fetch(&queue->gate, ~(1u << pair), __ATOMIC_RELAXED);
	}
	return !closed;
}

bool vio_gate_check_all(struct vio_device *device)
{
	for (unsigned pair = 0; pair < device->queue_pairs_most; pair++)
		if (!vio_gate_check(receive_queue(device, pair)))
			return false;
	return true;
}

void vio_gate_forget(struct vio_device *device, unsigned pair)
{
	for (unsigned i = 0; i < device->queue_pairs_most; i++)
		__atomic_fetch_and(&receive_queue(device, i)->gate, ~(1u << pair),
				   __ATOMIC_RELAXED);
	__atomic_store_n(&receive_queue(device, pair)->gate, 0, __ATOMIC_RELAXED);
}
