/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame store: a byte ring whose records never wrap. */
#include "tools/i82599/fifo.h"

#include <stdlib.h>
#include <string.h>

static uint32_t record_size(uint32_t len)
{
	return (uint32_t)((sizeof(struct nic_packet) + len + 7) & ~(size_t)7);
}

bool nic_fifo_init(struct nic_fifo *fifo, size_t size)
{
	memset(fifo, 0, sizeof(*fifo));
	fifo->store = malloc(size);
	fifo->size = size;
	return fifo->store != NULL;
}

void nic_fifo_free(struct nic_fifo *fifo)
{
	free(fifo->store);
}

void nic_fifo_clear(struct nic_fifo *fifo)
{
	fifo->head = fifo->tail = 0;
	fifo->frames = 0;
}

/* Find room for need bytes: at the tail, else at the start of the store. */
static bool make_room(struct nic_fifo *fifo, size_t need)
{
	bool wrapped = fifo->frames && fifo->tail <= fifo->head;

	if (wrapped)
		return fifo->head - fifo->tail >= need;
	if (fifo->size - fifo->tail >= need)
		return true;
	if (fifo->head < need)
		return false;
	if (fifo->size - fifo->tail >= sizeof(uint32_t))
		memset(fifo->store + fifo->tail, 0, sizeof(uint32_t));
	fifo->tail = 0;
	return true;
}

struct nic_packet *nic_fifo_push(struct nic_fifo *fifo, uint32_t len)
{
	uint32_t need = record_size(len);
	struct nic_packet *packet;

	if (!fifo->frames)
		fifo->head = fifo->tail = 0;
	if (!make_room(fifo, need))
		return NULL;
	packet = (struct nic_packet *)(void *)(fifo->store + fifo->tail);
	memset(packet, 0, sizeof(*packet));
	packet->size = need;
	packet->len = len;
	fifo->tail += need;
	fifo->frames++;
	return packet;
}

struct nic_packet *nic_fifo_front(const struct nic_fifo *fifo)
{
	return fifo->frames ? (struct nic_packet *)(void *)(fifo->store + fifo->head) : NULL;
}

void nic_fifo_pop(struct nic_fifo *fifo)
{
	struct nic_packet *front = nic_fifo_front(fifo);

	fifo->head += front->size;
	fifo->frames--;
	front = nic_fifo_front(fifo);
	if (front && (fifo->size - fifo->head < sizeof(uint32_t) || !front->size))
		fifo->head = 0;
}
