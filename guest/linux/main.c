// SPDX-License-Identifier: GPL-2.0-only
/* Probe and remove, up and down, interrupts and NAPI. */
#include "sluice_net.h"

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

static irqreturn_t queue_interrupt(int irq, void *data)
{
	struct sluice_pair *pair = data;

	sluice_queue_silence(&pair->rx);
	sluice_queue_silence(&pair->tx);
	u64_stats_update_begin(&pair->rx.stats.sync);
	pair->rx.stats.notifications++;
	u64_stats_update_end(&pair->rx.stats.sync);
	napi_schedule_irqoff(&pair->napi);
	return IRQ_HANDLED;
}

static void report_breakage(struct sluice_device *dev)
{
	if (dev->broken)
		return;
	dev->broken = true;
	netdev_err(dev->netdev, "device broken by queue %u: %s\n",
		   sluice_read(dev, VIO_REG_ERROR_QUEUE),
		   sluice_error_name(sluice_read(dev, VIO_REG_ERROR)));
	netif_carrier_off(dev->netdev);
	schedule_work(&dev->reset_work);
}

static irqreturn_t config_interrupt(int irq, void *data)
{
	struct sluice_device *dev = data;

	if (sluice_read(dev, VIO_REG_STATUS) & VIO_STATUS_BROKEN)
		report_breakage(dev);
	else
		sluice_update_link(dev);
	return IRQ_HANDLED;
}

static int poll_pair(struct napi_struct *napi, int budget)
{
	struct sluice_pair *pair = container_of(napi, struct sluice_pair, napi);
	int packets;

	sluice_tx_reclaim(pair, budget);
	packets = sluice_rx_poll(pair, budget);
	if (packets == budget || !napi_complete_done(napi, packets))
		return packets;
	if (!sluice_queue_ask(&pair->rx, pair->rx.consumed) || !sluice_tx_ask(&pair->tx))
		napi_schedule(napi);
	return packets;
}

static int open_pair(struct sluice_device *dev, struct sluice_pair *pair)
{
	u32 vector = 1 + pair->index;
	int error;

	error = sluice_queue_alloc(dev, &pair->rx, 2 * pair->index, dev->rx_size);
	if (error)
		return error;
	error = sluice_queue_alloc(dev, &pair->tx, 2 * pair->index + 1, dev->tx_size);
	if (error)
		goto err_rx;
	snprintf(pair->irq_name, sizeof(pair->irq_name), "%s-TxRx-%u", dev->netdev->name,
		 pair->index);
	error = request_irq(pair->irq, queue_interrupt, 0, pair->irq_name, pair);
	if (error)
		goto err_tx;
	error = sluice_queue_enable(dev, &pair->rx, vector);
	if (!error)
		error = sluice_queue_enable(dev, &pair->tx, vector);
	if (error)
		goto err_irq;
	if (sluice_rx_fill(pair) && pair->rx.produced == 0) {
		error = -ENOMEM;
		goto err_irq;
	}
	return 0;

err_irq:
	free_irq(pair->irq, pair);
err_tx:
	sluice_queue_free(dev, &pair->tx);
err_rx:
	sluice_queue_free(dev, &pair->rx);
	return error;
}

/* The device has been reset: it no longer touches the rings. */
static void close_pair(struct sluice_pair *pair)
{
	free_irq(pair->irq, pair);
	sluice_rx_clean(pair);
	sluice_tx_clean(pair);
	sluice_queue_free(pair->dev, &pair->rx);
	sluice_queue_free(pair->dev, &pair->tx);
}

static void start_pairs(struct sluice_device *dev)
{
	for (unsigned int i = 0; i < dev->pairs; i++) {
		napi_enable(&dev->pair[i].napi);
		local_bh_disable();
		napi_schedule(&dev->pair[i].napi);
		local_bh_enable();
	}
}

static void spread_evenly(struct sluice_device *dev)
{
	sluice_write(dev, VIO_REG_QUEUE_PAIRS, dev->pairs);
	for (unsigned int i = 0; i < VIO_RSS_TABLE_ENTRIES; i += 4) {
		u32 entries = 0;

		for (unsigned int j = 0; j < 4; j++)
			entries |= (i + j) % dev->pairs << 8 * j;
		sluice_write(dev, VIO_REG_RSS_TABLE + i, entries);
	}
	sluice_write(dev, VIO_REG_RSS_APPLY, 1);
}

