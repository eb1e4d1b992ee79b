// SPDX-License-Identifier: BSD-2-Clause
/* Finding out whether a card works, and making a network device of it. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"

#define VENDOR_INTEL 0x8086

static const struct {
	uint16_t device_id;
	enum ixgbe_media media;
} cards[] = {
	{0x10FB, IXGBE_MEDIA_SFP},       /* 82599ES SFP+ (X520) */
	{0x1507, IXGBE_MEDIA_SFP},       /* SFP+ EM */
	{0x1529, IXGBE_MEDIA_SFP},       /* SFP+ FCoE */
	{0x154D, IXGBE_MEDIA_SFP},       /* SFP+ SF2 */
	{0x154A, IXGBE_MEDIA_SFP},       /* SFP+ SF QP */
	{0x1557, IXGBE_MEDIA_SFP},       /* 82599EN SFP+ */
	{0x10F7, IXGBE_MEDIA_BACKPLANE}, /* KX4 */
	{0x1514, IXGBE_MEDIA_BACKPLANE}, /* KX4 mezzanine */
	{0x1517, IXGBE_MEDIA_BACKPLANE}, /* KR */
	{0x10F8, IXGBE_MEDIA_BACKPLANE}, /* combined backplane */
	{0x152A, IXGBE_MEDIA_BACKPLANE}, /* backplane FCoE */
	{0x10FC, IXGBE_MEDIA_BACKPLANE}, /* XAUI */
};

static const struct netdev_ops ixgbe_ops = {
	.start = ixgbe_start,
	.stop = ixgbe_stop,
	.rx_burst = ixgbe_rx_burst,
	.tx_burst = ixgbe_tx_burst,
	.tx_reclaim = ixgbe_tx_reclaim,
	.interrupt_enable = ixgbe_interrupt_enable,
	.interrupt_disable = ixgbe_interrupt_disable,
	.set_itr = ixgbe_set_itr,
	.service = ixgbe_service,
	.set_loopback = ixgbe_set_loopback,
	.dump = ixgbe_dump,
};

bool ixgbe_find_media(uint16_t device_id, enum ixgbe_media *media)
{
	for (unsigned i = 0; i < ARRAY_SIZE(cards); i++) {
		if (cards[i].device_id == device_id) {
			*media = cards[i].media;
			return true;
		}
	}
	return false;
}

bool ixgbe_supports(uint16_t vendor, uint16_t device_id)
{
	enum ixgbe_media media;

	return vendor == VENDOR_INTEL && ixgbe_find_media(device_id, &media);
}

/* RAL/RAH 0, which the reset loads from the NVM. */
static int read_mac(struct ixgbe *dev)
{
	uint32_t low = ixgbe_read(dev, IXGBE_RAL(0));
	uint32_t high = ixgbe_read(dev, IXGBE_RAH(0));

	if (ixgbe_is_gone(dev, low) || ixgbe_is_gone(dev, high))
		return -ENODEV;
	if (ixgbe_unpack_mac(low, high, dev->netdev.mac))
		return 0;
	log_error("%s: RAL is 0x%08x, RAH 0x%08x: no valid unicast address in the NVM",
		  dev->netdev.name, low, high);
	return -EIO;
}

static int identify(struct ixgbe *dev)
{
	int err = ixgbe_reset(dev);
	bool managed;

	if (!err)
		err = ixgbe_nvm_init(dev);
	if (!err)
		err = ixgbe_nvm_verify(dev);
	if (!err)
		err = read_mac(dev);
	if (err)
		return err;
	dev->port = STATUS_LAN_ID(ixgbe_read(dev, IXGBE_STATUS)) & 1;
	ixgbe_link_init(dev);
	ixgbe_link_stop(dev);
	managed = ixgbe_is_managed(dev);
	if (ixgbe_is_removed(dev))
		return -ENODEV;
	if (managed)
		log_info("%s: management firmware has traffic here: its link is left alone",
			 dev->netdev.name);
	log_info("%s: 82599 %s, MAC %02x:%02x:%02x:%02x:%02x:%02x, %u MSI-X vectors, BAR 0 at %#lx",
		 dev->netdev.name, dev->media == IXGBE_MEDIA_SFP ? "SFP+" : "backplane",
		 dev->netdev.mac[0], dev->netdev.mac[1], dev->netdev.mac[2], dev->netdev.mac[3],
		 dev->netdev.mac[4], dev->netdev.mac[5], dev->msix_entries, (uintptr_t)dev->bar0);
	return 0;
}

static int check_resources(const struct ixgbe_resources *resources, enum ixgbe_media *media)
{
	if (!ixgbe_find_media(resources->device_id, media)) {
		log_error("%s: device id 0x%04x is no 82599 that the driver knows", resources->name,
			  resources->device_id);
		return -EINVAL;
	}
	if (!resources->bar0 || resources->bar0_bytes < IXGBE_BAR0_BYTES) {
		log_error("%s: BAR 0 has 0x%zx bytes, expected at least 0x%x", resources->name,
			  resources->bar0_bytes, IXGBE_BAR0_BYTES);
		return -EINVAL;
	}
	if (!resources->msix_table || resources->msix_entries < 2) {
		log_error("%s: %u MSI-X vectors, expected at least 2", resources->name,
			  resources->msix_entries);
		return -EINVAL;
	}
	return 0;
}

static void copy_name(char *to, size_t bytes, const char *from)
{
	size_t length = strlen(from);

	if (length > bytes - 1)
		length = bytes - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

int ixgbe_probe(const struct ixgbe_resources *resources, struct netdev **netdev)
{
	unsigned queues = resources->msix_entries - 1;
	enum ixgbe_media media;
	struct ixgbe *dev;
	int err = check_resources(resources, &media);

	if (err)
		return err;
	dev = dma_alloc(sizeof(*dev), CACHE_LINE_BYTES);
	if (!dev) {
		log_error("%s: no memory for the device", resources->name);
		return -ENOMEM;
	}
	copy_name(dev->netdev.name, sizeof(dev->netdev.name), resources->name);
	dev->netdev.ops = &ixgbe_ops;
	dev->netdev.queue_pairs_most = queues < NETDEV_QUEUES_MOST ? queues : NETDEV_QUEUES_MOST;
	dev->bar0 = resources->bar0;
	dev->msix_table = resources->msix_table;
	dev->msix_entries = resources->msix_entries;
	dev->read_config = resources->read_config;
	dev->function = resources->function;
	dev->media = media;
	err = identify(dev);
	if (err)
		goto err_free;
	*netdev = &dev->netdev;
	return 0;

err_free:
	dma_free(dev, sizeof(*dev));
	return err;
}

void ixgbe_remove(struct netdev *netdev)
{
	struct ixgbe *dev = ixgbe_of(netdev);

	ASSERT(!dev->started);
	dma_free(dev, sizeof(*dev));
}
