// SPDX-License-Identifier: GPL-2.0-only
/* ethtool: what the device is and does, and its ring sizes. */
#include "sluice_net.h"

#include <linux/ethtool.h>

static const struct {
	const char *name;
	size_t offset;
} queue_stats[] = {
	{"packets", offsetof(struct sluice_stats, packets)},
	{"bytes", offsetof(struct sluice_stats, bytes)},
	{"drops", offsetof(struct sluice_stats, drops)},
	{"notifications", offsetof(struct sluice_stats, notifications)},
	{"stops", offsetof(struct sluice_stats, stops)},
};

#define QUEUE_STATS ARRAY_SIZE(queue_stats)

static void get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct sluice_device *dev = netdev_priv(netdev);

	strscpy(info->driver, "sluice_net", sizeof(info->driver));
	strscpy(info->version, THIS_MODULE->version, sizeof(info->version));
	snprintf(info->fw_version, sizeof(info->fw_version), "vio-net %u", VIO_NET_VERSION);
	strscpy(info->bus_info, pci_name(dev->pdev), sizeof(info->bus_info));
}

static int get_sset_count(struct net_device *netdev, int set)
{
	struct sluice_device *dev = netdev_priv(netdev);

	return set == ETH_SS_STATS ? 2 * QUEUE_STATS * dev->pairs_most : -EOPNOTSUPP;
}

static void get_strings(struct net_device *netdev, u32 set, u8 *data)
{
	struct sluice_device *dev = netdev_priv(netdev);

	if (set != ETH_SS_STATS)
		return;
	for (unsigned int pair = 0; pair < dev->pairs_most; pair++) {
		for (unsigned int i = 0; i < QUEUE_STATS; i++)
			ethtool_sprintf(&data, "rx%u_%s", pair, queue_stats[i].name);
		for (unsigned int i = 0; i < QUEUE_STATS; i++)
			ethtool_sprintf(&data, "tx%u_%s", pair, queue_stats[i].name);
	}
}

static u64 *copy_stats(const struct sluice_stats *stats, u64 *data)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&stats->sync);
		for (unsigned int i = 0; i < QUEUE_STATS; i++)
			data[i] = *(const u64 *)((const char *)stats + queue_stats[i].offset);
	} while (u64_stats_fetch_retry(&stats->sync, start));
	return data + QUEUE_STATS;
}

static void get_stats(struct net_device *netdev, struct ethtool_stats *stats, u64 *data)
{
	struct sluice_device *dev = netdev_priv(netdev);

	for (unsigned int pair = 0; pair < dev->pairs_most; pair++) {
		data = copy_stats(&dev->pair[pair].rx.stats, data);
		data = copy_stats(&dev->pair[pair].tx.stats, data);
	}
}

static void get_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel_ring,
			  struct netlink_ext_ack *extack)
{
	struct sluice_device *dev = netdev_priv(netdev);

	ring->rx_max_pending = VIO_RING_SIZE_MOST;
	ring->tx_max_pending = VIO_RING_SIZE_MOST;
	ring->rx_pending = dev->rx_size;
	ring->tx_pending = dev->tx_size;
}

static int set_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *kernel_ring,
			 struct netlink_ext_ack *extack)
{
	struct sluice_device *dev = netdev_priv(netdev);

	if (ring->rx_mini_pending || ring->rx_jumbo_pending)
		return -EINVAL;
	if (!is_power_of_2(ring->rx_pending) || !is_power_of_2(ring->tx_pending) ||
	    ring->rx_pending < VIO_RING_SIZE_LEAST || ring->tx_pending < VIO_RING_SIZE_LEAST) {
		NL_SET_ERR_MSG(extack, "ring sizes are powers of two from 64 to 4096");
		return -EINVAL;
	}
	return sluice_restart(dev, dev->pairs, ring->rx_pending, ring->tx_pending);
}

static int get_link_ksettings(struct net_device *netdev, struct ethtool_link_ksettings *settings)
{
	struct sluice_device *dev = netdev_priv(netdev);
	u32 link = sluice_read(dev, VIO_REG_LINK);

	settings->base.speed = link & VIO_LINK_UP ? link & ~VIO_LINK_UP : SPEED_UNKNOWN;
	settings->base.duplex = link & VIO_LINK_UP ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

const struct ethtool_ops sluice_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS | ETHTOOL_COALESCE_MAX_FRAMES |
				     ETHTOOL_COALESCE_USE_ADAPTIVE,
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_channels = sluice_get_channels,
	.set_channels = sluice_set_channels,
	.get_coalesce = sluice_get_coalesce,
	.set_coalesce = sluice_set_coalesce,
	.get_per_queue_coalesce = sluice_get_queue_coalesce,
	.set_per_queue_coalesce = sluice_set_queue_coalesce,
	.get_rxfh_key_size = sluice_get_rxfh_key_size,
	.get_rxfh_indir_size = sluice_get_rxfh_indir_size,
	.get_rxfh = sluice_get_rxfh,
	.set_rxfh = sluice_set_rxfh,
	.get_rxnfc = sluice_get_rxnfc,
	.set_rxnfc = sluice_set_rxnfc,
	.get_ts_info = ethtool_op_get_ts_info,
};
