// SPDX-License-Identifier: GPL-2.0-only
/* Receive-side scaling: which flows go to which pair (vio_net.h, section 9). */
#include "sluice_net.h"

#include <linux/delay.h>

#define TRIES     2000 /* of 0.5 to 1 ms */
#define TRY_LEAST 500
#define TRY_MOST  1000

/* Makes all flows equal shares of so many pairs. */
void sluice_steering_spread(struct sluice_steering *steering, u32 pairs)
{
	steering->pairs = pairs;
	for (unsigned int i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		steering->table[i] = i % pairs;
}

static u32 try_apply(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	sluice_write(dev, VIO_REG_QUEUE_PAIRS, wanted->pairs);
	sluice_write(dev, VIO_REG_RSS_HASH, wanted->hash_types);
	for (unsigned int i = 0; i < VIO_RSS_TABLE_ENTRIES; i += 4) {
		const u8 *entry = wanted->table + i;

		sluice_write(dev, VIO_REG_RSS_TABLE + i,
			     entry[0] | entry[1] << 8 | entry[2] << 16 | (u32)entry[3] << 24);
	}
	sluice_write(dev, VIO_REG_RSS_APPLY, 1);
	return sluice_read(dev, VIO_REG_RSS_APPLY);
}

/*
 * Tells a device with negotiated features how to spread. The receive queues of the table are
 * enabled. -EBUSY if it did not come to it; then nothing has changed.
 */
int sluice_steering_apply(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	u32 error = VIO_ERROR_NONE;

	if (!(dev->features & VIO_F_RSS))
		return 0;
	for (unsigned int i = 0; i < TRIES; i++) {
		error = try_apply(dev, wanted);
		if (error != VIO_ERROR_BUSY)
			break;
		usleep_range(TRY_LEAST, TRY_MOST);
	}
	if (!error)
		return 0;
	netdev_err(dev->netdev, "steering to %u queue pairs refused: %s\n", wanted->pairs,
		   sluice_error_name(error));
	return error == VIO_ERROR_BUSY ? -EBUSY : -EIO;
}

static bool wait_released(struct sluice_pair *pair, u32 mark)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		if ((s32)(READ_ONCE(pair->rx.released) - mark) >= 0)
			return true;
		local_bh_disable();
		napi_schedule(&pair->napi);
		local_bh_enable();
		usleep_range(TRY_LEAST, TRY_MOST);
	}
	return false;
}

/* Waits until all packets that are in the receive queues now have gone up the stack. */
static void settle(struct sluice_device *dev, unsigned int pairs)
{
	u32 mark[VIO_QUEUE_PAIRS_MOST];

	for (unsigned int i = 0; i < pairs; i++)
		mark[i] = sluice_queue_completed(&dev->pair[i].rx);
	WRITE_ONCE(dev->settling, true);
	for (unsigned int i = 0; i < pairs; i++)
		if (!wait_released(&dev->pair[i], mark[i]))
			netdev_warn(dev->netdev, "receive queue %u is not taken from\n", i);
	WRITE_ONCE(dev->settling, false);
}

/*
 * Changes the steering, of a running interface with no loss and no change of order: on return the
 * queues that get no flows any more are empty. Under rtnl.
 */
int sluice_steering_change(struct sluice_device *dev, const struct sluice_steering *wanted)
{
	unsigned int pairs = max(dev->steering.pairs, wanted->pairs);
	int error;

	if (netif_running(dev->netdev)) {
		error = sluice_steering_apply(dev, wanted);
		if (error)
			return error;
		settle(dev, pairs);
	}
	dev->steering = *wanted;
	return 0;
}
