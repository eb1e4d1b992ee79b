/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames the receiver takes: unicast, multicast, broadcast and VLAN (DS 7.1.1). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

/* Keep the list of valid receive addresses, so that filtering need not look at all 128. */
void nic_update_addresses(struct i82599 *dev)
{
	dev->rar_count = 0;
	for (unsigned n = 0; n < NIC_QUEUES; n++) {
		if (nic_reg(dev, R_RAH + 8 * n) & RAH_AV)
			dev->rar_active[dev->rar_count++] = (uint8_t)n;
	}
}

void nic_address_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value;
	(void)old;
	nic_update_addresses(dev);
}

void nic_update_ethertypes(struct i82599 *dev)
{
	dev->etqf_active = 0;
	for (unsigned n = 0; n < 8; n++) {
		if (nic_reg(dev, R_ETQF + 4 * n) & ETQF_ENABLE)
			dev->etqf_active |= 1u << n;
	}
}

void nic_etqf_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	nic_update_ethertypes(dev);
}

static bool is_own_address(const struct i82599 *dev, const uint8_t *mac)
{
	uint32_t low =
		mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
	uint32_t high = mac[4] | (uint32_t)mac[5] << 8;

	for (unsigned i = 0; i < dev->rar_count; i++) {
		unsigned n = dev->rar_active[i];

		if (nic_reg(dev, R_RAL + 8 * n) == low &&
		    (nic_reg(dev, R_RAH + 8 * n) & 0xffff) == high)
			return true;
	}
	return false;
}

/* 12 bits of the address, chosen by MCSTCTRL.MO (DS 8.2.3.7.6), index the 4096-bit table. */
static bool in_multicast_table(const struct i82599 *dev, const uint8_t *mac)
{
	static const uint8_t shift[4] = {4, 3, 2, 0};
	uint32_t mcstctrl = nic_reg(dev, R_MCSTCTRL);
	uint32_t hash = ((mac[4] | (uint32_t)mac[5] << 8) >> shift[mcstctrl & 3]) & 0xfff;

	return mcstctrl & MCSTCTRL_MFE && nic_reg(dev, R_MTA + hash / 32 * 4) >> (hash & 31) & 1;
}

static bool accepts_address(const struct i82599 *dev, const uint8_t *mac)
{
	static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};
	uint32_t fctrl = nic_reg(dev, R_FCTRL);

	if (!memcmp(mac, broadcast, 6))
		return fctrl & FCTRL_BAM;
	if (mac[0] & 1)
		return fctrl & FCTRL_MPE || in_multicast_table(dev, mac) ||
		       is_own_address(dev, mac);
	return fctrl & FCTRL_UPE || is_own_address(dev, mac);
}

static bool accepts_vlan(const struct i82599 *dev, const struct nic_parsed *p)
{
	uint32_t ctl = nic_reg(dev, R_VLNCTRL);
	unsigned vid = p->tag & 0xfff;

	if (!p->tagged || !(ctl & VLNCTRL_VFE))
		return true;
	if (ctl & VLNCTRL_CFIEN && !(ctl & VLNCTRL_CFI) != !(p->tag & 0x1000))
		return false;
	return nic_reg(dev, R_VFTA + vid / 32 * 4) >> (vid & 31) & 1;
}

bool nic_filter_accepts(struct i82599 *dev, const struct nic_parsed *p, const uint8_t *frame)
{
	return accepts_address(dev, frame) && accepts_vlan(dev, p);
}
