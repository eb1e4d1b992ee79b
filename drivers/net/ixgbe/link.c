// SPDX-License-Identifier: BSD-2-Clause
/*
 * The link (DS 3.7): SFI for SFP+, at the speed of the module, or the backplane's mode that the NVM
 * chose for the board. There is no auto-negotiation of the speed by fibre: a module of two rates is
 * tried at each, as Linux's and DPDK's drivers do ("multispeed fiber").
 */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define NVM_CAPABILITIES         0x2C
#define CAPABILITY_NO_CAGE_SENSE (1u << 7) /* "no crosstalk fix" in Linux's and DPDK's drivers */

/* As long as Linux's and DPDK's drivers wait, or longer. */
#define RATE_SETTLE_US 40000  /* of a module after RS0 */
#define TRY_10G_US     500000 /* until the partner has set up its speed, too */
#define TRY_1G_US      200000
#define DARK_US        100 /* of a laser that tells its partner to look again */

/* Where the NVM makes SDP3 an input, the board has no TX_DISABLE there. */
static void set_laser(struct ixgbe *dev, bool on)
{
	if (dev->media != IXGBE_MEDIA_SFP || ixgbe_is_managed(dev))
		return;
	if (ixgbe_read(dev, IXGBE_ESDP) & ESDP_SDP3_OUT)
		ixgbe_change(dev, IXGBE_ESDP, ESDP_SDP3_LASER, on ? 0 : ESDP_SDP3_LASER);
}

static void set_rate_deadline(struct ixgbe *dev, uint32_t us)
{
	dev->module.rate_ticks = ticks_now() + us * ticks_per_us();
}

/* Until the other speed is tried. */
static void set_try_deadline(struct ixgbe *dev)
{
	set_rate_deadline(dev, dev->module.mbps == 10000 ? TRY_10G_US : TRY_1G_US);
}

/* RS0, which modules of one rate do not have; reference drivers leave it to the NVM for these. */
static void select_rate(struct ixgbe *dev, uint16_t mbps)
{
	uint32_t rate = mbps == 10000 ? ESDP_SDP5_RATE : 0;

	ixgbe_change(dev, IXGBE_ESDP, ESDP_SDP5_RATE, ESDP_SDP5_OUT | rate);
	dev->module.mbps = mbps;
	dev->module.settling = true;
	set_rate_deadline(dev, RATE_SETTLE_US);
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

/* A link that management firmware uses is not restarted for nothing. False: nor may it be. */
static bool configure(struct ixgbe *dev)
{
	uint32_t before = ixgbe_read(dev, IXGBE_AUTOC), autoc = choose_autoc(dev, before);

	if (ixgbe_lock_link(dev))
		return false;
	ixgbe_change(dev, IXGBE_AUTOC2, AUTOC2_LINK_DISABLE, 0);
	if (autoc != before || dev->module.ready || !ixgbe_is_managed(dev))
		restart_pipeline(dev, autoc);
	ixgbe_unlock_link(dev);
	return true;
}

/* A partner of two rates sees the light go and come, and tries its speeds from the first on. */
static void flap_laser(struct ixgbe *dev)
{
	if (dev->module.flapped)
		return;
	set_laser(dev, false);
	sleep_us(DARK_US);
	set_laser(dev, true);
	dev->module.flapped = true;
}

static void set_up_rate(struct ixgbe *dev)
{
	dev->module.settling = false;
	if (configure(dev))
		flap_laser(dev);
	set_try_deadline(dev);
}

/* The other speed, unless management firmware forbids changes of the link. */
static void try_next_rate(struct ixgbe *dev)
{
	set_rate_deadline(dev, TRY_10G_US);
	if (ixgbe_lock_link(dev))
		return;
	select_rate(dev, dev->module.mbps == 10000 ? 1000 : 10000);
	ixgbe_unlock_link(dev);
}

/*
 * Without a link 10 Gb/s and 1 Gb/s are tried in turns. A lost link has as long to come back. One
 * forced up for loopback is not disturbed.
 */
static void update_rate(struct ixgbe *dev, bool up)
{
	struct ixgbe_module *module = &dev->module;

	if (ixgbe_read(dev, IXGBE_AUTOC) & AUTOC_FLU)
		return;
	if (up && !module->settling)
		set_try_deadline(dev);
	else if (ticks_now() < module->rate_ticks)
		return;
	else if (module->settling)
		set_up_rate(dev);
	else if (module->ready)
		try_next_rate(dev);
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
	dev->module.flapped = false;
	if (dev->module.two_rates)
		select_rate(dev, 10000);
	else
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

uint32_t ixgbe_read_links(const struct ixgbe *dev)
{
	ixgbe_read(dev, IXGBE_LINKS); /* latches what happened since the last reading */
	return ixgbe_read(dev, IXGBE_LINKS);
}

void ixgbe_link_update(struct ixgbe *dev)
{
	static const uint32_t mbps[] = {0, 100, 1000, 10000};
	bool empty = is_cage_empty(dev), up;
	uint32_t links;

	links = ixgbe_read_links(dev);
	if (ixgbe_is_gone(dev, links))
		links = 0;
	up = (links & LINKS_UP) && !empty;
	ixgbe_link_set(dev, up, mbps[LINKS_SPEED(links)]);
	if (empty)
		dev->module = (struct ixgbe_module){.replaced = true, .mbps = 10000};
	else if (!dev->removed && is_module_to_be_set_up(dev, up) && ixgbe_module_init(dev))
		start_module(dev);
	else if (!dev->removed && dev->module.two_rates)
		update_rate(dev, up);
}
