// SPDX-License-Identifier: BSD-2-Clause
// A network card for tests.
#include "fake_netdev.h"

#include <string.h>

static unsigned rx_burst(struct netdev *dev, unsigned number, struct packet **packets,
			 unsigned most)
{
	struct fake_queue *queue = &((struct fake_netdev *)dev)->queue[number];
	unsigned count = queue->receives < most ? queue->receives : most;

	memcpy(packets, queue->received, count * sizeof(*packets));
	queue->receives -= count;
	memmove(queue->received, queue->received + count,
		queue->receives * sizeof(*queue->received));
	return count;
}

static unsigned tx_burst(struct netdev *dev, unsigned number, struct packet **packets,
			 unsigned count)
{
	struct fake_netdev *card = (struct fake_netdev *)dev;
	struct fake_queue *queue = &card->queue[number];
	unsigned taken = 0;

	while (taken < count && queue->sends < FAKE_RING && queue->send_room) {
		if (card->transmitted)
			card->transmitted(packets[taken]);
		queue->sent[queue->sends++] = packets[taken++];
		queue->send_room--;
	}
	return taken;
}

static unsigned tx_reclaim(struct netdev *dev, unsigned number)
{
	struct fake_queue *queue = &((struct fake_netdev *)dev)->queue[number];
	unsigned count = queue->sends < queue->reclaimable ? queue->sends : queue->reclaimable;

	for (unsigned i = 0; i < count; i++)
		packet_free(queue->sent[i]);
	queue->sends -= count;
	memmove(queue->sent, queue->sent + count, queue->sends * sizeof(*queue->sent));
	return count;
}

static bool interrupt_enable(struct netdev *dev, unsigned number)
{
	struct fake_queue *queue = &((struct fake_netdev *)dev)->queue[number];

	queue->interrupt_on = true;
	return queue->receives || (queue->sends && queue->reclaimable);
}

static void interrupt_disable(struct netdev *dev, unsigned number)
{
	((struct fake_netdev *)dev)->queue[number].interrupt_on = false;
}

static void set_itr(struct netdev *dev, unsigned queue, unsigned us)
{
	((struct fake_netdev *)dev)->queue[queue].interval_us = us;
}

static const struct netdev_ops fake_ops = {
	.rx_burst = rx_burst,
	.tx_burst = tx_burst,
	.tx_reclaim = tx_reclaim,
	.interrupt_enable = interrupt_enable,
	.interrupt_disable = interrupt_disable,
	.set_itr = set_itr,
};

void fake_netdev_init(struct fake_netdev *card, unsigned queues)
{
	memset(card, 0, sizeof(*card));
	card->dev.ops = &fake_ops;
	strcpy(card->dev.name, "fake");
	card->dev.queue_pairs_most = queues;
	card->dev.link = (struct netdev_link){.up = true, .mbps = 10000};
	for (unsigned i = 0; i < queues; i++) {
		card->queue[i].send_room = UINT32_MAX;
		card->queue[i].reclaimable = UINT32_MAX;
	}
}

bool fake_netdev_receive(struct fake_netdev *card, unsigned number, const void *frame,
			 uint32_t bytes, uint32_t hash)
{
	struct fake_queue *queue = &card->queue[number];
	struct packet *packet;

	if (queue->receives == FAKE_RING)
		return false;
	packet = packet_alloc(queue->pool);
	if (!packet)
		return false;
	memcpy(packet->data, frame, bytes);
	if (packet->data[12] == 0x81 && packet->data[13] == 0x00) {
		packet->vlan_tci = (uint16_t)(packet->data[14] << 8 | packet->data[15]);
		packet->flags |= PACKET_VLAN;
		bytes -= 4;
		memmove(packet->data + 12, packet->data + 16, bytes - 12);
	}
	packet->bytes = (uint16_t)bytes;
	packet->total_bytes = bytes;
	packet->hash = hash;
	packet->hash_type = PACKET_HASH_TCP_IPV4;
	queue->received[queue->receives++] = packet;
	return true;
}

void fake_netdev_stop(struct fake_netdev *card)
{
	for (unsigned i = 0; i < NETDEV_QUEUES_MOST; i++) {
		struct fake_queue *queue = &card->queue[i];

		while (queue->receives)
			packet_free(queue->received[--queue->receives]);
		while (queue->sends)
			packet_free(queue->sent[--queue->sends]);
	}
}
