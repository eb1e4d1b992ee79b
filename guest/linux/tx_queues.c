// SPDX-License-Identifier: GPL-2.0-only
/* Transmit queues in use: becoming more or fewer without loss, and without a change of order. */
#include "sluice_net.h"

#include <linux/delay.h>
#include <net/sch_generic.h>

#define DRAIN_TRIES 2000 /* of 0.5 to 1 ms */

/*
 * The queue, of so many, for a CPU or queue of this number: the top bit is cleared until it fits.
 * So with more queues a CPU moves to a new one or stays, and with fewer it moves from one that
 * goes.
 */
unsigned int sluice_fold_queue(unsigned int number, unsigned int pairs)
{
	while (number >= pairs)
		number &= ~rounddown_pow_of_two(number);
	return number;
}

/* The stack's choice, but no queue that is about to go. */
u16 sluice_select_queue(struct net_device *netdev, struct sk_buff *skb, struct net_device *below)
{
	const struct sluice_device *dev = netdev_priv(netdev);
	u16 queue = netdev_pick_tx(netdev, skb, below);
	unsigned int pairs = READ_ONCE(dev->tx_pairs);

	return likely(queue < pairs) ? queue : sluice_fold_queue(queue, pairs);
}

/* Nothing waits in the qdisc, and nobody is on the way with packets that may have to go back. */
static bool is_idle(struct Qdisc *qdisc)
{
	bool idle;

	spin_lock_bh(qdisc_lock(qdisc));
	idle = !qdisc_qlen_sum(qdisc) && !qdisc_is_running(qdisc) && !qdisc_qlen_sum(qdisc);
	spin_unlock_bh(qdisc_lock(qdisc));
	return idle;
}

static bool wait_idle(struct netdev_queue *txq)
{
	for (unsigned int i = 0; i < DRAIN_TRIES; i++) {
		if (is_idle(rtnl_dereference(txq->qdisc)))
			return true;
		usleep_range(500, 1000);
	}
	return false;
}

/* Waits until the device is done with what is in the ring. */
static bool wait_sent(const struct sluice_queue *queue)
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
	bool drained = wait_idle(txq);

	__netif_tx_lock_bh(txq);
	netif_tx_stop_queue(txq);
	__netif_tx_unlock_bh(txq);
	if (!wait_sent(&dev->pair[index].tx) || !drained)
		netdev_warn(dev->netdev, "transmit queue %u does not run empty\n", index);
}

/*
 * Lets packets be sent by all open pairs. A CPU moves to its new queue at one instant; a socket's
 * flow only when none of its packets are under way any more, as the stack has it. Under rtnl.
 */
int sluice_tx_widen(struct sluice_device *dev)
{
	int error = netif_set_real_num_tx_queues(dev->netdev, dev->pairs);

	if (error)
		return error;
	sluice_set_xps(dev, dev->pairs);
	WRITE_ONCE(dev->tx_pairs, dev->pairs); /* until now, packets went as before */
	return 0;
}

/*
 * Lets packets be sent by the first `pairs` queues only; the others send what they have, and end up
 * empty and stopped. Under rtnl.
 */
void sluice_tx_narrow(struct sluice_device *dev, unsigned int pairs)
{
	struct net_device *netdev = dev->netdev;
	unsigned int old = netdev->real_num_tx_queues;

	if (pairs >= old)
		return;
	WRITE_ONCE(dev->tx_pairs, pairs);
	synchronize_net();
	for (unsigned int i = pairs; i < old; i++)
		drain_queue(dev, i);
	sluice_set_xps(dev, pairs);
	netif_set_real_num_tx_queues(netdev, pairs);
}
