// SPDX-License-Identifier: BSD-2-Clause
/*
 * Management firmware: a baseboard controller that has its network through this port (NC-SI or
 * SMBus) keeps its link while we start, reset and stop, as Linux's and DPDK's drivers see to.
 */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

/* A removed NIC has none: its mode reads as all ones. */
bool ixgbe_is_managed(const struct ixgbe *dev)
{
	uint32_t fwsm = ixgbe_read(dev, IXGBE_FWSM);
	uint32_t manc = ixgbe_read(dev, IXGBE_MANC);
	uint32_t factps = ixgbe_read(dev, IXGBE_FACTPS);

	return (fwsm & FWSM_MODE_MASK) == FWSM_MODE_PASS_THROUGH && (manc & MANC_RCV_TCO_EN) &&
	       !(factps & FACTPS_MNGCG);
}

int ixgbe_lock_link(struct ixgbe *dev)
{
	uint32_t mmngc = ixgbe_read(dev, IXGBE_MMNGC);

	if (!(mmngc & MMNGC_VETO)) {
		dev->veto_told = false;
		return ixgbe_acquire(dev, GSSR_MAC_CSR);
	}
	if (ixgbe_is_removed(dev))
		return -ENODEV;
	if (!dev->veto_told)
		log_warning("%s: MMNGC is 0x%08x: management firmware forbids changes of the link; "
			    "it stays as it is",
			    dev->netdev.name, mmngc);
	dev->veto_told = true;
	return -EPERM;
}

void ixgbe_unlock_link(struct ixgbe *dev)
{
	ixgbe_release(dev, GSSR_MAC_CSR);
}
