/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NIC's firmware as software sees it: the semaphores that it shares (DS 10.5.4), and management
 * traffic of a baseboard controller, which must not lose its link to a driver.
 */
#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

static bool passes_traffic(const struct i82599 *dev)
{
	return dev->management != I82599_UNMANAGED;
}

/* Management's registers belong to the firmware: a software reset does not change them. */
void nic_update_firmware(struct i82599 *dev)
{
	dev->reg[R_FWSM / 4] = FWSM_VALID | (passes_traffic(dev) ? FWSM_PASS_THROUGH : 0);
	dev->reg[R_MANC / 4] = passes_traffic(dev) ? MANC_RCV_TCO_EN : 0;
	dev->reg[R_MMNGC / 4] = dev->management == I82599_VETO ? MMNGC_VETO : 0;
}

/* The driver takes the link that management firmware has, or would have. */
void nic_link_taken(struct i82599 *dev, const char *how)
{
	if (passes_traffic(dev) && dev->carrier && !dev->removed)
		nic_defect(dev, DEFECT_MANAGEMENT_LINK, "%s, but management firmware uses the link",
			   how);
}

void nic_check_veto(struct i82599 *dev, uint32_t autoc)
{
	if (dev->management == I82599_VETO)
		nic_defect(dev, DEFECT_MANAGEMENT_VETO, "AUTOC written with %08x, MMNGC.VETO is 1",
			   autoc);
}

/* Reading takes SMBI: the reader who saw 0 owns it (DS 8.2.3.4.11). */
uint32_t nic_read_swsm(struct i82599 *dev, unsigned n)
{
	uint32_t value = nic_reg(dev, R_SWSM);

	(void)n;
	dev->reg[R_SWSM / 4] |= 1;
	return value;
}
