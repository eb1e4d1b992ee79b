// SPDX-License-Identifier: BSD-2-Clause
/* Housekeeping: link, statistics, hung queues, lost interrupts, and recovery by reset. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/log.h"

#define WATCH_INTERVAL_US    1000000
#define RETRY_DOUBLINGS_MOST 6

/* Tried again at the next look, then after 2 s, 4 s and so on, at most 64 s. */
static void note_failed_reset(struct ixgbe *dev)
{
	unsigned doublings = dev->resets_failed < RETRY_DOUBLINGS_MOST ? dev->resets_failed
								       : RETRY_DOUBLINGS_MOST;
	uint64_t seconds = doublings ? 1u << doublings : 0;

	log_error("%s: reset failed; it is tried again in %lu s", dev->netdev.name,
		  seconds ? seconds : 1);
	dev->resets_failed++;
	dev->reset_ticks = ticks_now() + seconds * WATCH_INTERVAL_US * ticks_per_us();
}

/*
 * The queues' threads stay out meanwhile. Posted receive buffers are posted again; packets that
 * were to be sent are given back by the next tx_reclaim. Then every thread gets an interrupt.
 */
static void recover(struct ixgbe *dev)
{
	if (!ixgbe_shut_gate(dev)) {
		dev->reset_wanted = true;
		return;
	}
	ixgbe_stats_update(dev);
	ixgbe_interrupt_stop(dev);
	for (unsigned q = 0; q < dev->config.queue_pairs; q++)
		ixgbe_queue_rewind(&dev->queues[q]);
	WRITE_ONCE(dev->netdev.stats.resets, dev->netdev.stats.resets + 1);
	WRITE_ONCE(dev->reset_wanted, false);
	if (ixgbe_bring_up(dev)) {
		if (!ixgbe_is_removed(dev))
			note_failed_reset(dev);
		ixgbe_link_set(dev, false, 0);
		dev->reset_wanted = true;
		return; /* with the gate shut */
	}
	dev->resets_failed = 0;
	ixgbe_link_update(dev);
	ixgbe_open_gate(dev);
	ixgbe_interrupt_kick(dev, (1u << dev->config.queue_pairs) - 1);
	log_info("%s: reset done", dev->netdev.name);
}

/*
 * True if the oldest report that the queue waits for is the one it waited for at the last look,
 * and the card has not given it.
 */
static bool is_tx_hung(struct ixgbe_queue *queue)
{
	struct ixgbe_watch *watch = &queue->watch;
	uint32_t seen = READ_ONCE(queue->tx.reports_seen);
	bool waits = seen != READ_ONCE(queue->tx.reports_asked) && !ixgbe_tx_pending(&queue->tx);
	bool hung = waits && watch->tx_waits && watch->reports_seen == seen;

	watch->tx_waits = waits;
	watch->reports_seen = seen;
	return hung;
}

/*
 * True if since the last look the card has lost packets of a queue that has buffers, and given it
 * none. A queue that its thread served too late has received some.
 */
static bool is_rx_hung(struct ixgbe_queue *queue)
{
	struct ixgbe_watch *watch = &queue->watch;
	bool hung = watch->lost != watch->lost_seen && watch->received == watch->received_seen &&
		    READ_ONCE(queue->rx.posted) >= queue->rx.size / 2 &&
		    !ixgbe_rx_pending(&queue->rx);

	watch->lost_seen = watch->lost;
	watch->received_seen = watch->received;
	return hung;
}

/*
 * True if work has waited for its thread since the last look: was its interrupt lost? A thread that
 * goes on sending may still have forgotten what it received.
 */
static bool is_forgotten(struct ixgbe_queue *queue)
{
	struct ixgbe_watch *watch = &queue->watch;
	uint32_t next = READ_ONCE(queue->rx.next);
	uint32_t seen = READ_ONCE(queue->tx.reports_seen);
	bool rx = ixgbe_rx_pending(&queue->rx), tx = ixgbe_tx_pending(&queue->tx);
	bool forgotten = (rx && watch->rx_unseen && watch->rx_next == next) ||
			 (tx && watch->tx_unseen && watch->reports_seen == seen);

	watch->rx_unseen = rx;
	watch->tx_unseen = tx;
	watch->rx_next = next;
	return forgotten;
}

static void report_rx_hang(struct ixgbe *dev, unsigned q)
{
	struct netdev_stats *stats = &dev->netdev.stats;
	uint32_t head = ixgbe_read(dev, IXGBE_RDH(q));
	uint32_t tail = ixgbe_read(dev, IXGBE_RDT(q));

	if (ixgbe_is_gone(dev, head) || ixgbe_is_gone(dev, tail))
		return;
	log_error("%s: receive queue %u hangs: RDH %u, RDT %u", dev->netdev.name, q, head, tail);
	WRITE_ONCE(stats->rx_hangs, stats->rx_hangs + 1);
}

static void report_tx_hang(struct ixgbe *dev, unsigned q)
{
	struct netdev_stats *stats = &dev->netdev.stats;
	uint32_t head = ixgbe_read(dev, IXGBE_TDH(q));
	uint32_t tail = ixgbe_read(dev, IXGBE_TDT(q));

	if (ixgbe_is_gone(dev, head) || ixgbe_is_gone(dev, tail))
		return;
	log_error("%s: transmit queue %u hangs: TDH %u, TDT %u", dev->netdev.name, q, head, tail);
	WRITE_ONCE(stats->tx_hangs, stats->tx_hangs + 1);
}

/* Returns true if the card needs a reset. */
static bool watch_queues(struct ixgbe *dev)
{
	bool hung = false;

	for (unsigned q = 0; q < dev->config.queue_pairs; q++) {
		struct ixgbe_queue *queue = &dev->queues[q];

		if (is_forgotten(queue)) {
			struct netdev_stats *stats = &dev->netdev.stats;

			WRITE_ONCE(stats->interrupts_resent, stats->interrupts_resent + 1);
			ixgbe_interrupt_kick(dev, 1u << q);
		}
		if (is_rx_hung(queue)) {
			report_rx_hang(dev, q);
			hung = true;
		}
		if (!is_tx_hung(queue))
			continue;
		hung = true;
		if (dev->netdev.link.up) /* else only a reset gives back what waits for it */
			report_tx_hang(dev, q);
	}
	return hung && !ixgbe_is_removed(dev);
}

static void serve(struct ixgbe *dev)
{
	uint64_t now = ticks_now();

	if (READ_ONCE(dev->reset_wanted)) {
		if (now >= dev->reset_ticks)
			recover(dev);
		return;
	}
	ixgbe_link_update(dev);
	ixgbe_stats_update(dev);
	if (now - dev->watch_ticks < WATCH_INTERVAL_US * ticks_per_us())
		return;
	dev->watch_ticks = now;
	if (watch_queues(dev))
		recover(dev);
}

void ixgbe_service(struct netdev *netdev)
{
	struct ixgbe *dev = ixgbe_of(netdev);

	if (!dev->started)
		return;
	if (!ixgbe_is_removed(dev))
		serve(dev);
	if (dev->removed)
		ixgbe_link_set(dev, false, 0);
}
