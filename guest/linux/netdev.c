// SPDX-License-Identifier: GPL-2.0-only
/* The network interface: up and down, statistics, MTU. */
#include "sluice_net.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

static int open_pairs(struct sluice_device *dev)
{
	unsigned int opened;
	int error;

	for (opened = 0; opened < dev->pairs; opened++) {
		error = sluice_pair_open(dev, &dev->pair[opened]);
		if (error)
			goto err_close;
	}
	error = sluice_steering_apply(dev, &dev->steering);
	if (error)
		goto err_close;
	return 0;

err_close:
	sluice_device_reset(dev);
	while (opened--)
		sluice_pair_close(&dev->pair[opened]);
	return error;
}

static int sluice_open(struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);
	int error;

	error = sluice_device_reset(dev);
	if (!error)
		error = sluice_device_negotiate(dev);
	if (!error)
		error = sluice_write_address(dev, netdev->dev_addr);
	if (!error)
		error = open_pairs(dev);
	if (error)
		return error;
	sluice_write(dev, VIO_REG_MTU, netdev->mtu);
	sluice_set_rx_mode(netdev);
	sluice_write(dev, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	for (unsigned int i = 0; i < dev->pairs; i++)
		sluice_pair_start(&dev->pair[i]);
	netif_tx_start_all_queues(netdev);
	sluice_update_link(dev);
	return 0;
}

static int sluice_stop(struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);

	netif_carrier_off(netdev);
	netif_tx_disable(netdev);
	for (unsigned int i = 0; i < dev->pairs; i++)
		napi_disable(&dev->pair[i].napi);
	sluice_device_reset(dev);
	for (unsigned int i = 0; i < dev->pairs; i++)
		sluice_pair_close(&dev->pair[i]);
	return 0;
}

/*
 * Closes and opens a running interface with other numbers of pairs and descriptors; the old ones
 * return if that fails. Under rtnl.
 */
int sluice_restart(struct sluice_device *dev, unsigned int pairs, u32 rx_size, u32 tx_size)
{
	unsigned int old_pairs = dev->pairs;
	u32 old_rx = dev->rx_size, old_tx = dev->tx_size;
	bool running = netif_running(dev->netdev);
	int error;

	if (running)
		sluice_stop(dev->netdev);
	dev->pairs = pairs;
	dev->rx_size = rx_size;
	dev->tx_size = tx_size;
	if (!running)
		return 0;
	error = sluice_open(dev->netdev);
	if (!error)
		return 0;
	dev->pairs = old_pairs;
	dev->rx_size = old_rx;
	dev->tx_size = old_tx;
	if (sluice_open(dev->netdev))
		dev_close(dev->netdev);
	return error;
}

void sluice_reset_work(struct work_struct *work)
{
	struct sluice_device *dev = container_of(work, struct sluice_device, reset_work);

	rtnl_lock();
	if (netif_running(dev->netdev))
		sluice_restart(dev, dev->pairs, dev->rx_size, dev->tx_size);
	rtnl_unlock();
}

static void sluice_tx_timeout(struct net_device *netdev, unsigned int txqueue)
{
	struct sluice_device *dev = netdev_priv(netdev);
	struct sluice_queue *queue = &dev->pair[txqueue].tx;

	netdev_err(netdev, "transmit queue %u stuck: produced %u, completed %u\n", txqueue,
		   queue->produced, sluice_queue_completed(queue));
	schedule_work(&dev->reset_work);
}

static void add_stats(const struct sluice_stats *stats, u64 *packets, u64 *bytes, u64 *drops)
{
	unsigned int start;
	u64 p, b, d;

	do {
		start = u64_stats_fetch_begin(&stats->sync);
		p = stats->packets;
		b = stats->bytes;
		d = stats->drops;
	} while (u64_stats_fetch_retry(&stats->sync, start));
	*packets += p;
	*bytes += b;
	*drops += d;
}

static void sluice_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *total)
{
	struct sluice_device *dev = netdev_priv(netdev);

	for (unsigned int i = 0; i < dev->pairs_most; i++) {
		add_stats(&dev->pair[i].rx.stats, &total->rx_packets, &total->rx_bytes,
			  &total->rx_dropped);
		add_stats(&dev->pair[i].tx.stats, &total->tx_packets, &total->tx_bytes,
			  &total->tx_dropped);
	}
}

static int sluice_change_mtu(struct net_device *netdev, int mtu)
{
	struct sluice_device *dev = netdev_priv(netdev);

	if (netif_running(netdev))
		sluice_write(dev, VIO_REG_MTU, mtu);
	netdev->mtu = mtu;
	return 0;
}

/* While the interface is down the device is asked, too; it forgets until the next open. */
static int sluice_set_mac_address(struct net_device *netdev, void *wanted)
{
	struct sluice_device *dev = netdev_priv(netdev);
	const struct sockaddr *address = wanted;
	int error = 0;

	if (!is_valid_ether_addr(address->sa_data))
		return -EADDRNOTAVAIL;
	if (!netif_running(netdev)) {
		error = sluice_device_reset(dev);
		if (!error)
			error = sluice_device_negotiate(dev);
	}
	if (!error)
		error = sluice_write_address(dev, address->sa_data);
	if (error)
		return error;
	eth_hw_addr_set(netdev, address->sa_data);
	return 0;
}

const struct net_device_ops sluice_netdev_ops = {
	.ndo_open = sluice_open,
	.ndo_stop = sluice_stop,
	.ndo_start_xmit = sluice_start_xmit,
	.ndo_select_queue = sluice_select_queue,
	.ndo_features_check = sluice_features_check,
	.ndo_tx_timeout = sluice_tx_timeout,
	.ndo_get_stats64 = sluice_get_stats64,
	.ndo_set_rx_mode = sluice_set_rx_mode,
	.ndo_change_mtu = sluice_change_mtu,
	.ndo_set_mac_address = sluice_set_mac_address,
	.ndo_validate_addr = eth_validate_addr,
};
