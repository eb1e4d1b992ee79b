// SPDX-License-Identifier: GPL-2.0-only
/* The control path: registers, negotiation, link. */
#include "sluice_net.h"

#include <linux/crc32.h>
#include <linux/delay.h>
#include <linux/etherdevice.h>

#define RESET_TRIES 1000

#define FEATURES_KNOWN                                                                             \
	(VIO_F_TX_CSUM | VIO_F_RX_CSUM | VIO_F_TSO4 | VIO_F_TSO6 | VIO_F_TX_VLAN | VIO_F_RX_VLAN | \
	 VIO_F_RX_HASH | VIO_F_RSS | VIO_F_COALESCE | VIO_F_ADAPTIVE | VIO_F_RX_GSO | VIO_F_MAC)

u32 sluice_read(struct sluice_device *dev, u32 offset)
{
	return readl(dev->registers + VIO_BAR_REGISTERS + offset);
}

void sluice_write(struct sluice_device *dev, u32 offset, u32 value)
{
	writel(value, dev->registers + VIO_BAR_REGISTERS + offset);
}

const char *sluice_error_name(u32 error)
{
	static const char *const names[] = {
		[VIO_ERROR_NONE] = "no error",
		[VIO_ERROR_FEATURES] = "unknown or incomplete features",
		[VIO_ERROR_REGISTER] = "register value out of range or at the wrong time",
		[VIO_ERROR_RING_ADDRESS] = "bad ring address",
		[VIO_ERROR_RING_SIZE] = "bad ring size",
		[VIO_ERROR_INDEX] = "producer index ran too far ahead",
		[VIO_ERROR_BUFFER_ADDRESS] = "buffer outside memory",
		[VIO_ERROR_BUFFER_BYTES] = "bad buffer length",
		[VIO_ERROR_DESCRIPTOR_FLAGS] = "bad descriptor flags",
		[VIO_ERROR_PACKET_BYTES] = "bad packet length",
		[VIO_ERROR_PACKET_FRAGMENTS] = "too many fragments",
		[VIO_ERROR_OFFLOAD] = "bad offload request",
		[VIO_ERROR_BUSY] = "busy",
		[VIO_ERROR_ADDRESS] = "the address is another device's",
	};

	return error < ARRAY_SIZE(names) ? names[error] : "unknown error";
}

/* A write that could not be completed, because the wire still holds packets, is to be repeated. */
int sluice_device_reset(struct sluice_device *dev)
{
	unsigned int tries;

	for (tries = 0; tries < RESET_TRIES; tries++) {
		sluice_write(dev, VIO_REG_STATUS, VIO_STATUS_RESET);
		if (!(sluice_read(dev, VIO_REG_STATUS) & VIO_STATUS_RESET)) {
			dev->broken = false;
			return 0;
		}
		usleep_range(1000, 2000);
	}
	dev_err(&dev->pdev->dev, "reset did not end, status %#x\n",
		sluice_read(dev, VIO_REG_STATUS));
	return -ETIMEDOUT;
}

int sluice_device_negotiate(struct sluice_device *dev)
{
	u32 magic = sluice_read(dev, VIO_REG_MAGIC);
	u32 version = sluice_read(dev, VIO_REG_VERSION);
	u32 wanted;

	if (magic != VIO_NET_MAGIC || version != VIO_NET_VERSION) {
		dev_err(&dev->pdev->dev,
			"magic %#x version %u, expected %#x and %u: not this driver's device\n",
			magic, version, VIO_NET_MAGIC, VIO_NET_VERSION);
		return -ENODEV;
	}
	wanted = sluice_read(dev, VIO_REG_DEVICE_FEATURES) & FEATURES_KNOWN;
	sluice_write(dev, VIO_REG_DRIVER_FEATURES, wanted);
	sluice_write(dev, VIO_REG_STATUS, VIO_STATUS_FEATURES);
	if (!(sluice_read(dev, VIO_REG_STATUS) & VIO_STATUS_FEATURES)) {
		dev_err(&dev->pdev->dev, "features %#x refused (unknown: %#x)\n", wanted,
			sluice_read(dev, VIO_REG_REFUSED_FEATURES));
		return -ENODEV;
	}
	dev->features = wanted;
	return 0;
}

