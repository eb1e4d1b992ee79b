// SPDX-License-Identifier: BSD-2-Clause
/* Bringing up transmission (DS 4.6.8). */
#include "drivers/net/ixgbe/device.h"

#define PTHRESH 32 /* prefetch when fewer of the 40 on-chip descriptors are left */
#define HTHRESH 1  /* must not be 0 with PTHRESH: DS 8.2.3.9.10 */

/* The rate limiters are off; the unit is enabled before the first queue. */
void ixgbe_tx_init(struct ixgbe *dev)
{
	for (unsigned q = 0; q < IXGBE_TX_QUEUES; q++) {
		ixgbe_write(dev, IXGBE_RTTDQSEL, q);
		ixgbe_write(dev, IXGBE_RTTDT1C, 0);
		ixgbe_write(dev, IXGBE_RTTBCNRC, 0);
	}
	ixgbe_change(dev, IXGBE_DMATXCTL, 0, DMATXCTL_TE);
}

/* WTHRESH is 0: every descriptor that asks for a report is written back at once. */
int ixgbe_tx_start_queue(struct ixgbe *dev, unsigned q)
{
	struct ixgbe_tx *tx = &dev->queues[q].tx;
	uint64_t base = dma_address((const void *)tx->ring);

	ixgbe_write(dev, IXGBE_TXDCTL(q), 0);
	ixgbe_write(dev, IXGBE_TDBAL(q), (uint32_t)base);
	ixgbe_write(dev, IXGBE_TDBAH(q), (uint32_t)(base >> 32));
	ixgbe_write(dev, IXGBE_TDLEN(q), tx->size * sizeof(struct ixgbe_descriptor));
	ixgbe_change(dev, IXGBE_DCA_TXCTRL(q),
		     DCA_TXCTRL_DESC_READ_RO | DCA_TXCTRL_DESC_WRITE_RO | DCA_TXCTRL_DATA_READ_RO,
		     0);
	ixgbe_write(dev, IXGBE_TDH(q), 0);
	ixgbe_write(dev, IXGBE_TDT(q), 0);
	ixgbe_write(dev, IXGBE_TXDCTL(q),
		    TXDCTL_PTHRESH(PTHRESH) | TXDCTL_HTHRESH(HTHRESH) | TXDCTL_ENABLE);
	return ixgbe_wait_for(dev, &(struct ixgbe_wait){"TXDCTL.ENABLE 1", IXGBE_TXDCTL(q),
							TXDCTL_ENABLE, TXDCTL_ENABLE, 10000, 100});
}
