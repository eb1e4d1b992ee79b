/* SPDX-License-Identifier: BSD-2-Clause */
/* What a driver waits for: each takes as long as was injected, or for ever. */
#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

/* After GIO_DIS a driver waits so long for requests, and as long again for their completions. */
#define PATIENCE (160000 * I82599_PS_PER_US)

static const char *const names[I82599_WAITS] = {
	[I82599_WAIT_RESET] = "reset",           [I82599_WAIT_MASTER] = "master",
	[I82599_WAIT_NVM_LOADED] = "nvm-loaded", [I82599_WAIT_NVM_READ] = "nvm-read",
	[I82599_WAIT_DMA_READY] = "dma-ready",   [I82599_WAIT_RX_ENABLE] = "rx-enable",
	[I82599_WAIT_RX_DISABLE] = "rx-disable", [I82599_WAIT_TX_ENABLE] = "tx-enable",
	[I82599_WAIT_TX_DISABLE] = "tx-disable", [I82599_WAIT_SECRX] = "secrx",
	[I82599_WAIT_AUTONEG] = "autoneg",       [I82599_WAIT_SEMAPHORE] = "semaphore",
	[I82599_WAIT_FIRMWARE] = "firmware",
};

const char *i82599_wait_name(enum i82599_wait wait)
{
	return wait < I82599_WAITS ? names[wait] : "unknown";
}

/* When what begins now will be over, but not before `usual`. */
i82599_time_t nic_wait_end(const struct i82599 *dev, enum i82599_wait wait, i82599_time_t usual)
{
	const i82599_time_t takes = dev->takes[wait] > usual ? dev->takes[wait] : usual;

	return takes > NIC_NEVER - dev->now ? NIC_NEVER : dev->now + takes;
}

void nic_wait_begin(struct i82599 *dev, enum i82599_wait wait)
{
	dev->waits_until[wait] = nic_wait_end(dev, wait, 0);
}

bool nic_waits(const struct i82599 *dev, enum i82599_wait wait)
{
	return dev->now < dev->waits_until[wait];
}

/* Firmware has its locks from now on; all else takes its time when next it is asked for. */
void nic_set_wait(struct i82599 *dev, enum i82599_wait wait, unsigned us)
{
	dev->takes[wait] = us == I82599_FOR_EVER ? NIC_NEVER : us * I82599_PS_PER_US;
	dev->waits_until[wait] = 0;
	if (wait == I82599_WAIT_SEMAPHORE || wait == I82599_WAIT_FIRMWARE)
		nic_wait_begin(dev, wait);
	dev->firmware_locks = GSSR_FIRMWARE;
}

/*
 * CTRL.RST with requests still outstanding must be given twice (DS 5.2.5.3.2): the first leaves
 * what their completions did.
 */
void nic_reset_waits(struct i82599 *dev)
{
	const bool outstanding = nic_waits(dev, I82599_WAIT_MASTER);

	dev->reset_once = outstanding && !dev->reset_once;
	if (!dev->reset_once)
		dev->waits_until[I82599_WAIT_MASTER] = 0;
	dev->waits_until[I82599_WAIT_NVM_READ] = 0;
	dev->waits_until[I82599_WAIT_SECRX] = 0;
	dev->waits_until[I82599_WAIT_AUTONEG] = 0;
	nic_wait_begin(dev, I82599_WAIT_RESET);
	nic_wait_begin(dev, I82599_WAIT_NVM_LOADED);
	nic_wait_begin(dev, I82599_WAIT_DMA_READY);
}

bool nic_requests_outstanding(const struct i82599 *dev, i82599_time_t now)
{
	return now < dev->waits_until[I82599_WAIT_MASTER] || nic_dma_busy(dev);
}

uint32_t nic_read_status(struct i82599 *dev, unsigned n)
{
	bool off = nic_reg(dev, R_CTRL) & CTRL_GIO_DIS;

	(void)n;
	return (dev->link ? STATUS_LINK : 0) |
	       (off && !nic_requests_outstanding(dev, dev->now) ? 0 : STATUS_GIO);
}

uint32_t nic_read_ctrl(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_CTRL) | (nic_waits(dev, I82599_WAIT_RESET) ? dev->reset_bits : 0);
}

uint32_t nic_read_eec(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_EEC) & ~(nic_waits(dev, I82599_WAIT_NVM_LOADED) ? EEC_ARD : 0);
}

uint32_t nic_read_eerd(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_EERD) & ~(nic_waits(dev, I82599_WAIT_NVM_READ) ? EERD_DONE : 0);
}

uint32_t nic_read_rdrxctl(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_RDRXCTL) &
	       ~(nic_waits(dev, I82599_WAIT_DMA_READY) ? RDRXCTL_DMAIDONE : 0);
}

uint32_t nic_read_secrxstat(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_SECRXSTAT) & ~(nic_waits(dev, I82599_WAIT_SECRX) ? SECRXSTAT_RDY : 0);
}

uint32_t nic_read_anlp1(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_ANLP1) & ~(nic_waits(dev, I82599_WAIT_AUTONEG) ? ANLP1_AN_STATE : 0);
}

void nic_secrxctrl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n;
	if (value & ~old & SECRXCTRL_RX_DIS)
		nic_wait_begin(dev, I82599_WAIT_SECRX);
}

/* Clearing the buffers while completions are still to come loses them. */
void nic_gcr_ext_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n;
	if (value & ~old & GCR_EXT_BUFFERS_CLEAR && nic_waits(dev, I82599_WAIT_MASTER) &&
	    dev->now - dev->master_off_at < PATIENCE)
		nic_defect(dev, DEFECT_BUFFERS_CLEARED,
			   "GCR_EXT.BUFFERS_CLEAR while DeviceStatus.TransactionsPending is 1");
}

/* SWESMBI is granted unless the firmware has it. */
void nic_swsm_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	if (nic_waits(dev, I82599_WAIT_SEMAPHORE))
		dev->reg[R_SWSM / 4] &= ~SWSM_SWESMBI;
}

/* The firmware's bits are there until it gives them back, or software takes them away. */
uint32_t nic_read_gssr(struct i82599 *dev, unsigned n)
{
	(void)n;
	return nic_reg(dev, R_GSSR) |
	       (nic_waits(dev, I82599_WAIT_FIRMWARE) ? dev->firmware_locks : 0);
}

void nic_gssr_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	dev->firmware_locks &= value;
}
