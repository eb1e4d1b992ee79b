// SPDX-License-Identifier: BSD-2-Clause
/* The link: 10 Gb/s serial for SFP+, auto-negotiation for KX4/KX/KR backplanes (DS 3.7). */
#include "drivers/net/ixgbe/device.h"

#include "kernel/log.h"

static void set_laser(struct ixgbe *dev, bool on)
{
	if (dev->media == IXGBE_MEDIA_SFP && !ixgbe_is_managed(dev))
		ixgbe_change(dev, IXGBE_ESDP, ESDP_SDP3_LASER,
			     ESDP_SDP3_OUT | (on ? 0 : ESDP_SDP3_LASER));
}

static void configure_serial(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_AUTOC2, AUTOC2_10G_SERIAL_MASK | AUTOC2_LINK_DISABLE,
		     AUTOC2_10G_SERIAL_SFI);
	ixgbe_change(dev, IXGBE_AUTOC, AUTOC_FLU | AUTOC_LMS_MASK | AUTOC_PAUSE,
		     AUTOC_LMS_10G_SERIAL);
}

/* Keeps the abilities (KX4, KX, KR) that the NVM chose for the board, but for pause. */
static void configure_backplane(struct ixgbe *dev)
{
	ixgbe_change(dev, IXGBE_AUTOC2, AUTOC2_LINK_DISABLE, 0);
	ixgbe_change(dev, IXGBE_AUTOC, AUTOC_FLU | AUTOC_LMS_MASK | AUTOC_PAUSE,
		     AUTOC_LMS_KX4_KX_KR);
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
	uint32_t before = ixgbe_read(dev, IXGBE_AUTOC), autoc;

	if (dev->media == IXGBE_MEDIA_SFP)
		configure_serial(dev);
	else
		configure_backplane(dev);
	autoc = ixgbe_read(dev, IXGBE_AUTOC);
	if (autoc != before || !ixgbe_is_managed(dev))
		ixgbe_write(dev, IXGBE_AUTOC, autoc | AUTOC_AN_RESTART);
}

void ixgbe_link_start(struct ixgbe *dev)
{
	if (!ixgbe_lock_link(dev)) {
		configure(dev);
		ixgbe_unlock_link(dev);
	}
	ixgbe_module_init(dev);
	set_laser(dev, true);
}

void ixgbe_link_stop(struct ixgbe *dev)
{
	set_laser(dev, false);
	ixgbe_link_set(dev, false, 0);
}

void ixgbe_link_update(struct ixgbe *dev)
{
	static const uint32_t mbps[] = {0, 100, 1000, 10000};
	uint32_t links;

	ixgbe_read(dev, IXGBE_LINKS); /* latches what happened since the last reading */
	links = ixgbe_read(dev, IXGBE_LINKS);
	if (ixgbe_is_gone(dev, links))
		links = 0;
	ixgbe_link_set(dev, links & LINKS_UP, mbps[LINKS_SPEED(links)]);
	if (!(links & LINKS_UP) && dev->media == IXGBE_MEDIA_SFP && !dev->module_present)
		ixgbe_module_init(dev);
}
