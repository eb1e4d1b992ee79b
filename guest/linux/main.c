// SPDX-License-Identifier: GPL-2.0-only
/* The PCI function: probe and remove, and its configuration interrupt. */
#include "sluice_net.h"

#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

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
	u8 address[ETH_ALEN];

	sluice_read_address(dev, address);
	eth_hw_addr_set(dev->netdev, address);
}

/* One vector for the configuration, one for each pair. */
static int setup_vectors(struct sluice_device *dev)
{
	int vectors = pci_alloc_irq_vectors(dev->pdev, 2, 1 + dev->pairs_most, PCI_IRQ_MSIX);
	int error;

	if (vectors < 0)
		return dev_err_probe(&dev->pdev->dev, vectors,
				     "no MSI-X vectors, which it cannot do without: 2 to %u are "
				     "needed (is pci=nomsi on the kernel's command line?)\n",
				     1 + dev->pairs_most);
	dev->pairs_most = vectors - 1;
	error = request_irq(pci_irq_vector(dev->pdev, VIO_CONFIG_VECTOR), config_interrupt, 0,
			    "sluice_net-config", dev);
	if (!error)
		return 0;
	pci_free_irq_vectors(dev->pdev);
	return dev_err_probe(&dev->pdev->dev, error, "no configuration interrupt\n");
}

static void setup_pairs(struct sluice_device *dev)
{
	for (unsigned int i = 0; i < dev->pairs_most; i++) {
		struct sluice_pair *pair = &dev->pair[i];

		pair->dev = dev;
		pair->index = i;
		pair->irq = pci_irq_vector(dev->pdev, 1 + i);
		u64_stats_init(&pair->rx.stats.sync);
		u64_stats_init(&pair->tx.stats.sync);
		netif_napi_add(dev->netdev, &pair->napi, sluice_pair_poll);
	}
	dev->pairs = min(dev->pairs_most, num_online_cpus());
	dev->tx_pairs = dev->pairs;
	sluice_steering_spread(&dev->steering, dev->pairs);
	dev->steering.hash_types = VIO_HASH_MASK_ALL;
	sluice_coalescing_init(dev);
}

static int setup_device(struct sluice_device *dev)
{
	int error = sluice_device_reset(dev);

	if (!error)
		error = sluice_device_negotiate(dev);
	if (error)
		return error;
	dev->pairs_most = min3(sluice_read(dev, VIO_REG_QUEUE_PAIRS_MOST), (u32)num_present_cpus(),
			       (u32)VIO_QUEUE_PAIRS_MOST);
	if (!(dev->features & VIO_F_RSS))
		dev->pairs_most = 1;
	dev->rx_size = SLUICE_RING_DEFAULT;
	dev->tx_size = SLUICE_RING_DEFAULT;
	set_features(dev);
	set_address(dev);
	return 0;
}

/* Registers mapped, and memory that the device reaches. */
static int enable_function(struct pci_dev *pdev)
{
	struct device *device = &pdev->dev;
	int error;

	error = pcim_enable_device(pdev);
	if (error)
		return dev_err_probe(device, error, "the PCI function cannot be enabled\n");
	if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, 0) < VIO_NET_BAR_BYTES)
		return dev_err_probe(device, -ENODEV,
				     "BAR 0 is %pR, expected memory of %#x bytes\n",
				     &pdev->resource[0], VIO_NET_BAR_BYTES);
	error = pcim_iomap_regions(pdev, BIT(0), "sluice_net");
	if (error)
		return dev_err_probe(device, error, "BAR 0, %pR, cannot be mapped\n",
				     &pdev->resource[0]);
	error = dma_set_mask_and_coherent(device, DMA_BIT_MASK(64));
	if (error)
		return dev_err_probe(device, error, "no DMA with 64-bit addresses\n");
	pci_set_master(pdev);
	return 0;
}

static struct sluice_device *alloc_device(struct pci_dev *pdev)
{
	struct net_device *netdev;
	struct sluice_device *dev;

	netdev = devm_alloc_etherdev_mqs(&pdev->dev, sizeof(*dev), VIO_QUEUE_PAIRS_MOST,
					 VIO_QUEUE_PAIRS_MOST);
	if (!netdev)
		return NULL;
	dev = netdev_priv(netdev);
	dev->netdev = netdev;
	dev->pdev = pdev;
	dev->registers = pcim_iomap_table(pdev)[0];
	INIT_WORK(&dev->reset_work, sluice_reset_work);
	SET_NETDEV_DEV(netdev, &pdev->dev);
	pci_set_drvdata(pdev, dev);
	netdev->netdev_ops = &sluice_netdev_ops;
	netdev->ethtool_ops = &sluice_ethtool_ops;
	return dev;
}

static int register_device(struct sluice_device *dev)
{
	int error;

	netif_carrier_off(dev->netdev);
	error = netif_set_real_num_queues(dev->netdev, dev->pairs, dev->pairs);
	if (error)
		return error;
	error = sluice_affinity_add(dev);
	if (error)
		return error;
	error = register_netdev(dev->netdev);
	if (error)
		sluice_affinity_remove(dev);
	return error;
}

static int sluice_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct sluice_device *dev;
	int error;

	error = enable_function(pdev);
	if (error)
		return error;
	dev = alloc_device(pdev);
	if (!dev)
		return -ENOMEM;
	error = setup_device(dev);
	if (!error)
		error = setup_vectors(dev);
	if (error)
		return error;
	setup_pairs(dev);
	error = register_device(dev);
	if (error)
		goto err_irq;
	rtnl_lock();
	sluice_set_xps(dev, dev->pairs);
	rtnl_unlock();
	return 0;

err_irq:
	free_irq(pci_irq_vector(pdev, VIO_CONFIG_VECTOR), dev);
	pci_free_irq_vectors(pdev);
	return dev_err_probe(&pdev->dev, error, "no network interface for %u pairs of queues\n",
			     dev->pairs);
}

static void sluice_remove(struct pci_dev *pdev)
{
	struct sluice_device *dev = pci_get_drvdata(pdev);

	unregister_netdev(dev->netdev);
	sluice_affinity_remove(dev);
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

static int __init sluice_init(void)
{
	int error = sluice_affinity_init();

	if (error) {
		pr_err("sluice_net: no CPU hotplug state (%d)\n", error);
		return error;
	}
	error = pci_register_driver(&sluice_driver);
	if (error)
		sluice_affinity_exit();
	return error;
}
module_init(sluice_init);

static void __exit sluice_exit(void)
{
	pci_unregister_driver(&sluice_driver);
	sluice_affinity_exit();
}
module_exit(sluice_exit);

MODULE_DESCRIPTION("Front driver of the Sluice hypervisor's paravirtual network device");
MODULE_LICENSE("GPL");
MODULE_VERSION("1");