static int sluice_open(struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);
	unsigned int opened = 0;
	int error;

	error = sluice_device_reset(dev);
	if (!error)
		error = sluice_device_negotiate(dev);
	for (; !error && opened < dev->pairs; opened++) {
		error = open_pair(dev, &dev->pair[opened]);
		if (error)
			goto err_close;
	}
	if (error)
		return error;
	if (dev->features & VIO_F_RSS)
		spread_evenly(dev);
	sluice_write(dev, VIO_REG_MTU, netdev->mtu);
	sluice_set_rx_mode(netdev);
	sluice_write(dev, VIO_REG_STATUS, VIO_STATUS_FEATURES | VIO_STATUS_RUNNING);
	start_pairs(dev);
	netif_tx_start_all_queues(netdev);
	sluice_update_link(dev);
	return 0;

err_close:
	sluice_device_reset(dev);
	while (opened--)
		close_pair(&dev->pair[opened]);
	return error;
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
		close_pair(&dev->pair[i]);
	return 0;
}

/*
 * Changes the ring sizes, closing and opening a running interface; the old sizes return if the new
 * ones fail. Under rtnl.
 */
int sluice_restart(struct sluice_device *dev, u32 rx_size, u32 tx_size)
{
	u32 old_rx = dev->rx_size, old_tx = dev->tx_size;
	bool running = netif_running(dev->netdev);
	int error;

	if (running)
		sluice_stop(dev->netdev);
	dev->rx_size = rx_size;
	dev->tx_size = tx_size;
	if (!running)
		return 0;
	error = sluice_open(dev->netdev);
	if (!error)
		return 0;
	dev->rx_size = old_rx;
	dev->tx_size = old_tx;
	if (sluice_open(dev->netdev))
		dev_close(dev->netdev);
	return error;
}

