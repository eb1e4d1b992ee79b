/* SPDX-License-Identifier: BSD-2-Clause */
/* Link state, its registers, the SDP pins and MDIO (DS 8.2.3.22, 3.7). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define SFP_DEVICE      0x10fb
#define AUTOC_SFI       0xC09C6004u /* link mode 3: 10G serial */
#define AUTOC_BACKPLANE 0xC19D8284u /* link mode 4: KX4/KX/KR */

static bool has_module(const struct i82599 *dev)
{
	return dev->config.device_id == SFP_DEVICE;
}

static bool laser_off(const struct i82599 *dev)
{
	uint32_t off = ESDP_SDP3 | ESDP_SDP3_DIR;

	return has_module(dev) && (nic_reg(dev, R_ESDP) & off) == off;
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

static void load_address(struct i82599 *dev)
{
	const uint8_t *mac = dev->config.mac;

	dev->reg[R_RAL / 4] =
		mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
	dev->reg[R_RAH / 4] = mac[4] | (uint32_t)mac[5] << 8 | RAH_AV;
}

void nic_reset_link(struct i82599 *dev)
{
	memset(&dev->i2c, 0, sizeof(dev->i2c));
	dev->i2c.scl = dev->i2c.sda = true;
	dev->reg[R_AUTOC / 4] = has_module(dev) ? AUTOC_SFI : AUTOC_BACKPLANE;
	if (has_module(dev))
		dev->reg[R_ESDP / 4] = ESDP_SDP3_DIR;
	load_address(dev);
	dev->link = dev->carrier;
	dev->link_latched_down = !dev->link;
	update_light(dev);
}

void nic_update_link(struct i82599 *dev)
{
	bool up = dev->carrier && !laser_off(dev);

	if (up != dev->link) {
		dev->link = up;
		dev->link_latched_down |= !up;
		nic_other_event(dev, CAUSE_LSC);
	}
	nic_tx_link_changed(dev);
	update_light(dev);
}

uint32_t nic_read_esdp(struct i82599 *dev, unsigned n)
{
	uint32_t value = nic_reg(dev, R_ESDP);

	(void)n;
	if (!(value & ESDP_SDP2 << 8)) /* an input: module present */
		value = has_module(dev) ? value | ESDP_SDP2 : value & ~ESDP_SDP2;
	return value;
}

/* UP latches low: the first read after a loss shows it (DS 8.2.3.22.20). */
uint32_t nic_read_links(struct i82599 *dev, unsigned n)
{
	bool up = (dev->link && !dev->link_latched_down) || nic_reg(dev, R_AUTOC) & AUTOC_FLU;
	bool an = LINK_MODE_AN(LINK_MODE(nic_reg(dev, R_AUTOC)));

	(void)n;
	dev->link_latched_down = !dev->link;
	return (up ? LINKS_UP | LINKS_SPEED_10G : 0) | (an && dev->carrier ? LINKS_KX_AN_COMP : 0);
}

void nic_link_control_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	nic_update_link(dev);
}

void nic_i2c_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	dev->reg[R_I2CCTL / 4] = nic_i2c_step(&dev->i2c, has_module(dev), value);
}

/* There is no PHY on the MDIO bus: every cycle completes, reads give 0. */
void nic_msca_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	dev->reg[0x04260 / 4] &= 0xffff;
}
