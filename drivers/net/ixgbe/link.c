// SPDX-License-Identifier: BSD-2-Clause
/*
 * The link (DS 3.7): SFI for SFP+, at the speed of the module, or the backplane's mode that the NVM
 * chose for the board.
 */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define NVM_CAPABILITIES         0x2C
#define CAPABILITY_NO_CAGE_SENSE (1u << 7) /* "no crosstalk fix" in Linux's and DPDK's drivers */
#define RATE_SETTLE_US           40000     /* of a module after RS0, as Linux's and DPDK's wait */

/* Where the NVM makes SDP3 an input, the board has no TX_DISABLE there. */
static void set_laser(struct ixgbe *dev, bool on)
{
	if (dev->media != IXGBE_MEDIA_SFP || ixgbe_is_managed(dev))
		return;
	if (ixgbe_read(dev, IXGBE_ESDP) & ESDP_SDP3_OUT)
		ixgbe_change(dev, IXGBE_ESDP, ESDP_SDP3_LASER, on ? 0 : ESDP_SDP3_LASER);
}

/* RS0, which modules of one rate do not have; reference drivers leave it to the NVM for these. */
static void select_rate(struct ixgbe *dev)
{
	if (!dev->module.two_rates)
		return;
	ixgbe_change(dev, IXGBE_ESDP, 0, ESDP_SDP5_OUT | ESDP_SDP5_RATE);
	sleep_us(RATE_SETTLE_US);
}

/* The NVM's AUTOC for the board, but for pause, and a module's speed in the place of its mode. */
static uint32_t choose_autoc(const struct ixgbe *dev, uint32_t autoc)
{
	autoc &= ~(AUTOC_FLU | AUTOC_PAUSE);
	if (dev->media != IXGBE_MEDIA_SFP)
		return autoc;
	autoc &= ~AUTOC_LMS_MASK;
	return autoc | (dev->module.mbps == 1000 ? AUTOC_LMS_1G_AN : AUTOC_LMS_10G_SERIAL);
}

/* The MAC's pipeline restarts with the new analog settings: one toggle of LMS, then the old. */
static void restart_pipeline(struct ixgbe *dev, uint32_t autoc)
{
	uint32_t anlp1 = 0;

	ixgbe_write(dev, IXGBE_AUTOC, (autoc ^ AUTOC_LMS_BIT2) | AUTOC_AN_RESTART);
	for (unsigned i = 0; i < 10 && !(anlp1 & ANLP1_AN_STATE); i++) {
		sleep_us(4000);
		anlp1 = ixgbe_read(dev, IXGBE_ANLP1);
	}
	ixgbe_write(dev, IXGBE_AUTOC, autoc | AUTOC_AN_RESTART);
	ixgbe_read(dev, IXGBE_STATUS);
	if (!(anlp1 & ANLP1_AN_STATE) && !ixgbe_is_gone(dev, anlp1))
		log_warning("%s: ANLP1 is 0x%08x: auto-negotiation state stays 0 after a restart",
			    dev->netdev.name, anlp1);
}

void ixgbe_link_set(struct ixgbe *dev, bool up, uint32_t mbps)
{
	struct netdev_link *link = &dev->netdev.link;

	if (link->up == up && (!up || link->mbps == mbps))
		return;
	WRITE_ONCE(link->mbps, up ? mbps : 0);
	WRITE_ONCE(link->up, up);
	if (up)
		log_info("%s: link up, %u Mb/s", dev->netdev.name, mbps);
	else
		log_info("%s: link down", dev->netdev.name);
}

/* A link that management firmware uses is not restarted for nothing. */
static void configure(struct ixgbe *dev)
{
	uint32_t before = ixgbe_read(dev, IXGBE_AUTOC), autoc = choose_autoc(dev, before);

	if (ixgbe_lock_link(dev))
		return;
	ixgbe_change(dev, IXGBE_AUTOC2, AUTOC2_LINK_DISABLE, 0);
	if (autoc != before || dev->module.ready || !ixgbe_is_managed(dev))
		restart_pipeline(dev, autoc);
	ixgbe_unlock_link(dev);
}

void ixgbe_link_init(struct ixgbe *dev)
{
	uint16_t capabilities = CAPABILITY_NO_CAGE_SENSE;

	if (dev->media == IXGBE_MEDIA_SFP)
		ixgbe_nvm_read(dev, NVM_CAPABILITIES, &capabilities);
	dev->cage_sensed = !(capabilities & CAPABILITY_NO_CAGE_SENSE);
}

static void start_module(struct ixgbe *dev)
{
	select_rate(dev);
	configure(dev);
}

void ixgbe_link_start(struct ixgbe *dev)
{
	if (dev->media == IXGBE_MEDIA_SFP)
		ixgbe_module_init(dev);
	start_module(dev);
	set_laser(dev, true);
}

void ixgbe_link_stop(struct ixgbe *dev)
{
	set_laser(dev, false);
	ixgbe_link_set(dev, false, 0);
}

/* An empty cage may show a link by crosstalk. One forced up for loopback needs no module. */
static bool is_cage_empty(struct ixgbe *dev)
{
	return dev->cage_sensed && !(ixgbe_read(dev, IXGBE_ESDP) & ESDP_SDP2_CAGE) &&
	       !(ixgbe_read(dev, IXGBE_AUTOC) & AUTOC_FLU);
}

/* A new module may have a link with the settings for the old one, but a bad one. */
static bool is_module_to_be_set_up(const struct ixgbe *dev, bool up)
{
	if (dev->media != IXGBE_MEDIA_SFP)
		return false;
	return dev->module.replaced || (!up && !dev->module.ready);
}

void ixgbe_link_update(struct ixgbe *dev)
{
	static const uint32_t mbps[] = {0, 100, 1000, 10000};
	bool empty = is_cage_empty(dev), up;
	uint32_t links;

	ixgbe_read(dev, IXGBE_LINKS); /* latches what happened since the last reading */
	links = ixgbe_read(dev, IXGBE_LINKS);
	if (ixgbe_is_gone(dev, links))
		links = 0;
	up = (links & LINKS_UP) && !empty;
	ixgbe_link_set(dev, up, mbps[LINKS_SPEED(links)]);
	if (empty)
		dev->module = (struct ixgbe_module){.replaced = true, .mbps = 10000};
	else if (!dev->removed && is_module_to_be_set_up(dev, up) && ixgbe_module_init(dev))
		start_module(dev);
}
