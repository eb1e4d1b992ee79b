// SPDX-License-Identifier: BSD-2-Clause
/* Bringing up reception (DS 4.6.7): filters, offloads, queues, and the enabling of the unit. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"

#define SECRX_READY_US 40000

/*
 * Every frame is received: behind the card is a switch, whose ports' addresses come and go. The
 * card's own address stays in RAL/RAH 0 as the NVM gave it.
 */
static void init_filters(struct ixgbe *dev)
{
	for (unsigned n = 1; n < 128; n++) {
		ixgbe_write(dev, IXGBE_RAL(n), 0);
		ixgbe_write(dev, IXGBE_RAH(n), 0);
	}
	for (unsigned n = 0; n < 128; n++)
		ixgbe_write(dev, IXGBE_MTA(n), 0);
	ixgbe_write(dev, IXGBE_MCSTCTRL, 0);
	ixgbe_write(dev, IXGBE_FCTRL, FCTRL_BAM | FCTRL_MPE | FCTRL_UPE);
	ixgbe_change(dev, IXGBE_VLNCTRL, VLNCTRL_VFE | 0xFFFF, VLNCTRL_VET_8021Q);
}

/* CRC stripping as in HLREG0; receive-side coalescing off, with the values it needs regardless. */
void ixgbe_rx_init(struct ixgbe *dev)
{
	init_filters(dev);
	ixgbe_change(dev, IXGBE_RDRXCTL, RDRXCTL_RSCFRSTSIZE,
		     RDRXCTL_CRCSTRIP | RDRXCTL_RSCACKC | RDRXCTL_FCOE_WRFIX);
	ixgbe_change(dev, IXGBE_RFCTL, 0, RFCTL_RSC_DIS | RFCTL_NFSW_DIS | RFCTL_NFSR_DIS);
	ixgbe_write(dev, IXGBE_RXCSUM, RXCSUM_PCSD);
	ixgbe_write(dev, IXGBE_PSRTYPE(0), 0);
	for (unsigned n = 0; n < 32; n++)
		ixgbe_write(dev, IXGBE_RQSMR(n), RQSMR_SLOTS(4 * n % IXGBE_STATISTICS_SLOTS));
	ixgbe_rss_init(dev);
	ixgbe_change(dev, IXGBE_CTRL_EXT, 0, CTRL_EXT_NS_DIS);
}

/* DS 4.6.7.1. With several queues an empty one must drop, or it would block the others. */
int ixgbe_rx_start_queue(struct ixgbe *dev, unsigned q)
{
	struct ixgbe_rx *rx = &dev->queues[q].rx;
	uint64_t base = dma_address((const void *)rx->ring);
	uint32_t drop = dev->config.queue_pairs > 1 ? SRRCTL_DROP_EN : 0;
	int err;

	ixgbe_write(dev, IXGBE_RDBAL(q), (uint32_t)base);
	ixgbe_write(dev, IXGBE_RDBAH(q), (uint32_t)(base >> 32));
	ixgbe_write(dev, IXGBE_RDLEN(q), rx->size * sizeof(struct ixgbe_descriptor));
	ixgbe_write(dev, IXGBE_SRRCTL(q),
		    SRRCTL_BSIZEPACKET(rx->pool->buffer_bytes) | SRRCTL_BSIZEHEADER_256 |
			    SRRCTL_ADV_ONE_BUFFER | drop);
	ixgbe_write(dev, IXGBE_RSCCTL(q), 0);
	ixgbe_change(dev, IXGBE_DCA_RXCTRL(q),
		     DCA_RXCTRL_RESET_TO_0 | DCA_RXCTRL_DESC_READ_RO | DCA_RXCTRL_DATA_WRITE_RO |
			     DCA_RXCTRL_HEAD_WRITE_RO,
		     0);
	ixgbe_write(dev, IXGBE_RDH(q), 0);
	ixgbe_write(dev, IXGBE_RDT(q), 0);
	ixgbe_change(dev, IXGBE_RXDCTL(q), 0, RXDCTL_ENABLE | RXDCTL_VME);
	err = ixgbe_wait_for(dev, &(struct ixgbe_wait){"RXDCTL.ENABLE 1", IXGBE_RXDCTL(q),
						       RXDCTL_ENABLE, RXDCTL_ENABLE, 10000, 100});
	if (!err)
		ixgbe_rx_refill(rx); /* writes RDT, only now: DS 4.6.7.1 */
	return err;
}

/*
 * Enabling under traffic can hang the unit unless its input is held meanwhile (erratum). An input
 * that does not become quiet in time does not keep Linux's and DPDK's drivers from going on,
 * either.
 */
int ixgbe_rx_enable(struct ixgbe *dev)
{
	int err;

	ixgbe_change(dev, IXGBE_SECRXCTRL, 0, SECRXCTRL_RX_DIS);
	err = ixgbe_hope_for(dev,
			     &(struct ixgbe_wait){"SECRXSTAT.RDY 1", IXGBE_SECRXSTAT, SECRXSTAT_RDY,
						  SECRXSTAT_RDY, SECRX_READY_US, 100},
			     "the receiver is enabled under traffic");
	if (err == -ENODEV)
		return err;
	ixgbe_change(dev, IXGBE_RXCTRL, 0, RXCTRL_RXEN);
	ixgbe_change(dev, IXGBE_SECRXCTRL, SECRXCTRL_RX_DIS, 0);
	return 0;
}
