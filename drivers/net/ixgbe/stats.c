// SPDX-License-Identifier: BSD-2-Clause
/* Statistics (DS 8.2.3.23): the card's counters clear when read, ours only grow. */
#include "drivers/net/ixgbe/device.h"

#define CRC_BYTES 4

static void add(uint64_t *total, uint64_t count)
{
	WRITE_ONCE(total[0], total[0] + count);
}

/* Octet counters have 36 bits; reading the high part clears both. */
static uint64_t read_octets(struct ixgbe *dev, uint32_t low, uint32_t high)
{
	uint64_t value = ixgbe_read(dev, low);

	return value | (uint64_t)(ixgbe_read(dev, high) & 15) << 32;
}

/* Each queue counts in the slot of its number (RQSMR). Octets without CRC, as it is stripped. */
static void update_queue(struct ixgbe *dev, struct netdev_stats *stats, unsigned q)
{
	struct ixgbe_watch *watch = &dev->queues[q].watch;
	uint32_t received = ixgbe_read(dev, IXGBE_QPRC(q));
	uint32_t lost = ixgbe_read(dev, IXGBE_QPRDC(q));

	add(&stats->rx_packets, received);
	add(&stats->rx_bytes, read_octets(dev, IXGBE_QBRC_L(q), IXGBE_QBRC_H(q)));
	add(&stats->rx_no_descriptor, lost);
	watch->received += received;
	watch->lost += lost;
}

static void update_receive(struct ixgbe *dev, struct netdev_stats *stats)
{
	uint64_t missed = 0;

	for (unsigned q = 0; q < dev->config.queue_pairs; q++)
		update_queue(dev, stats, q);
	for (unsigned n = 0; n < IXGBE_PACKET_BUFFERS; n++)
		missed += ixgbe_read(dev, IXGBE_MPC(n));
	add(&stats->rx_missed, missed);
	if (dev->config.queue_pairs == 1)
		dev->queues[0].watch.lost += missed; /* without DROP_EN it loses packets there */
	add(&stats->rx_crc_errors, ixgbe_read(dev, IXGBE_CRCERRS));
	add(&stats->rx_length_errors,
	    (uint64_t)ixgbe_read(dev, IXGBE_RLEC) + ixgbe_read(dev, IXGBE_RUC) +
		    ixgbe_read(dev, IXGBE_RFC) + ixgbe_read(dev, IXGBE_ROC) +
		    ixgbe_read(dev, IXGBE_RJC));
}

static void update_transmit(struct ixgbe *dev, struct netdev_stats *stats)
{
	uint32_t packets = ixgbe_read(dev, IXGBE_GPTC);
	uint64_t octets = read_octets(dev, IXGBE_GOTCL, IXGBE_GOTCH);

	add(&stats->tx_packets, packets);
	add(&stats->tx_bytes, octets - (uint64_t)packets * CRC_BYTES);
}

/* What the queues' threads dropped since the last look. */
static void update_drops(struct ixgbe *dev, struct netdev_stats *stats)
{
	for (unsigned q = 0; q < dev->config.queue_pairs; q++) {
		const struct ixgbe_queue *queue = &dev->queues[q];
		struct ixgbe_watch *watch = &dev->queues[q].watch;
		uint64_t oversize = READ_ONCE(queue->rx.oversize);
		uint64_t errors = READ_ONCE(queue->rx.errors);
		uint64_t dropped = READ_ONCE(queue->tx.dropped);

		add(&stats->rx_oversize, oversize - watch->oversize);
		add(&stats->rx_errors, errors - watch->errors);
		add(&stats->tx_dropped, dropped - watch->dropped);
		watch->oversize = oversize;
		watch->errors = errors;
		watch->dropped = dropped;
	}
}

void ixgbe_stats_update(struct ixgbe *dev)
{
	struct netdev_stats *stats = &dev->netdev.stats;

	update_drops(dev, stats);
	if (ixgbe_is_removed(dev))
		return;
	update_receive(dev, stats);
	update_transmit(dev, stats);
}

void ixgbe_stats_clear(struct ixgbe *dev)
{
	struct netdev_stats discarded = {0};

	update_receive(dev, &discarded);
	update_transmit(dev, &discarded);
}
