// SPDX-License-Identifier: BSD-2-Clause
// A virtual queue's ring: start, stop, indices, notifications. See queue_rx.c and queue_tx.c.
#include "vio/queue_ring.h"

#include "kernel/errno.h"

/* What the features mean for each packet received. */
static void prepare_features(struct vio_queue *queue)
{
	queue->receive_flags = 0;
	if (queue->features & VIO_F_RX_CSUM)
		queue->receive_flags |= VIO_RX_IP_CSUM | VIO_RX_L4_CSUM | VIO_RX_L4_PARTIAL;
	if (queue->features & VIO_F_RX_VLAN)
		queue->receive_flags |= VIO_RX_VLAN;
	queue->special_flags = PACKET_GSO_TCPV4 | PACKET_GSO_TCPV6;
	if (!(queue->features & VIO_F_RX_CSUM))
		queue->special_flags |= PACKET_CSUM_PARTIAL;
	if (!(queue->features & VIO_F_RX_VLAN))
		queue->special_flags |= PACKET_VLAN;
	queue->receive_hash = queue->features & VIO_F_RX_HASH ? UINT32_MAX : 0;
}

void *vio_queue_find_memory(struct vio_queue *queue, uint64_t address, uint64_t bytes)
{
	struct vio_region region;

	if (!queue->ops->region(queue->guest, address, &region))
		return NULL;
	queue->region = region;
	return vio_region_pointer(&region, address, bytes);
}

int vio_queue_start(struct vio_queue *queue, uint64_t ring, uint32_t size)
{
	bool receives = !(queue->number & 1);
	uint8_t *memory;

	if (size < VIO_RING_SIZE_LEAST || size > VIO_RING_SIZE_MOST || size & (size - 1))
		return VIO_ERROR_RING_SIZE;
	if (ring % VIO_RING_ALIGN)
		return VIO_ERROR_RING_ADDRESS;
	memory = vio_queue_find_memory(
		queue, ring, receives ? VIO_RX_RING_BYTES(size) : VIO_TX_RING_BYTES(size));
	if (!memory)
		return VIO_ERROR_RING_ADDRESS;
	if (!receives) {
		queue->pending = dma_alloc(size * sizeof(*queue->pending), CACHE_LINE_BYTES);
		if (!queue->pending)
			return -ENOMEM;
	}
	prepare_features(queue);
	queue->size = size;
	queue->mask = size - 1;
	queue->driver = (struct vio_ring_driver *)(memory + VIO_RING_DRIVER);
	queue->shared = (struct vio_ring_device *)(memory + VIO_RING_DEVICE);
	queue->descriptors = (struct vio_descriptor *)(memory + VIO_RING_DESCRIPTORS);
	queue->completions = (struct vio_completion *)(memory + VIO_RING_COMPLETIONS(size));
	queue->produced = queue->next = queue->completed = queue->published = 0;
	queue->pending_first = queue->pending_end = 0;
	vio_queue_start_interrupts(queue);
	queue->error = VIO_ERROR_NONE;
	ring_store(&queue->shared->completed, 0);
	vio_queue_silence_doorbell(queue);
	return VIO_ERROR_NONE;
}

void vio_queue_stop(struct vio_queue *queue)
{
	if (queue->pending)
		dma_free(queue->pending, queue->size * sizeof(*queue->pending));
	queue->pending = NULL;
}

bool vio_ring_refresh(struct vio_queue *queue)
{
	uint32_t produced = ring_load(&queue->driver->produced);
	uint32_t in_ring = produced - queue->completed;

	if (produced == queue->produced)
		return true;
	/* It may not run ahead by more than the ring, nor go back. */
	if (in_ring > queue->size || in_ring < queue->produced - queue->completed) {
		queue->error = VIO_ERROR_INDEX;
		return false;
	}
	queue->produced = produced;
	return true;
}

bool vio_queue_publish(struct vio_queue *queue)
{
	if (queue->published == queue->completed)
		return false;
	queue->published = queue->completed;
	ring_store(&queue->shared->completed, queue->completed);
	return true;
}

bool vio_queue_want_doorbell(struct vio_queue *queue)
{
	ring_store(&queue->shared->event, queue->produced);
	smp_mb();
	return vio_queue_has_work(queue);
}

void vio_queue_silence_doorbell(struct vio_queue *queue)
{
	ring_store(&queue->shared->event, vio_event_never(queue->produced));
}
