// SPDX-License-Identifier: BSD-2-Clause
/* Master disable and reset (DS 4.6.3, 4.6.3.2, 5.2.5.3.2, 8.2.3.1.1). */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define RESET_SETTLE_US 10000 /* DS 4.6.3.2; covers the 1 ms without access of DS 8.2.3.1.1 */

static void mask_interrupts(struct ixgbe *dev)
{
	ixgbe_write(dev, IXGBE_EIMC, 0xFFFFFFFF);
	ixgbe_write(dev, IXGBE_EIMC_EX(0), 0xFFFFFFFF);
	ixgbe_write(dev, IXGBE_EIMC_EX(1), 0xFFFFFFFF);
}

static int disable_queue(struct ixgbe *dev, uint32_t reg, uint32_t enable, const char *name)
{
	uint32_t control = ixgbe_read(dev, reg);

	if (!(control & enable))
		return 0;
	ixgbe_write(dev, reg, control & ~enable);
	return ixgbe_wait_for(dev, &(struct ixgbe_wait){name, reg, enable, 0, 10000, 100});
}

static void disable_queues(struct ixgbe *dev)
{
	bool any = false;

	ixgbe_change(dev, IXGBE_RXCTRL, RXCTRL_RXEN, 0);
	for (unsigned q = 0; q < IXGBE_RX_QUEUES; q++)
		any |= disable_queue(dev, q < 64 ? IXGBE_RXDCTL(q) : IXGBE_RXDCTL_HIGH(q),
				     RXDCTL_ENABLE, "RXDCTL.ENABLE 0");
	for (unsigned q = 0; q < IXGBE_TX_QUEUES; q++)
		any |= disable_queue(dev, IXGBE_TXDCTL(q), TXDCTL_ENABLE, "TXDCTL.ENABLE 0");
	if (any)
		log_warning("%s: a queue did not stop; the reset will stop it", dev->netdev.name);
	sleep_us(100); /* DS 4.6.7.1.2: before the rings' memory may be used otherwise */
}

/* Stops bus mastering. False if requests stay outstanding: the reset must then be done twice. */
static bool disable_master(struct ixgbe *dev)
{
	uint32_t hlreg0, gcr_ext;

	ixgbe_change(dev, IXGBE_CTRL, 0, CTRL_GIO_DIS);
	if (!ixgbe_wait_for(dev, &(struct ixgbe_wait){"STATUS.GIO 0", IXGBE_STATUS, STATUS_GIO, 0,
						      80000, 100}))
		return true;

	hlreg0 = ixgbe_read(dev, IXGBE_HLREG0);
	gcr_ext = ixgbe_read(dev, IXGBE_GCR_EXT);
	ixgbe_write(dev, IXGBE_HLREG0, hlreg0 | HLREG0_LPBK);
	ixgbe_write(dev, IXGBE_GCR_EXT, gcr_ext | GCR_EXT_BUFS_CLEAR);
	ixgbe_read(dev, IXGBE_STATUS);
	sleep_us(20);
	ixgbe_write(dev, IXGBE_HLREG0, hlreg0);
	ixgbe_write(dev, IXGBE_GCR_EXT, gcr_ext);
	return false;
}

/*
 * LNK_RST resets the PHY too, and so takes the link from a partner and from management firmware.
 * It is set as in Linux's and DPDK's drivers: only where there is no link, and no such firmware.
 */
static uint32_t reset_bits(const struct ixgbe *dev)
{
	bool up;

	ixgbe_read(dev, IXGBE_LINKS); /* latches what happened since the last reading */
	up = ixgbe_read(dev, IXGBE_LINKS) & LINKS_UP;
	return CTRL_RST | (up || ixgbe_is_managed(dev) ? 0 : CTRL_LNK_RST);
}

static int reset_once(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_CTRL, 0, reset_bits(dev));
	sleep_us(RESET_SETTLE_US);
	return ixgbe_wait_for(dev, &(struct ixgbe_wait){"CTRL.RST and LNK_RST 0", IXGBE_CTRL,
							CTRL_RST | CTRL_LNK_RST, 0, 10000, 1000});
}

static int wait_ready(struct ixgbe *dev)
{
	int err = ixgbe_wait_for(dev,
				 &(struct ixgbe_wait){"EEC.ARD 1 (NVM has been loaded)", IXGBE_EEC,
						      EEC_ARD, EEC_ARD, 100000, 1000});

	if (!err)
		err = ixgbe_wait_for(dev, &(struct ixgbe_wait){"RDRXCTL.DMAIDONE 1", IXGBE_RDRXCTL,
							       RDRXCTL_DMAIDONE, RDRXCTL_DMAIDONE,
							       100000, 1000});
	return err;
}

int ixgbe_reset(struct ixgbe *dev)
{
	uint32_t fwsm;
	int err;

	if (ixgbe_is_removed(dev))
		return -ENODEV;
	mask_interrupts(dev);
	disable_queues(dev);
	if (!disable_master(dev)) {
		err = reset_once(dev);
		if (err)
			return err;
	}
	err = reset_once(dev);
	if (err)
		return err;
	ixgbe_change(dev, IXGBE_CTRL, CTRL_GIO_DIS, 0);
	mask_interrupts(dev);
	err = wait_ready(dev);
	if (err)
		return err;

	fwsm = ixgbe_read(dev, IXGBE_FWSM);
	if (fwsm & FWSM_EXT_ERR_IND)
		log_warning("%s: FWSM is 0x%08x: the card's firmware reports an error",
			    dev->netdev.name, fwsm);
	return 0;
}
