// SPDX-License-Identifier: BSD-2-Clause
/* Starting and stopping the card, in the order of DS 4.6.3, and the gate to its queues. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"

#define GATE_TIMEOUT_US 10000
#define RING_LEAST      64
#define RING_MOST       4096
#define MTU_LEAST       68
#define MTU_MOST        9000
#define BUFFER_MOST     16384
#define FRAME_OVERHEAD  26 /* Ethernet header, two VLAN tags, CRC */

/* Keeps the queues' threads out. False, the gate as before, if one does not come out. */
bool ixgbe_shut_gate(struct ixgbe *dev)
{
	bool before = dev->running;

	WRITE_ONCE(dev->running, false);
	smp_mb();
	for (unsigned q = 0; q < dev->config.queue_pairs; q++) {
		for (unsigned us = 0; READ_ONCE(dev->queues[q].busy); us++) {
			if (us == GATE_TIMEOUT_US) {
				log_warning("%s: the thread of queue %u did not leave it in %u us",
					    dev->netdev.name, q, us);
				WRITE_ONCE(dev->running, before);
				return false;
			}
			sleep_us(1);
		}
	}
	smp_mb();
	return true;
}

void ixgbe_open_gate(struct ixgbe *dev)
{
	smp_mb();
	WRITE_ONCE(dev->running, true);
}

static int start_queues(struct ixgbe *dev)
{
	int err = 0;

	for (unsigned q = 0; q < dev->config.queue_pairs && !err; q++) {
		err = ixgbe_tx_start_queue(dev, q);
		if (!err)
			err = ixgbe_rx_start_queue(dev, q);
	}
	return err;
}

/* Everything from reset to a running card; the rings must be rewound. */
int ixgbe_bring_up(struct ixgbe *dev)
{
	int err = ixgbe_reset(dev);

	if (err)
		return err;
	ixgbe_mac_init(dev);
	ixgbe_stats_clear(dev);
	ixgbe_rx_init(dev);
	ixgbe_tx_init(dev);
	ixgbe_interrupt_init(dev);
	err = start_queues(dev);
	if (!err)
		err = ixgbe_rx_enable(dev);
	if (err)
		return err;
	ixgbe_link_start(dev);
	ixgbe_change(dev, IXGBE_CTRL_EXT, 0, CTRL_EXT_DRV_LOAD);
	ixgbe_interrupt_link_enable(dev);
	return ixgbe_is_removed(dev) ? -ENODEV : 0;
}

static int check_pools(struct ixgbe *dev, const struct netdev_config *config)
{
	uint32_t frame = config->mtu + FRAME_OVERHEAD;

	for (unsigned q = 0; q < config->queue_pairs; q++) {
		const struct packet_pool *pool = config->pools[q];

		if (!pool || pool->buffer_bytes < frame || pool->buffer_bytes > BUFFER_MOST) {
			log_error("%s: queue %u has buffers of %u bytes, expected %u to %u",
				  dev->netdev.name, q, pool ? pool->buffer_bytes : 0, frame,
				  BUFFER_MOST);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_config(struct ixgbe *dev, const struct netdev_config *config)
{
	const char *name = dev->netdev.name;

	if (config->queue_pairs < 1 || config->queue_pairs > dev->netdev.queue_pairs_most) {
		log_error("%s: %u queue pairs, expected 1 to %u", name, config->queue_pairs,
			  dev->netdev.queue_pairs_most);
		return -EINVAL;
	}
	if (config->ring_size < RING_LEAST || config->ring_size > RING_MOST ||
	    config->ring_size % 8) {
		log_error("%s: rings of %u, expected a multiple of 8 from %u to %u", name,
			  config->ring_size, RING_LEAST, RING_MOST);
		return -EINVAL;
	}
	if (config->mtu < MTU_LEAST || config->mtu > MTU_MOST) {
		log_error("%s: MTU %u, expected %u to %u", name, config->mtu, MTU_LEAST, MTU_MOST);
		return -EINVAL;
	}
	for (unsigned i = 0; i < NETDEV_RETA_ENTRIES; i++) {
		if (config->reta[i] >= config->queue_pairs) {
			log_error("%s: RETA entry %u is queue %u, expected below %u", name, i,
				  config->reta[i], config->queue_pairs);
			return -EINVAL;
		}
	}
	return check_pools(dev, config);
}

static void free_queues(struct ixgbe *dev)
{
	for (unsigned q = 0; q < dev->config.queue_pairs; q++)
		ixgbe_queue_free(&dev->queues[q]);
}

int ixgbe_start(struct netdev *netdev, const struct netdev_config *config)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	int err;

	if (dev->started)
		return -EBUSY;
	err = check_config(dev, config);
	if (err)
		return err;
	dev->config = *config;
	netdev->mtu = config->mtu;
	memset(&netdev->stats, 0, sizeof(netdev->stats));
	for (unsigned q = 0; q < config->queue_pairs && !err; q++)
		err = ixgbe_queue_alloc(dev, q);
	if (!err)
		err = ixgbe_bring_up(dev);
	if (err)
		goto err_queues;
	dev->reset_wanted = false;
	dev->resets_failed = 0;
	dev->reset_ticks = 0;
	dev->watch_ticks = ticks_now();
	dev->started = true;
	ixgbe_link_update(dev);
	ixgbe_open_gate(dev);
	return 0;

err_queues:
	if (!ixgbe_is_removed(dev))
		ixgbe_reset(dev); /* stops the rings' DMA before their memory goes */
	free_queues(dev);
	return err;
}

void ixgbe_stop(struct netdev *netdev)
{
	struct ixgbe *dev = ixgbe_of(netdev);

	if (!dev->started)
		return;
	if (!ixgbe_shut_gate(dev))
		ASSERT(!"queue in use while its device is stopped");
	dev->started = false;
	ixgbe_stats_update(dev);
	if (!ixgbe_is_removed(dev)) {
		ixgbe_interrupt_stop(dev);
		ixgbe_reset(dev);
		ixgbe_change(dev, IXGBE_CTRL_EXT, CTRL_EXT_DRV_LOAD, 0);
	}
	ixgbe_link_stop(dev);
	free_queues(dev);
}
