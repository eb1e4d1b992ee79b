// SPDX-License-Identifier: GPL-2.0-only
/* ethtool -l and -L: how many queue pairs are in use. */
#include "sluice_net.h"

void sluice_get_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	struct sluice_device *dev = netdev_priv(netdev);

	channels->max_combined = dev->pairs_most;
	channels->combined_count = dev->pairs;
	channels->max_other = 1;
	channels->other_count = 1;
}

/* A table of the user's stays; ethtool has seen to it that it fits. */
static void make_steering(struct sluice_device *dev, struct sluice_steering *wanted, u32 pairs)
{
	*wanted = dev->steering;
	if (netif_is_rxfh_configured(dev->netdev))
		wanted->pairs = pairs;
	else
		sluice_steering_spread(wanted, pairs);
}

/* Packets no longer go to pairs from this one on, received or sent; they end. */
static int end_pairs(struct sluice_device *dev, unsigned int pairs)
{
	int error = 0;

	sluice_tx_narrow(dev, pairs);
	while (!error && dev->pairs > pairs) {
		error = sluice_pair_retire(&dev->pair[dev->pairs - 1]);
		if (!error)
			dev->pairs--;
	}
	if (error)
		error = sluice_restart(dev, pairs, dev->rx_size, dev->tx_size);
	return error ? error : netif_set_real_num_rx_queues(dev->netdev, pairs);
}

/* More pairs: first they exist, then packets are sent by them, then they get flows. */
static int grow(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	unsigned int old = dev->pairs;
	int error;

	while (dev->pairs < wanted->pairs) {
		error = sluice_pair_open(dev, &dev->pair[dev->pairs]);
		if (error)
			goto err_end;
		sluice_pair_start(&dev->pair[dev->pairs]);
		dev->pairs++;
	}
	error = netif_set_real_num_rx_queues(dev->netdev, dev->pairs);
	if (!error)
		error = sluice_tx_widen(dev);
	if (error)
		goto err_end;
	error = sluice_steering_change(dev, wanted);
	if (error)
		goto err_end;
	return 0;

err_end:
	end_pairs(dev, old);
	return error;
}

/* Fewer pairs: the same, backwards. */
static int shrink(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	int error = sluice_steering_change(dev, wanted);

	return error ? error : end_pairs(dev, wanted->pairs);
}

static int change_stopped(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	int error = netif_set_real_num_queues(dev->netdev, wanted->pairs, wanted->pairs);

	if (error)
		return error;
	dev->steering = *wanted;
	dev->pairs = wanted->pairs;
	dev->tx_pairs = wanted->pairs;
	sluice_set_xps(dev, wanted->pairs);
	return 0;
}

static int change_pairs(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	if (!netif_running(dev->netdev))
		return change_stopped(dev, wanted);
	if (wanted->pairs > dev->pairs)
		return grow(dev, wanted);
	return shrink(dev, wanted);
}

int sluice_set_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	struct sluice_device *dev = netdev_priv(netdev);
	struct sluice_steering wanted;

	if (channels->rx_count || channels->tx_count || !channels->combined_count ||
	    channels->other_count != 1) {
		netdev_info(netdev, "channels are combined, 1 to %u, and one other\n",
			    dev->pairs_most);
		return -EINVAL;
	}
	if (channels->combined_count == dev->pairs)
		return 0;
	make_steering(dev, &wanted, channels->combined_count);
	return change_pairs(dev, &wanted);
}
