// SPDX-License-Identifier: BSD-2-Clause
/* Master disable and reset (DS 4.6.3, 4.6.3.2, 5.2.5.3.2, 8.2.3.1.1). */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define RESET_SETTLE_US    10000 /* DS 4.6.3.2; covers the 1 ms without access of DS 8.2.3.1.1 */
#define RESET_DONE_US      10000
#define READY_US           1000000 /* NVM loaded, DMA initialised: no source has a limit */
#define QUEUES_SETTLE_US   2000
#define QUEUES_STEP_US     1000
#define QUEUES_STOP_US     10000
#define MASTER_STOP_US     80000 /* as Linux's driver: 800 times 100 us */
#define LAST_COMPLETION_US 3000
#define COMPLETION_MOST_US 2000000 /* a machine may allow 34 s; nobody waits so long */

/* The function's PCI Express capability, whose place is fixed (DS 9.3.10). */
#define PCIE_DEVICE_STATUS         0xAA
#define PCIE_TRANSACTIONS_PENDING  (1u << 5)
#define PCIE_DEVICE_CONTROL2       0xC8
#define PCIE_COMPLETION_65_130_MS  0x6
#define PCIE_COMPLETION_260_520_MS 0x9
#define PCIE_COMPLETION_1_2_S      0xA
#define PCIE_COMPLETION_4_8_S      0xD
#define PCIE_COMPLETION_17_34_S    0xE

static void mask_interrupts(struct ixgbe *dev)
{
	ixgbe_write(dev, IXGBE_EIMC, 0xFFFFFFFF);
	ixgbe_write(dev, IXGBE_EIMC_EX(0), 0xFFFFFFFF);
	ixgbe_write(dev, IXGBE_EIMC_EX(1), 0xFFFFFFFF);
}

static uint32_t rxdctl(unsigned q)
{
	return q < 64 ? IXGBE_RXDCTL(q) : IXGBE_RXDCTL_HIGH(q);
}

/* Lets others run after each part of a long row of reads, which take about 1 us each. */
static void breathe(unsigned q)
{
	if (q % 32 == 31)
		sleep_us(1);
}

static bool any_queue_runs(struct ixgbe *dev)
{
	for (unsigned q = 0; q < IXGBE_TX_QUEUES; q++) {
		if (ixgbe_read(dev, IXGBE_TXDCTL(q)) & TXDCTL_ENABLE ||
		    ixgbe_read(dev, rxdctl(q)) & RXDCTL_ENABLE)
			return true;
		breathe(q);
	}
	return false;
}

/*
 * All at once, then 2 ms, as Linux's and DPDK's drivers do. Without SWFLSH a transmit queue would
 * go on as long as it has packets that a link which is down does not take.
 */
static void disable_queues(struct ixgbe *dev)
{
	unsigned waited;

	ixgbe_change(dev, IXGBE_RXCTRL, RXCTRL_RXEN, 0);
	for (unsigned q = 0; q < IXGBE_TX_QUEUES; q++)
		ixgbe_write(dev, IXGBE_TXDCTL(q), TXDCTL_SWFLSH);
	for (unsigned q = 0; q < IXGBE_RX_QUEUES; q++) {
		ixgbe_change(dev, rxdctl(q), RXDCTL_ENABLE, RXDCTL_SWFLSH);
		breathe(q);
	}
	ixgbe_read(dev, IXGBE_STATUS);
	sleep_us(QUEUES_SETTLE_US);
	for (waited = QUEUES_SETTLE_US; any_queue_runs(dev); waited += QUEUES_STEP_US) {
		if (waited >= QUEUES_STOP_US) {
			if (!ixgbe_is_removed(dev))
				log_warning("%s: a queue goes on %u us after its ENABLE was "
					    "cleared; the reset will stop it",
					    dev->netdev.name, waited);
			return;
		}
		sleep_us(QUEUES_STEP_US);
	}
}

