// SPDX-License-Identifier: BSD-2-Clause
/* Packet buffers, flow control off, and the MAC (DS 4.6.3.2, 4.6.11.3.4, 8.2.3.22). */
#include "drivers/net/ixgbe/device.h"

#define RX_BUFFER_KB       512
#define TX_BUFFER_KB       160
#define LARGEST_PACKET_KB  10
#define ETHERNET_OVERHEAD  18 /* header and CRC; the MAC allows for a VLAN tag by itself */
#define STANDARD_MTU       1500
#define FCRTH_BELOW_BUFFER 0x6000

/* One traffic class has all of both buffers: the values for DCB and VT off, DS 4.6.11.3.4. */
static void init_packet_buffers(struct ixgbe *dev)
{
	for (unsigned n = 0; n < IXGBE_PACKET_BUFFERS; n++) {
		ixgbe_write(dev, IXGBE_RXPBSIZE(n), n ? 0 : RX_BUFFER_KB << 10);
		ixgbe_write(dev, IXGBE_TXPBSIZE(n), n ? 0 : TX_BUFFER_KB << 10);
		ixgbe_write(dev, IXGBE_TXPBTHRESH(n), n ? 0 : TX_BUFFER_KB - LARGEST_PACKET_KB);
	}
}

/* Off, but the high threshold is set all the same: DS 4.6.3.2. */
static void init_flow_control(struct ixgbe *dev)
{
	ixgbe_write(dev, IXGBE_FCCFG, 0);
	ixgbe_change(dev, IXGBE_MFLCN, MFLCN_RFCE | MFLCN_RPFCE, MFLCN_DPF);
	ixgbe_change(dev, IXGBE_PCS1GANA, PCS1GANA_PAUSE, 0);
	for (unsigned n = 0; n < 4; n++)
		ixgbe_write(dev, IXGBE_FCTTV(n), 0);
	for (unsigned n = 0; n < IXGBE_PACKET_BUFFERS; n++) {
		ixgbe_write(dev, IXGBE_FCRTL(n), 0);
		ixgbe_write(dev, IXGBE_FCRTH(n), n ? 0 : (RX_BUFFER_KB << 10) - FCRTH_BELOW_BUFFER);
	}
	ixgbe_write(dev, IXGBE_FCRTV, 0);
}

static void init_mac(struct ixgbe *dev)
{
	uint16_t mtu = dev->netdev.mtu;

	ixgbe_change(dev, IXGBE_HLREG0, HLREG0_LPBK | HLREG0_JUMBOEN,
		     HLREG0_TXCRCEN | HLREG0_RXCRCSTRP | HLREG0_TXPADEN |
			     (mtu > STANDARD_MTU ? HLREG0_JUMBOEN : 0));
	ixgbe_change(dev, IXGBE_MAXFRS, MAXFRS_MFS_MASK, MAXFRS_MFS(mtu + ETHERNET_OVERHEAD));
}

void ixgbe_mac_init(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_RTTDCS, 0, RTTDCS_ARBDIS);
	init_packet_buffers(dev);
	ixgbe_write(dev, IXGBE_MTQC, 0);
	ixgbe_write(dev, IXGBE_DTXMXSZRQ, DTXMXSZRQ_MAX);
	ixgbe_change(dev, IXGBE_RTTDCS, RTTDCS_ARBDIS, 0);
	init_flow_control(dev);
	init_mac(dev);
}

/*
 * The MAC's loopback lies behind its link, which is forced up meanwhile. A reset ends both: see
 * init_mac() and ixgbe_link_start().
 */
void ixgbe_set_loopback(struct netdev *netdev, bool on)
{
	struct ixgbe *dev = ixgbe_of(netdev);

	if (!dev->started || ixgbe_is_removed(dev) || ixgbe_lock_link(dev))
		return;
	ixgbe_change(dev, IXGBE_AUTOC, AUTOC_FLU, on ? AUTOC_FLU : 0);
	ixgbe_unlock_link(dev);
	ixgbe_change(dev, IXGBE_HLREG0, HLREG0_LPBK, on ? HLREG0_LPBK : 0);
	ixgbe_link_update(dev);
}
