// SPDX-License-Identifier: BSD-2-Clause
/* Pools of packets. */
#include "drivers/net/packet.h"

#include "kernel/errno.h"
#include "kernel/log.h"

static void link_packets(struct packet_pool *pool)
{
	struct packet *packets = pool->packets;

	pool->free = NULL;
	for (uint32_t i = pool->size; i-- > 0;) {
		packets[i].pool = pool;
		packets[i].buffer = (uint8_t *)pool->buffers + (size_t)i * pool->buffer_bytes;
		packets[i].data = packets[i].buffer;
		packets[i].next = pool->free;
		pool->free = &packets[i];
	}
	pool->free_count = pool->size;
}

int packet_pool_init(struct packet_pool *pool, uint32_t count, uint32_t buffer_bytes)
{
	ASSERT(count > 0 && buffer_bytes >= PACKET_BUFFER_BYTES && buffer_bytes % 1024 == 0);
	pool->size = count;
	pool->buffer_bytes = buffer_bytes;
	pool->packets = dma_alloc(count * sizeof(struct packet), CACHE_LINE_BYTES);
	if (!pool->packets)
		goto err_size;
	pool->buffers = dma_alloc((size_t)count * buffer_bytes, 4096);
	if (!pool->buffers)
		goto err_packets;
	link_packets(pool);
	return 0;

err_packets:
	dma_free(pool->packets, count * sizeof(struct packet));
	pool->packets = NULL;
err_size:
	pool->size = 0;
	return -ENOMEM;
}

void packet_pool_destroy(struct packet_pool *pool)
{
	ASSERT(pool->free_count == pool->size);
	dma_free(pool->buffers, (size_t)pool->size * pool->buffer_bytes);
	dma_free(pool->packets, pool->size * sizeof(struct packet));
	pool->buffers = NULL;
	pool->packets = NULL;
	pool->free = NULL;
	pool->free_count = 0;
	pool->size = 0;
}

struct packet *packet_alloc(struct packet_pool *pool)
{
	struct packet *packet;

	if (!pool->free)
		return NULL;
	packet = packet_take(pool);
	packet_clear(packet);
	packet->next = NULL;
	packet->done = NULL;
	return packet;
}
