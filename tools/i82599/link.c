/* SPDX-License-Identifier: BSD-2-Clause */
/* Link state, its registers, the SDP pins and MDIO (DS 8.2.3.22, 3.7). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define SFP_DEVICE 0x10fb

static bool has_cage(const struct i82599 *dev)
{
	return dev->config.device_id == SFP_DEVICE;
}

static bool is_cage_full(const struct i82599 *dev)
{
	return has_cage(dev) && dev->module != I82599_NO_MODULE;
}

static bool laser_off(const struct i82599 *dev)
{
	uint32_t off = ESDP_SDP3 | ESDP_SDP3_DIR;

	if (!has_cage(dev))
		return false;
	return !is_cage_full(dev) ||
	       (!dev->config.no_tx_disable && (nic_reg(dev, R_ESDP) & off) == off);
}

static void update_light(struct i82599 *dev)
{
	bool on = !laser_off(dev) && !dev->removed;

	if (on == dev->light)
		return;
	dev->light = on;
	if (!on)
		nic_link_taken(dev, "the laser was switched off");
	if (dev->host.light)
		dev->host.light(dev->host.opaque, on);
}

bool nic_loopback(const struct i82599 *dev)
{
	return nic_reg(dev, R_HLREG0) & HLREG0_LPBK;
}

/* The PMA that the lane is wired for, and a link mode that both ends know. */
static bool receives(const struct i82599 *dev)
{
	if (AUTOC2_SERIAL(nic_reg(dev, R_AUTOC2)) != AUTOC2_SERIAL(dev->nvm_autoc2))
		return false;
	if (has_cage(dev))
		return nic_module_receives(dev);
	return LINK_MODE(nic_reg(dev, R_AUTOC)) == LINK_MODE(dev->nvm_autoc);
}

void nic_reset_link(struct i82599 *dev)
{
	nic_i2c_written(dev, 0, nic_reg(dev, R_I2CCTL), 0); /* the module knows of no reset */
	nic_load_nvm(dev);
	memcpy(dev->analog_used, dev->analog, sizeof(dev->analog));
	dev->module_settled = NIC_NEVER;
	nic_update_rate(dev);
	dev->link = dev->carrier && !laser_off(dev) && receives(dev);
	dev->link_latched_down = !dev->link;
	update_light(dev);
}

void nic_update_link(struct i82599 *dev)
{
	bool up = dev->carrier && !laser_off(dev) && receives(dev);

	if (up != dev->link) {
		dev->link = up;
		dev->link_latched_down |= !up;
		nic_other_event(dev, CAUSE_LSC);
	}
	nic_tx_link_changed(dev);
	update_light(dev);
}

void nic_module_has_settled(struct i82599 *dev)
{
	dev->module_settled = NIC_NEVER;
	nic_update_link(dev);
}

/* Inputs show their pin's level: SDP2 is the cage's sense, nothing drives the others. */
uint32_t nic_read_esdp(struct i82599 *dev, unsigned n)
{
	uint32_t value = nic_reg(dev, R_ESDP);
	uint32_t levels = is_cage_full(dev) && !dev->config.no_cage_sense ? ESDP_SDP2 : 0;
	uint32_t outputs = value >> 8 & ESDP_PINS;

	(void)n;
	return (value & ~ESDP_PINS) | (value & outputs) | (levels & ~outputs);
}

/* A pin's direction is the board's, which the NVM knows; but for RS0, which drivers turn round. */
void nic_esdp_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint32_t fixed = ESDP_DIR(ESDP_PINS & ~ESDP_SDP5);

	(void)n, (void)old;
	if ((value & fixed) != (dev->nvm_esdp & fixed))
		nic_defect(dev, DEFECT_SDP_DIRECTION, "ESDP written with %08x, the NVM has %08x",
			   value, dev->nvm_esdp);
	nic_update_rate(dev);
	nic_update_link(dev);
}

static unsigned get_mbps(const struct i82599 *dev)
{
	switch (LINK_MODE(nic_reg(dev, R_AUTOC))) {
	case LINK_MODE_1G:
	case LINK_MODE_1G_AN:
	case LINK_MODE_SGMII:
		return 1000;
	default:
		return 10000;
	}
}

i82599_time_t nic_ps_per_byte(const struct i82599 *dev)
{
	return 8 * I82599_PS_PER_US / get_mbps(dev);
}

/* UP latches low: the first read after a loss shows it (DS 8.2.3.22.20). */
uint32_t nic_read_links(struct i82599 *dev, unsigned n)
{
	bool noise = dev->config.crosstalk && !is_cage_full(dev);
	bool up = (dev->link && !dev->link_latched_down) || noise ||
		  nic_reg(dev, R_AUTOC) & AUTOC_FLU;
	uint32_t speed = get_mbps(dev) == 1000 ? LINKS_SPEED_1G : LINKS_SPEED_10G;
	bool an = LINK_MODE_AN(LINK_MODE(nic_reg(dev, R_AUTOC)));

	(void)n;
	dev->link_latched_down = !dev->link;
	return (up ? LINKS_UP | speed : 0) | (an && dev->carrier ? LINKS_KX_AN_COMP : 0);
}

void nic_link_control_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	nic_update_link(dev);
}

/* The pipeline starts with the analog settings that are there when it is restarted. */
void nic_autoc_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	nic_check_veto(dev, value);
	if (value & AUTOC_AN_RESTART) {
		memcpy(dev->analog_used, dev->analog, sizeof(dev->analog));
		nic_wait_begin(dev, I82599_WAIT_AUTONEG);
	}
	nic_link_control_written(dev, n, value, old);
}

/* One of 256 analog registers is written, or chosen to be read. */
void nic_corectl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint8_t *analog = &dev->analog[value >> 8 & 0xff];

	(void)n, (void)old;
	if (!(value & CORECTL_READ))
		*analog = (uint8_t)value;
	dev->reg[R_CORECTL / 4] = (value & ~0xffu) | *analog;
}

void nic_i2c_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	dev->reg[R_I2CCTL / 4] =
		nic_i2c_step(&dev->i2c, is_cage_full(dev) ? nic_module(dev) : NULL, value);
}

/* There is no PHY on the MDIO bus: every cycle completes, reads give 0. */
void nic_msca_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	dev->reg[0x04260 / 4] &= 0xffff;
}