static void reset_work(struct work_struct *work)
{
	struct sluice_device *dev = container_of(work, struct sluice_device, reset_work);

	rtnl_lock();
	if (netif_running(dev->netdev))
		sluice_restart(dev, dev->rx_size, dev->tx_size);
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

	for (unsigned int i = 0; i < dev->pairs; i++) {
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

static const struct net_device_ops sluice_netdev_ops = {
	.ndo_open = sluice_open,
	.ndo_stop = sluice_stop,
	.ndo_start_xmit = sluice_start_xmit,
	.ndo_features_check = sluice_features_check,
	.ndo_tx_timeout = sluice_tx_timeout,
	.ndo_get_stats64 = sluice_get_stats64,
	.ndo_set_rx_mode = sluice_set_rx_mode,
	.ndo_change_mtu = sluice_change_mtu,
	.ndo_validate_addr = eth_validate_addr,
};

static void set_features(struct sluice_device *dev)
{
	struct net_device *netdev = dev->netdev;
	netdev_features_t features = NETIF_F_SG | NETIF_F_HIGHDMA;

	if (dev->features & VIO_F_TX_CSUM)
		features |= NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM;
	if (dev->features & VIO_F_TSO4)
		features |= NETIF_F_TSO;
	if (dev->features & VIO_F_TSO6)
		features |= NETIF_F_TSO6;
	if (dev->features & VIO_F_RX_CSUM)
		features |= NETIF_F_RXCSUM;
	if (dev->features & VIO_F_RX_HASH)
		features |= NETIF_F_RXHASH;
	netdev->vlan_features = features & ~NETIF_F_RXHASH;
	if (dev->features & VIO_F_TX_VLAN)
		features |= NETIF_F_HW_VLAN_CTAG_TX;
	netdev->hw_features = features & ~NETIF_F_HIGHDMA;
	if (dev->features & VIO_F_RX_VLAN)
		features |= NETIF_F_HW_VLAN_CTAG_RX;
	netdev->features = features;
	netdev->min_mtu = VIO_MTU_LEAST;
	netdev->max_mtu = sluice_read(dev, VIO_REG_MTU_MOST);
}

static void set_address(struct sluice_device *dev)
{
	u32 low = sluice_read(dev, VIO_REG_MAC_LOW);
	u32 high = sluice_read(dev, VIO_REG_MAC_HIGH);
	u8 address[ETH_ALEN] = {low, low >> 8, low >> 16, low >> 24, high, high >> 8};

	eth_hw_addr_set(dev->netdev, address);
}

/* One vector for the configuration, one a pair, spread over the CPUs. */
static int setup_vectors(struct sluice_device *dev)
{
	struct irq_affinity affinity = {.pre_vectors = 1};
	int vectors = pci_alloc_irq_vectors_affinity(dev->pdev, 2, 1 + dev->pairs,
						     PCI_IRQ_MSIX | PCI_IRQ_AFFINITY, &affinity);

	if (vectors < 0)
		return vectors;
	dev->pairs = vectors - 1;
	return request_irq(pci_irq_vector(dev->pdev, VIO_CONFIG_VECTOR), config_interrupt, 0,
			   "sluice_net-config", dev);
}

static void setup_pairs(struct sluice_device *dev)
{
	for (unsigned int i = 0; i < dev->pairs; i++) {
		struct sluice_pair *pair = &dev->pair[i];

		pair->dev = dev;
		pair->index = i;
		pair->irq = pci_irq_vector(dev->pdev, 1 + i);
		u64_stats_init(&pair->rx.stats.sync);
		u64_stats_init(&pair->tx.stats.sync);
		netif_napi_add(dev->netdev, &pair->napi, poll_pair);
	}
}

static int setup_device(struct sluice_device *dev)
{
	int error = sluice_device_reset(dev);

	if (!error)
		error = sluice_device_negotiate(dev);
	if (error)
		return error;
	dev->pairs = min3(sluice_read(dev, VIO_REG_QUEUE_PAIRS_MOST), (u32)num_online_cpus(),
			  (u32)VIO_QUEUE_PAIRS_MOST);
	if (!(dev->features & VIO_F_RSS))
		dev->pairs = 1;
	dev->rx_size = SLUICE_RING_DEFAULT;
	dev->tx_size = SLUICE_RING_DEFAULT;
	set_features(dev);
	set_address(dev);
	return 0;
}

static int sluice_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct sluice_device *dev;
	int error;

	error = pcim_enable_device(pdev);
	if (!error)
		error = pcim_iomap_regions(pdev, BIT(0), "sluice_net");
	if (!error)
		error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (error)
		return error;
	pci_set_master(pdev);
	netdev = devm_alloc_etherdev_mqs(&pdev->dev, sizeof(*dev), VIO_QUEUE_PAIRS_MOST,
					 VIO_QUEUE_PAIRS_MOST);
	if (!netdev)
		return -ENOMEM;
	dev = netdev_priv(netdev);
	dev->netdev = netdev;
	dev->pdev = pdev;
	dev->registers = pcim_iomap_table(pdev)[0];
	INIT_WORK(&dev->reset_work, reset_work);
	SET_NETDEV_DEV(netdev, &pdev->dev);
	pci_set_drvdata(pdev, dev);
	netdev->netdev_ops = &sluice_netdev_ops;
	netdev->ethtool_ops = &sluice_ethtool_ops;

	error = setup_device(dev);
	if (error)
		return error;
	error = setup_vectors(dev);
	if (error)
		goto err_vectors;
	setup_pairs(dev);
	netif_carrier_off(netdev);
	error = netif_set_real_num_queues(netdev, dev->pairs, dev->pairs);
	if (!error)
		error = register_netdev(netdev);
	if (error)
		goto err_irq;
	return 0;

err_irq:
	free_irq(pci_irq_vector(pdev, VIO_CONFIG_VECTOR), dev);
err_vectors:
	pci_free_irq_vectors(pdev);
	return error;
}

static void sluice_remove(struct pci_dev *pdev)
{
	struct sluice_device *dev = pci_get_drvdata(pdev);

	unregister_netdev(dev->netdev);
	free_irq(pci_irq_vector(pdev, VIO_CONFIG_VECTOR), dev);
	cancel_work_sync(&dev->reset_work);
	sluice_device_reset(dev);
	pci_free_irq_vectors(pdev);
}

static void sluice_shutdown(struct pci_dev *pdev)
{
	sluice_device_reset(pci_get_drvdata(pdev));
}

static const struct pci_device_id sluice_ids[] = {
	{PCI_DEVICE(VIO_NET_PCI_VENDOR, VIO_NET_PCI_DEVICE)},
	{},
};
MODULE_DEVICE_TABLE(pci, sluice_ids);

static struct pci_driver sluice_driver = {
	.name = "sluice_net",
	.id_table = sluice_ids,
	.probe = sluice_probe,
	.remove = sluice_remove,
	.shutdown = sluice_shutdown,
};
module_pci_driver(sluice_driver);

MODULE_DESCRIPTION("Front driver of the Sluice hypervisor's paravirtual network device");
MODULE_LICENSE("GPL");
MODULE_VERSION("1");