int sluice_queue_enable(struct sluice_device *dev, struct sluice_queue *queue, u32 vector)
{
	u32 base = VIO_REG_QUEUE(queue->index);

	sluice_write(dev, base + VIO_QUEUE_RING_LOW, lower_32_bits(queue->ring_dma));
	sluice_write(dev, base + VIO_QUEUE_RING_HIGH, upper_32_bits(queue->ring_dma));
	sluice_write(dev, base + VIO_QUEUE_SIZE, queue->size);
	sluice_write(dev, base + VIO_QUEUE_VECTOR, vector);
	sluice_coalescing_write(dev, queue);
	sluice_write(dev, base + VIO_QUEUE_ENABLE, 1);
	if (sluice_read(dev, base + VIO_QUEUE_ENABLE) == 1)
		return 0;
	netdev_err(dev->netdev, "queue %u refused: %s\n", queue->index,
		   sluice_error_name(sluice_read(dev, VIO_REG_ERROR)));
	return -EIO;
}

/* On return the device no longer touches the queue. -ETIMEDOUT: it still does. */
int sluice_queue_disable(struct sluice_device *dev, struct sluice_queue *queue)
{
	u32 enable = VIO_REG_QUEUE(queue->index) + VIO_QUEUE_ENABLE;

	for (unsigned int tries = 0; tries < RESET_TRIES; tries++) {
		sluice_write(dev, enable, 0);
		if (!sluice_read(dev, enable))
			return 0;
		usleep_range(1000, 2000);
	}
	netdev_err(dev->netdev, "queue %u does not stop\n", queue->index);
	return -ETIMEDOUT;
}

void sluice_read_address(struct sluice_device *dev, u8 address[ETH_ALEN])
{
	u32 low = sluice_read(dev, VIO_REG_MAC_LOW);
	u32 high = sluice_read(dev, VIO_REG_MAC_HIGH);

	for (unsigned int i = 0; i < ETH_ALEN; i++)
		address[i] = i < 4 ? low >> 8 * i : high >> 8 * (i - 4);
}

/* Makes the address that of the device, which has just been reset or has another one. */
int sluice_write_address(struct sluice_device *dev, const u8 *address)
{
	u8 now[ETH_ALEN];
	u32 error;

	sluice_read_address(dev, now);
	if (ether_addr_equal(now, address))
		return 0;
	if (!(dev->features & VIO_F_MAC)) {
		netdev_err(
			dev->netdev,
			"the host does not permit another address than %pM: the device's net line "
			"needs any_source=yes\n",
			now);
		return -EPERM;
	}
	sluice_write(dev, VIO_REG_MAC_LOW,
		     address[0] | address[1] << 8 | address[2] << 16 | (u32)address[3] << 24);
	sluice_write(dev, VIO_REG_MAC_HIGH, address[4] | address[5] << 8);
	sluice_read_address(dev, now);
	if (ether_addr_equal(now, address))
		return 0;
	error = sluice_read(dev, VIO_REG_ERROR);
	netdev_err(dev->netdev, "address %pM refused: %s\n", address, sluice_error_name(error));
	return error == VIO_ERROR_ADDRESS ? -EADDRINUSE : -EADDRNOTAVAIL;
}

void sluice_update_link(struct sluice_device *dev)
{
	if (sluice_read(dev, VIO_REG_LINK) & VIO_LINK_UP)
		netif_carrier_on(dev->netdev);
	else
		netif_carrier_off(dev->netdev);
}

void sluice_set_rx_mode(struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);
	struct netdev_hw_addr *address;
	u32 filter = 0;
	u32 hash[2] = {0, 0};

	if (netdev->flags & IFF_PROMISC)
		filter |= VIO_FILTER_PROMISCUOUS;
	if (netdev->flags & IFF_ALLMULTI)
		filter |= VIO_FILTER_ALL_MULTICAST;
	netdev_for_each_mc_addr(address, netdev)
	{
		u32 bit = ether_crc(ETH_ALEN, address->addr) >> 26;

		hash[bit / 32] |= BIT(bit % 32);
	}
	sluice_write(dev, VIO_REG_MULTICAST(0), hash[0]);
	sluice_write(dev, VIO_REG_MULTICAST(1), hash[1]);
	sluice_write(dev, VIO_REG_FILTER, filter);
}
