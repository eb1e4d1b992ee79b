// SPDX-License-Identifier: BSD-2-Clause
/* Memory of a queue pair's rings, and what they hold across reset and stop. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"

#define RING_ALIGN          128
#define FRAME_OVERHEAD_MOST 18 /* Ethernet header and a VLAN tag in the data */

/* Both rings, then both tables of packets, then the queue of reports. */
int ixgbe_queue_alloc(struct ixgbe *dev, unsigned index)
{
	struct ixgbe_queue *queue = &dev->queues[index];
	struct packet_pool *pool = dev->config.pools[index];
	uint32_t size = dev->config.ring_size;
	size_t ring_bytes = size * sizeof(struct ixgbe_descriptor);
	size_t table_bytes = size * sizeof(struct packet *);
	size_t bytes = 2 * ring_bytes + 2 * table_bytes + size * sizeof(uint16_t);
	uint8_t *memory = dma_alloc(bytes, RING_ALIGN);
	uint16_t itr_us = queue->itr_us;

	if (!memory) {
		log_error("%s: no memory for queue %u with rings of %u", dev->netdev.name, index,
			  size);
		return -ENOMEM;
	}
	memset(queue, 0, sizeof(*queue));
	queue->itr_us = itr_us;
	queue->memory = memory;
	queue->memory_bytes = bytes;
	queue->rx.ring = (volatile struct ixgbe_descriptor *)memory;
	queue->tx.ring = (volatile struct ixgbe_descriptor *)(memory + ring_bytes);
	queue->rx.packets = (struct packet **)(memory + 2 * ring_bytes);
	queue->tx.packets = (struct packet **)(memory + 2 * ring_bytes + table_bytes);
	queue->tx.report = (uint16_t *)(memory + 2 * ring_bytes + 2 * table_bytes);
	queue->rx.tail = dev->bar0 + IXGBE_RDT(index);
	queue->tx.tail = dev->bar0 + IXGBE_TDT(index);
	queue->rx.size = size;
	queue->tx.size = size;
	queue->tx.frame_most = dev->netdev.mtu + FRAME_OVERHEAD_MOST;
	queue->tx.plain_most =
		queue->tx.frame_most < IXGBE_CHUNK_BYTES ? queue->tx.frame_most : IXGBE_CHUNK_BYTES;
	queue->rx.pool = pool;
	queue->rx.dma_offset = dma_address(pool->buffers) - (uintptr_t)pool->buffers;
	return 0;
}

/* Packets that the card had not filled stay posted, from descriptor 0 on. */
static void rewind_rx(struct ixgbe_rx *rx)
{
	struct packet *list = NULL, **end = &list;
	uint32_t count = 0;

	for (uint32_t i = rx->next; count < rx->posted; count++) {
		*end = rx->packets[i];
		end = &rx->packets[i]->next;
		i = i + 1 == rx->size ? 0 : i + 1;
	}
	*end = NULL;
	for (uint32_t i = 0; i < count; i++) {
		rx->packets[i] = list;
		rx->ring[i].q0 = (uintptr_t)list->buffer + rx->dma_offset;
		rx->ring[i].q1 = 0;
		list = list->next;
	}
	rx->next = 0;
	rx->fill = count;
	rx->discarding = false;
}

/* Packets that had not been reported as sent are not sent again. */
static void rewind_tx(struct ixgbe_tx *tx)
{
	while (tx->clean != tx->next) {
		struct packet *packet = tx->packets[tx->clean];

		if (packet) {
			packet->next = tx->unsent;
			tx->unsent = packet;
			tx->dropped++;
		}
		tx->clean = tx->clean + 1 == tx->size ? 0 : tx->clean + 1;
	}
	tx->next = 0;
	tx->clean = 0;
	tx->report_head = 0;
	tx->report_tail = 0;
	tx->reports_seen = tx->reports_asked;
	tx->unreported = 0;
	tx->context_valid = false;
	tx->request = 0;
}

void ixgbe_queue_rewind(struct ixgbe_queue *queue)
{
	rewind_rx(&queue->rx);
	rewind_tx(&queue->tx);
}

void ixgbe_queue_free(struct ixgbe_queue *queue)
{
	if (!queue->memory)
		return;
	ixgbe_queue_rewind(queue);
	for (uint32_t i = 0; i < queue->rx.posted; i++)
		packet_release(queue->rx.packets[i]);
	while (queue->tx.unsent) {
		struct packet *packet = queue->tx.unsent;

		queue->tx.unsent = packet->next;
		packet_free(packet);
	}
	dma_free(queue->memory, queue->memory_bytes);
	queue->memory = NULL;
}