/* How long completions may take by DeviceControl2, and a tenth more, as Linux's driver has it. */
static uint32_t completion_timeout_us(struct ixgbe *dev)
{
	switch (dev->read_config(dev->function, PCIE_DEVICE_CONTROL2) & 15) {
	case PCIE_COMPLETION_65_130_MS:
		return 143000;
	case PCIE_COMPLETION_260_520_MS:
		return 572000;
	case PCIE_COMPLETION_1_2_S:
	case PCIE_COMPLETION_4_8_S:
	case PCIE_COMPLETION_17_34_S:
		return COMPLETION_MOST_US;
	default:
		return 88000;
	}
}

/* Until no request of ours waits for its completion, or none can come any more. */
static void await_completions(struct ixgbe *dev)
{
	uint32_t timeout = completion_timeout_us(dev);

	for (uint32_t waited = 0; waited < timeout; waited += 100) {
		sleep_us(100);
		if (!(dev->read_config(dev->function, PCIE_DEVICE_STATUS) &
		      PCIE_TRANSACTIONS_PENDING) ||
		    ixgbe_is_removed(dev))
			return;
	}
}

/* Empties the buffers of the PCIe part; loopback keeps what is in them from the wire. */
static void clear_buffers(struct ixgbe *dev)
{
	uint32_t hlreg0 = ixgbe_read(dev, IXGBE_HLREG0);
	uint32_t gcr_ext;

	ixgbe_write(dev, IXGBE_HLREG0, hlreg0 | HLREG0_LPBK);
	ixgbe_read(dev, IXGBE_STATUS);
	sleep_us(LAST_COMPLETION_US);
	await_completions(dev);
	gcr_ext = ixgbe_read(dev, IXGBE_GCR_EXT);
	ixgbe_write(dev, IXGBE_GCR_EXT, gcr_ext | GCR_EXT_BUFS_CLEAR);
	ixgbe_read(dev, IXGBE_STATUS);
	sleep_us(20);
	ixgbe_write(dev, IXGBE_GCR_EXT, gcr_ext);
	ixgbe_write(dev, IXGBE_HLREG0, hlreg0);
}

/* Stops bus mastering. False if requests stay outstanding: the reset must then be done twice. */
static bool disable_master(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_CTRL, 0, CTRL_GIO_DIS);
	if (!ixgbe_hope_for(dev,
			    &(struct ixgbe_wait){"STATUS.GIO 0", IXGBE_STATUS, STATUS_GIO, 0,
						 MASTER_STOP_US, 100},
			    "PCIe requests are outstanding, so the reset is done twice"))
		return true;
	if (ixgbe_is_removed(dev))
		return false;
	await_completions(dev);
	clear_buffers(dev);
	return false;
}

/*
 * LNK_RST resets the PHY too, and so takes the link from a partner and from management firmware.
 * It is set as in Linux's and DPDK's drivers: only where there is no link, and no such firmware.
 */
static uint32_t reset_bits(const struct ixgbe *dev)
{
	bool up = ixgbe_read_links(dev) & LINKS_UP;

	return CTRL_RST | (up || ixgbe_is_managed(dev) ? 0 : CTRL_LNK_RST);
}

static int reset_once(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_CTRL, 0, reset_bits(dev));
	sleep_us(RESET_SETTLE_US);
	return ixgbe_wait_for(dev, &(struct ixgbe_wait){"CTRL.RST and LNK_RST 0", IXGBE_CTRL,
							CTRL_RST | CTRL_LNK_RST, 0, RESET_DONE_US,
							1000});
}

static int wait_ready(struct ixgbe *dev)
{
	int err = ixgbe_wait_for(dev,
				 &(struct ixgbe_wait){"EEC.ARD 1 (NVM has been loaded)", IXGBE_EEC,
						      EEC_ARD, EEC_ARD, READY_US, 1000});

	if (!err)
		err = ixgbe_wait_for(dev, &(struct ixgbe_wait){"RDRXCTL.DMAIDONE 1", IXGBE_RDRXCTL,
							       RDRXCTL_DMAIDONE, RDRXCTL_DMAIDONE,
							       READY_US, 1000});
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
	if (ixgbe_is_gone(dev, fwsm))
		return -ENODEV;
	if (fwsm & FWSM_EXT_ERR_IND)
		log_warning("%s: FWSM is 0x%08x: the card's firmware reports an error",
			    dev->netdev.name, fwsm);
	return 0;
}
