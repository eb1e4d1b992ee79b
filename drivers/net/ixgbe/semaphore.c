// SPDX-License-Identifier: BSD-2-Clause
/*
 * Resources shared with the card's firmware and its other port: SWSM guards GSSR, whose bits are
 * the owned resources. What a crashed owner left behind is taken over after a time-out.
 */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define SWSM_TRIES 2000
#define SWSM_STEP  50
#define GSSR_TRIES 200
#define GSSR_STEP  5000

static void release_swsm(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_SWSM, SWSM_SMBI | SWSM_SWESMBI, 0);
	ixgbe_read(dev, IXGBE_STATUS);
}

/* Reading SMBI as 0 takes it. */
static int take_smbi(struct ixgbe *dev)
{
	for (unsigned i = 0; i < SWSM_TRIES; i++) {
		uint32_t swsm = ixgbe_read(dev, IXGBE_SWSM);

		if (!(swsm & SWSM_SMBI))
			return 0;
		if (ixgbe_is_gone(dev, swsm))
			return -ENODEV;
		sleep_us(SWSM_STEP);
	}
	return -ETIMEDOUT;
}

static int take_swesmbi(struct ixgbe *dev)
{
	for (unsigned i = 0; i < SWSM_TRIES; i++) {
		uint32_t swsm;

		ixgbe_change(dev, IXGBE_SWSM, 0, SWSM_SWESMBI);
		swsm = ixgbe_read(dev, IXGBE_SWSM);
		if (ixgbe_is_gone(dev, swsm))
			return -ENODEV;
		if (swsm & SWSM_SWESMBI)
			return 0;
		sleep_us(SWSM_STEP);
	}
	return -ETIMEDOUT;
}

static int acquire_swsm(struct ixgbe *dev)
{
	int err = take_smbi(dev);

	if (err == -ETIMEDOUT) {
		log_warning("%s: SWSM.SMBI stays taken: releasing it for its owner",
			    dev->netdev.name);
		release_swsm(dev);
		err = take_smbi(dev);
	}
	if (!err) {
		err = take_swesmbi(dev);
		if (!err)
			return 0;
		release_swsm(dev);
	}
	if (err != -ENODEV)
		log_error("%s: SWSM is 0x%08x: semaphore not granted", dev->netdev.name,
			  ixgbe_read(dev, IXGBE_SWSM));
	return err;
}

int ixgbe_acquire(struct ixgbe *dev, uint32_t resource)
{
	uint32_t busy = resource | GSSR_FIRMWARE(resource);

	for (unsigned i = 0;; i++) {
		uint32_t gssr;
		int err = acquire_swsm(dev);

		if (err)
			return err;
		gssr = ixgbe_read(dev, IXGBE_GSSR);
		if (ixgbe_is_gone(dev, gssr))
			return -ENODEV;
		if (!(gssr & busy) || i == GSSR_TRIES) {
			if (gssr & busy)
				log_warning("%s: GSSR is 0x%08x: taking over resource 0x%x",
					    dev->netdev.name, gssr, resource);
			ixgbe_write(dev, IXGBE_GSSR, (gssr & ~busy) | resource);
			release_swsm(dev);
			return 0;
		}
		release_swsm(dev);
		sleep_us(GSSR_STEP);
	}
}

void ixgbe_release(struct ixgbe *dev, uint32_t resource)
{
	if (acquire_swsm(dev))
		return;
	ixgbe_change(dev, IXGBE_GSSR, resource, 0);
	release_swsm(dev);
}
