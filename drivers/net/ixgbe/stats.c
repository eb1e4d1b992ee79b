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

/* What the NIC's counters have counted since they were last read, which clears them. */
struct counted {
	struct netdev_stats stats; /* those of the NIC only */
	struct {
		uint32_t received, lost;
	} queue[NETDEV_QUEUES_MOST];
};

/* Each queue counts in the slot of its number (RQSMR). Octets without CRC, as it is stripped. */
static void read_queue(struct ixgbe *dev, struct counted *counted, unsigned q)
{
	uint32_t received = ixgbe_read(dev, IXGBE_QPRC(q));
	uint32_t lost = ixgbe_read(dev, IXGBE_QPRDC(q));

	counted->stats.rx_packets += received;
	counted->stats.rx_bytes += read_octets(dev, IXGBE_QBRC_L(q), IXGBE_QBRC_H(q));
	counted->stats.rx_no_descriptor += lost;
	counted->queue[q].received = received;
	counted->queue[q].lost = lost;
}

static void read_receive(struct ixgbe *dev, struct counted *counted)
{
	static const uint32_t length_errors[] = {IXGBE_RLEC, IXGBE_RUC, IXGBE_RFC, IXGBE_ROC,
						 IXGBE_RJC};
	uint32_t missed = 0;

	for (unsigned q = 0; q < dev->config.queue_pairs; q++)
		read_queue(dev, counted, q);
	for (unsigned n = 0; n < IXGBE_PACKET_BUFFERS; n++)
		missed += ixgbe_read(dev, IXGBE_MPC(n));
	counted->stats.rx_missed = missed;
	if (dev->config.queue_pairs == 1)
		counted->queue[0].lost += missed; /* without DROP_EN it loses packets there */
	counted->stats.rx_crc_errors = ixgbe_read(dev, IXGBE_CRCERRS);
	for (unsigned i = 0; i < ARRAY_SIZE(length_errors); i++)
		counted->stats.rx_length_errors += ixgbe_read(dev, length_errors[i]);
}

static void read_transmit(struct ixgbe *dev, struct counted *counted)
{
	uint32_t packets = ixgbe_read(dev, IXGBE_GPTC);
	uint64_t octets = read_octets(dev, IXGBE_GOTCL, IXGBE_GOTCH);

	counted->stats.tx_packets = packets;
	counted->stats.tx_bytes = octets - (uint64_t)packets * CRC_BYTES;
}

static void add_counted(struct ixgbe *dev, const struct counted *counted)
{
	struct netdev_stats *stats = &dev->netdev.stats;

	add(&stats->rx_packets, counted->stats.rx_packets);
	add(&stats->rx_bytes, counted->stats.rx_bytes);
	add(&stats->rx_no_descriptor, counted->stats.rx_no_descriptor);
	add(&stats->rx_missed, counted->stats.rx_missed);
	add(&stats->rx_crc_errors, counted->stats.rx_crc_errors);
	add(&stats->rx_length_errors, counted->stats.rx_length_errors);
	add(&stats->tx_packets, counted->stats.tx_packets);
	add(&stats->tx_bytes, counted->stats.tx_bytes);
	for (unsigned q = 0; q < dev->config.queue_pairs; q++) {
		dev->queues[q].watch.received += counted->queue[q].received;
		dev->queues[q].watch.lost += counted->queue[q].lost;
	}
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

/* A NIC that was removed meanwhile has counted nothing, whatever was read. */
void ixgbe_stats_update(struct ixgbe *dev)
{
	struct counted counted = {0};

	update_drops(dev, &dev->netdev.stats);
	read_receive(dev, &counted);
	read_transmit(dev, &counted);
	if (!ixgbe_is_removed(dev))
		add_counted(dev, &counted);
}

void ixgbe_stats_clear(struct ixgbe *dev)
{
	struct counted discarded = {0};

	read_receive(dev, &discarded);
	read_transmit(dev, &discarded);
}
