/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver asks for and does not get: the register takes it, as silicon's does, and nothing
 * comes of it. Said once for each, so that nobody looks for the fault elsewhere.
 */
#include "tools/i82599/device.h"

/* Registers whose bits switch on what is not modelled; looked at when the receiver is enabled. */
static const struct {
	uint32_t offset;
	uint16_t stride, count;
	enum nic_unmodelled what;
	uint32_t bits;
} switches[] = {
	{R_MRQC, 0, 1, NIC_NO_POOLS, MRQC_POOLS},
	{R_VT_CTL, 0, 1, NIC_NO_POOLS, VT_CTL_ENA},
	{R_FTQF, 4, 128, NIC_NO_FIVE_TUPLES, FTQF_ENABLE},
	{R_SYNQF, 0, 1, NIC_NO_SYN_FILTER, SYNQF_ENABLE},
	{R_RXQ + Q_RSCCTL, 0x40, 64, NIC_NO_RSC, RSCCTL_RSCEN},
	{R_RXQ_HIGH + Q_RSCCTL, 0x40, 64, NIC_NO_RSC, RSCCTL_RSCEN},
	{R_TSYNCRXCTL, 0, 1, NIC_NO_TIME_STAMPS, TSYNC_ENABLE},
	{R_TSYNCTXCTL, 0, 1, NIC_NO_TIME_STAMPS, TSYNC_ENABLE},
	{R_IPSTXIDX, 0, 1, NIC_NO_IPSEC, IPSEC_ENABLE},
	{R_IPSRXIDX, 0, 1, NIC_NO_IPSEC, IPSEC_ENABLE},
};

static const char *const texts[NIC_UNMODELLED] = {
	[NIC_NO_POOLS] = "MRQC or VT_CTL: queues by pool or traffic class; frames go to queue 0",
	[NIC_NO_FIVE_TUPLES] = "FTQF: five-tuple filters; frames go where RSS sends them",
	[NIC_NO_SYN_FILTER] = "SYNQF: the filter for TCP SYN; frames go where RSS sends them",
	[NIC_NO_FLOW_DIRECTOR] = "FDIRCMD: perfect-match filters (ethtool -N); they match nothing",
	[NIC_NO_RSC] = "RSCCTL: receive-side coalescing; frames come one by one",
	[NIC_NO_HEADER_SPLIT] = "SRRCTL.DESCTYPE 2 or 5: header split; frames are whole in the "
				"packet's buffers",
	[NIC_NO_TIME_STAMPS] = "TSYNCRXCTL or TSYNCTXCTL: time stamps; there are none",
	[NIC_NO_IPSEC] = "IPSTXIDX or IPSRXIDX: IPsec; frames are left as they are",
	[NIC_NO_NVM_WRITE] = "EEC's pins to the NVM (ethtool -E); nothing is written",
};

void nic_not_modelled(struct i82599 *dev, enum nic_unmodelled what)
{
	if (dev->unmodelled_seen >> what & 1)
		return;
	dev->unmodelled_seen |= 1u << what;
	nic_defect(dev, DEFECT_ADVICE_NOT_MODELLED, "not modelled: %s", texts[what]);
}

void nic_check_switches(struct i82599 *dev)
{
	for (unsigned i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		for (unsigned n = 0; n < switches[i].count; n++) {
			if (nic_reg(dev, switches[i].offset + n * switches[i].stride) &
			    switches[i].bits)
				nic_not_modelled(dev, switches[i].what);
		}
	}
}
