// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings and notifications. The other side runs on another physical core even when this kernel has
 * one CPU, so only the virt_ barriers, which are never patched away, order accesses to a ring.
 */
#include "sluice_net.h"

int sluice_queue_alloc(struct sluice_device *dev, struct sluice_queue *queue, u32 index, u32 size)
{
	bool receive = index % 2 == 0;
	size_t bytes = receive ? VIO_RX_RING_BYTES(size) : VIO_TX_RING_BYTES(size);

	queue->index = index;
	queue->size = size;
	queue->produced = 0;
	queue->consumed = 0;
	queue->kicked = 0;
	queue->released = 0;
	queue->doorbell = dev->registers + VIO_BAR_DOORBELLS + 4 * index;
	queue->slots = kvcalloc(size, sizeof(*queue->slots), GFP_KERNEL);
	if (!queue->slots)
		return -ENOMEM;
	queue->ring = dma_alloc_coherent(&dev->pdev->dev, bytes, &queue->ring_dma, GFP_KERNEL);
	if (!queue->ring) {
		kvfree(queue->slots);
		queue->slots = NULL;
		return -ENOMEM;
	}
	queue->driver = queue->ring + VIO_RING_DRIVER;
	queue->device = queue->ring + VIO_RING_DEVICE;
	queue->descriptors = queue->ring + VIO_RING_DESCRIPTORS;
	queue->completions = receive ? queue->ring + VIO_RING_COMPLETIONS(size) : NULL;
	sluice_queue_silence(queue);
	return 0;
}

void sluice_queue_free(struct sluice_device *dev, struct sluice_queue *queue)
{
	size_t bytes = queue->completions ? VIO_RX_RING_BYTES(queue->size)
					  : VIO_TX_RING_BYTES(queue->size);

	if (queue->ring)
		dma_free_coherent(&dev->pdev->dev, bytes, queue->ring, queue->ring_dma);
	kvfree(queue->slots);
	queue->ring = NULL;
	queue->slots = NULL;
}

/* Shows the device all descriptors up to queue->produced, and rings if it asked for that. */
void sluice_queue_publish(struct sluice_queue *queue)
{
	u32 old = queue->kicked;

	virt_store_release(&queue->driver->produced, cpu_to_le32(queue->produced));
	virt_mb();
	queue->kicked = queue->produced;
	if (!vio_event_reached(le32_to_cpu(READ_ONCE(queue->device->event)), old, queue->produced))
		return;
	u64_stats_update_begin(&queue->stats.sync);
	queue->stats.notifications++;
	u64_stats_update_end(&queue->stats.sync);
	writel(1, queue->doorbell);
}

u32 sluice_queue_completed(const struct sluice_queue *queue)
{
	return le32_to_cpu(virt_load_acquire(&queue->device->completed));
}

/* Asks for an interrupt when event is completed. False: it is already, so poll again. */
bool sluice_queue_ask(struct sluice_queue *queue, u32 event)
{
	WRITE_ONCE(queue->driver->event, cpu_to_le32(event));
	virt_mb();
	return (s32)(sluice_queue_completed(queue) - event) <= 0;
}

void sluice_queue_silence(struct sluice_queue *queue)
{
	WRITE_ONCE(queue->driver->event, cpu_to_le32(vio_event_never(queue->consumed)));
}
