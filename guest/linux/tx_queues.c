// SPDX-License-Identifier: GPL-2.0-only
/* Transmit queues in use: becoming fewer without loss, and without a change of order. */
#include "sluice_net.h"

#include <linux/delay.h>
#include <net/sch_generic.h>

#define DRAIN_TRIES 2000 /* of 0.5 to 1 ms */

/* The stack's choice, but no queue that is about to go. */
u16 sluice_select_queue(struct net_device *netdev, struct sk_buff *skb, struct net_device *below)
{
	const struct sluice_device *dev = netdev_priv(netdev);
	u16 queue = netdev_pick_tx(netdev, skb, below);
	unsigned int pairs = READ_ONCE(dev->tx_pairs);

	return queue < pairs ? queue : queue % pairs;
}

/* A frozen queue keeps what it is given until it is thawed. */
static void freeze_queue(struct netdev_queue *txq)
{
	__netif_tx_lock_bh(txq);
	set_bit(__QUEUE_STATE_FROZEN, &txq->state);
	__netif_tx_unlock_bh(txq);
}

static void thaw_queue(struct netdev_queue *txq)
{
	clear_bit(__QUEUE_STATE_FROZEN, &txq->state);
	netif_schedule_queue(txq);
}

static bool wait_qdisc_empty(struct netdev_queue *txq)
{
	for (unsigned int i = 0; i < DRAIN_TRIES; i++) {
		if (!qdisc_qlen_sum(rtnl_dereference(txq->qdisc)))
			return true;
		usleep_range(500, 1000);
	}
	return false;
}

static bool wait_ring_empty(const struct sluice_queue *queue)
{
	for (unsigned int i = 0; i < DRAIN_TRIES; i++) {
		if (sluice_queue_completed(queue) == READ_ONCE(queue->produced))
			return true;
		usleep_range(500, 1000);
	}
	return false;
}

/* Lets a queue that gets no new packets send those it has, and stops it. */
static void drain_queue(struct sluice_device *dev, unsigned int index)
{
	struct netdev_queue *txq = netdev_get_tx_queue(dev->netdev, index);
	bool drained = wait_qdisc_empty(txq);

	synchronize_net(); /* what has left the qdisc is in the ring */
	__netif_tx_lock_bh(txq);
	netif_tx_stop_queue(txq);
	__netif_tx_unlock_bh(txq);
	if (!wait_ring_empty(&dev->pair[index].tx) || !drained)
		netdev_warn(dev->netdev, "transmit queue %u does not run empty\n", index);
}

/*
 * Lets packets be sent by the first `pairs` queues only; the others end up empty and stopped.
 * Those that stay wait for them, so that the order of flows that move is kept. Under rtnl.
 */
void sluice_tx_narrow(struct sluice_device *dev, unsigned int pairs)
{
	struct net_device *netdev = dev->netdev;
	unsigned int old = netdev->real_num_tx_queues;

	if (pairs >= old)
		return;
	for (unsigned int i = 0; i < pairs; i++)
		freeze_queue(netdev_get_tx_queue(netdev, i));
	WRITE_ONCE(dev->tx_pairs, pairs);
	synchronize_net();
	for (unsigned int i = pairs; i < old; i++)
		drain_queue(dev, i);
	netif_set_real_num_tx_queues(netdev, pairs);
	for (unsigned int i = 0; i < pairs; i++)
		thaw_queue(netdev_get_tx_queue(netdev, i));
}
