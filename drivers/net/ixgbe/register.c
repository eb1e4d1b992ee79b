// SPDX-License-Identifier: BSD-2-Clause
/* Waiting for registers. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define ALL_ONES 0xFFFFFFFFu

bool ixgbe_is_removed(struct ixgbe *dev)
{
	if (dev->removed)
		return true;
	if (ixgbe_read(dev, IXGBE_STATUS) != ALL_ONES)
		return false;
	WRITE_ONCE(dev->removed, true);
	log_error("%s: STATUS reads 0xffffffff: the card was removed or has died",
		  dev->netdev.name);
	return true;
}

bool ixgbe_is_gone(struct ixgbe *dev, uint32_t value)
{
	return value == ALL_ONES && ixgbe_is_removed(dev);
}

static int poll(struct ixgbe *dev, const struct ixgbe_wait *wait, uint32_t *value)
{
	for (uint32_t waited = 0;; waited += wait->step_us) {
		*value = ixgbe_read(dev, wait->reg);
		if (ixgbe_is_gone(dev, *value))
			return -ENODEV;
		if ((*value & wait->mask) == wait->value)
			return 0;
		if (waited >= wait->timeout_us)
			return -ETIMEDOUT;
		sleep_us(wait->step_us);
	}
}

int ixgbe_wait_for(struct ixgbe *dev, const struct ixgbe_wait *wait)
{
	uint32_t value;
	int err = poll(dev, wait, &value);

	if (err == -ETIMEDOUT)
		log_error("%s: register 0x%05x is 0x%08x after %u us, expected %s",
			  dev->netdev.name, wait->reg, value, wait->timeout_us, wait->name);
	return err;
}

int ixgbe_hope_for(struct ixgbe *dev, const struct ixgbe_wait *wait, const char *so)
{
	uint32_t value;
	int err = poll(dev, wait, &value);

	if (err == -ETIMEDOUT)
		log_warning("%s: register 0x%05x is 0x%08x after %u us, expected %s: %s",
			    dev->netdev.name, wait->reg, value, wait->timeout_us, wait->name, so);
	return err;
}
