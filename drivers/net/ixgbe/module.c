// SPDX-License-Identifier: BSD-2-Clause
/* The SFP+ module: what it is (SFF-8472), and what the NVM says the card needs for it. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"

#define SFF_IDENTIFIER     0x00
#define SFF_10G_CODES      0x03
#define SFF_CABLE          0x08
#define SFF_IDENTIFIER_SFP 0x03
#define SFF_10G_SR         0x10
#define SFF_10G_LR         0x20
#define SFF_CABLE_PASSIVE  0x04
#define SFF_CABLE_ACTIVE   0x08

#define SFP_TRIES 3

#define NVM_SFP_LIST  0x2B
#define NVM_LIST_END  0xFFFF
#define NVM_LIST_MOST 64 /* entries or words; an NVM without an end must not hold us */

/* Identifiers in the NVM's list, for port 0; port 1 has the next number. */
enum module_kind {
	MODULE_UNKNOWN = 0,
	MODULE_PASSIVE_CABLE = 3,
	MODULE_SR_LR = 5,
	MODULE_ACTIVE_CABLE = 7,
};

struct module {
	uint8_t identifier, codes_10g, cable;
};

static const char *kind_name(enum module_kind kind)
{
	switch (kind) {
	case MODULE_PASSIVE_CABLE:
		return "passive cable";
	case MODULE_ACTIVE_CABLE:
		return "active cable";
	case MODULE_SR_LR:
		return "10GBASE-SR or -LR";
	default:
		return "unknown";
	}
}

static enum module_kind classify(const struct module *module)
{
	if (module->identifier != SFF_IDENTIFIER_SFP)
		return MODULE_UNKNOWN;
	if (module->cable & SFF_CABLE_PASSIVE)
		return MODULE_PASSIVE_CABLE;
	if (module->cable & SFF_CABLE_ACTIVE)
		return MODULE_ACTIVE_CABLE;
	if (module->codes_10g & (SFF_10G_SR | SFF_10G_LR))
		return MODULE_SR_LR;
	return MODULE_UNKNOWN;
}

static int read_byte(struct ixgbe *dev, uint8_t offset, uint8_t *value)
{
	int err = -ENODEV;

	for (unsigned i = 0; i < SFP_TRIES && err; i++)
		err = ixgbe_sfp_read(dev, offset, value);
	return err;
}

static int read_module(struct ixgbe *dev, struct module *module)
{
	uint32_t phy = GSSR_PHY(dev->port);
	int err = ixgbe_acquire(dev, phy);

	if (err)
		return err;
	err = read_byte(dev, SFF_IDENTIFIER, &module->identifier);
	if (!err)
		err = read_byte(dev, SFF_10G_CODES, &module->codes_10g);
	if (!err)
		err = read_byte(dev, SFF_CABLE, &module->cable);
	ixgbe_release(dev, phy);
	return err;
}

/* Finds the NVM's words for this kind of module on this port. */
static int find_settings(struct ixgbe *dev, enum module_kind kind, uint16_t *settings)
{
	uint16_t list, id;
	int err = ixgbe_nvm_read(dev, NVM_SFP_LIST, &list);

	if (err)
		return err;
	if (list == 0 || list == NVM_LIST_END)
		return -ENOENT;
	for (uint32_t i = 0; i < NVM_LIST_MOST; i++) {
		err = ixgbe_nvm_read(dev, list + 1u + 2u * i, &id);
		if (err)
			return err;
		if (id == NVM_LIST_END)
			break;
		if (id == (uint16_t)kind + dev->port)
			return ixgbe_nvm_read(dev, list + 2u + 2u * i, settings);
	}
	return -ENOENT;
}

/* Writes the words after the first at settings into CORECTL. */
static int load_settings(struct ixgbe *dev, uint16_t settings)
{
	uint16_t value;
	int err = ixgbe_acquire(dev, GSSR_MAC_CSR);

	if (err)
		return err;
	for (uint32_t i = 1; i < NVM_LIST_MOST; i++) {
		err = ixgbe_nvm_read(dev, settings + i, &value);
		if (err || value == NVM_LIST_END)
			break;
		ixgbe_write(dev, IXGBE_CORECTL, value);
	}
	ixgbe_release(dev, GSSR_MAC_CSR);
	return err;
}

/* The MAC's pipeline restarts with the new analog settings: one toggle of LMS, then the old. */
static int toggle_pipeline(struct ixgbe *dev)
{
	uint32_t autoc = ixgbe_read(dev, IXGBE_AUTOC);
	uint32_t anlp1 = 0;

	ixgbe_change(dev, IXGBE_AUTOC2, AUTOC2_LINK_DISABLE, 0);
	ixgbe_write(dev, IXGBE_AUTOC, (autoc ^ AUTOC_LMS_BIT2) | AUTOC_AN_RESTART);
	for (unsigned i = 0; i < 10 && !(anlp1 & ANLP1_AN_STATE); i++) {
		sleep_us(4000);
		anlp1 = ixgbe_read(dev, IXGBE_ANLP1);
	}
	ixgbe_write(dev, IXGBE_AUTOC, autoc | AUTOC_AN_RESTART);
	ixgbe_read(dev, IXGBE_STATUS);
	if (ixgbe_is_gone(dev, anlp1))
		return -ENODEV;
	if (anlp1 & ANLP1_AN_STATE)
		return 0;
	log_warning("%s: ANLP1 is 0x%08x: auto-negotiation state stays 0 after a restart",
		    dev->netdev.name, anlp1);
	return -ETIMEDOUT;
}

/* Under management firmware's veto the pipeline goes on as it is, which is no error. */
static int restart_pipeline(struct ixgbe *dev)
{
	int err = ixgbe_lock_link(dev);

	if (err)
		return err == -EPERM ? 0 : err;
	err = toggle_pipeline(dev);
	ixgbe_unlock_link(dev);
	return err;
}

/* Messages about the same module are given once; it is looked at again after each reset. */
static void note_unfit(struct ixgbe *dev, const struct module *module, const char *why)
{
	if (!dev->module_unfit && !ixgbe_is_removed(dev))
		log_warning("%s: SFP module (identifier 0x%02x, 10G codes 0x%02x, cable 0x%02x): "
			    "%s; the link may stay down",
			    dev->netdev.name, module->identifier, module->codes_10g, module->cable,
			    why);
	dev->module_unfit = true;
}

void ixgbe_module_init(struct ixgbe *dev)
{
	struct module module = {0};
	enum module_kind kind;
	uint16_t settings;

	dev->module_present = false;
	if (dev->media != IXGBE_MEDIA_SFP || read_module(dev, &module)) {
		dev->module_unfit = false;
		return;
	}
	kind = classify(&module);
	if (kind == MODULE_UNKNOWN) {
		note_unfit(dev, &module, "neither 10GBASE-SR, -LR nor a direct-attach cable");
		return;
	}
	if (find_settings(dev, kind, &settings)) {
		note_unfit(dev, &module, "the NVM has no settings for it");
		return;
	}
	if (load_settings(dev, settings) || restart_pipeline(dev)) {
		note_unfit(dev, &module, "its settings could not be loaded");
		return;
	}
	if (ixgbe_is_removed(dev))
		return;
	dev->module_present = true;
	dev->module_unfit = false;
	log_info("%s: SFP module: %s", dev->netdev.name, kind_name(kind));
}
