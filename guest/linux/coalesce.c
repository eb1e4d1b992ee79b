// SPDX-License-Identifier: GPL-2.0-only
/* ethtool -c, -C and -Q: when completions interrupt. */
#include "sluice_net.h"

#define USECS_MOST_TEXT  __stringify(VIO_USECS_MOST)
#define FRAMES_MOST_TEXT __stringify(VIO_RING_SIZE_MOST)

static struct sluice_coalescing read_queue(struct sluice_device *dev, u32 index)
{
	u32 base = VIO_REG_QUEUE(index);

	return (struct sluice_coalescing){
		.usecs = sluice_read(dev, base + VIO_QUEUE_USECS),
		.frames = sluice_read(dev, base + VIO_QUEUE_FRAMES),
		.adaptive = sluice_read(dev, base + VIO_QUEUE_ADAPTIVE),
	};
}

/* The device has been reset: its defaults become ours. */
void sluice_coalescing_init(struct sluice_device *dev)
{
	for (unsigned int i = 0; i < dev->pairs_most; i++) {
		dev->pair[i].rx.coalescing = read_queue(dev, 2 * i);
		dev->pair[i].tx.coalescing = read_queue(dev, 2 * i + 1);
	}
}

/* The device has negotiated features. */
void sluice_coalescing_write(struct sluice_device *dev, struct sluice_queue *queue)
{
	u32 base = VIO_REG_QUEUE(queue->index);

	if (!(dev->features & VIO_F_COALESCE))
		return;
	sluice_write(dev, base + VIO_QUEUE_USECS, queue->coalescing.usecs);
	sluice_write(dev, base + VIO_QUEUE_FRAMES, queue->coalescing.frames);
	if (dev->features & VIO_F_ADAPTIVE)
		sluice_write(dev, base + VIO_QUEUE_ADAPTIVE, queue->coalescing.adaptive);
}

/* NULL, or why the device would refuse. */
static const char *find_fault(const struct sluice_device *dev,
			      const struct sluice_coalescing *wanted)
{
	if (!(dev->features & VIO_F_COALESCE))
		return "the device does not coalesce";
	if (wanted->usecs > VIO_USECS_MOST)
		return "rx-usecs and tx-usecs are 0 to " USECS_MOST_TEXT;
	if (wanted->frames > VIO_RING_SIZE_MOST)
		return "rx-frames and tx-frames are 0 to " FRAMES_MOST_TEXT;
	if (wanted->adaptive && !(dev->features & VIO_F_ADAPTIVE))
		return "the device has no adaptive coalescing";
	return NULL;
}

static void describe_pair(const struct sluice_pair *pair, struct ethtool_coalesce *coalesce)
{
	coalesce->rx_coalesce_usecs = pair->rx.coalescing.usecs;
	coalesce->rx_max_coalesced_frames = pair->rx.coalescing.frames;
	coalesce->use_adaptive_rx_coalesce = pair->rx.coalescing.adaptive;
	coalesce->tx_coalesce_usecs = pair->tx.coalescing.usecs;
	coalesce->tx_max_coalesced_frames = pair->tx.coalescing.frames;
	coalesce->use_adaptive_tx_coalesce = pair->tx.coalescing.adaptive;
}

static struct sluice_coalescing wanted_rx(const struct ethtool_coalesce *coalesce)
{
	return (struct sluice_coalescing){
		.usecs = coalesce->rx_coalesce_usecs,
		.frames = coalesce->rx_max_coalesced_frames,
		.adaptive = coalesce->use_adaptive_rx_coalesce,
	};
}

static struct sluice_coalescing wanted_tx(const struct ethtool_coalesce *coalesce)
{
	return (struct sluice_coalescing){
		.usecs = coalesce->tx_coalesce_usecs,
		.frames = coalesce->tx_max_coalesced_frames,
		.adaptive = coalesce->use_adaptive_tx_coalesce,
	};
}

/* Sets pairs from `first` to before `end`. Returns NULL, or what is wrong; then nothing is set. */
static const char *set_pairs(struct net_device *netdev, unsigned int first, unsigned int end,
			     const struct ethtool_coalesce *coalesce)
{
	struct sluice_device *dev = netdev_priv(netdev);
	struct sluice_coalescing rx = wanted_rx(coalesce), tx = wanted_tx(coalesce);
	const char *fault = find_fault(dev, &rx);

	if (!fault)
		fault = find_fault(dev, &tx);
	for (unsigned int i = first; !fault && i < end; i++) {
		struct sluice_pair *pair = &dev->pair[i];

		pair->rx.coalescing = rx;
		pair->tx.coalescing = tx;
		if (!netif_running(netdev) || i >= dev->pairs)
			continue;
		sluice_coalescing_write(dev, &pair->rx);
		sluice_coalescing_write(dev, &pair->tx);
	}
	return fault;
}

int sluice_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *kernel_coalesce,
			struct netlink_ext_ack *extack)
{
	struct sluice_device *dev = netdev_priv(netdev);

	describe_pair(&dev->pair[0], coalesce);
	return 0;
}

int sluice_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *kernel_coalesce,
			struct netlink_ext_ack *extack)
{
	struct sluice_device *dev = netdev_priv(netdev);
	const char *fault = set_pairs(netdev, 0, dev->pairs_most, coalesce);

	if (!fault)
		return 0;
	if (extack)
		extack->_msg = fault;
	return -EINVAL;
}

int sluice_get_queue_coalesce(struct net_device *netdev, u32 pair,
			      struct ethtool_coalesce *coalesce)
{
	struct sluice_device *dev = netdev_priv(netdev);

	if (pair >= dev->pairs)
		return -EINVAL;
	describe_pair(&dev->pair[pair], coalesce);
	return 0;
}

int sluice_set_queue_coalesce(struct net_device *netdev, u32 pair,
			      struct ethtool_coalesce *coalesce)
{
	struct sluice_device *dev = netdev_priv(netdev);
	const char *fault;

	if (pair >= dev->pairs)
		return -EINVAL;
	fault = set_pairs(netdev, pair, pair + 1, coalesce);
	if (!fault)
		return 0;
	netdev_info(netdev, "%s\n", fault);
	return -EINVAL;
}
