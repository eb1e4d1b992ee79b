// SPDX-License-Identifier: BSD-2-Clause
/*
 * The SFP+ module: what it is (SFF-8472), and the analog settings that the NVM has for its kind.
 * The kinds are told apart, and given settings, as Linux's and DPDK's ixgbe do; modules that these
 * refuse are set up as 10GBASE-SR.
 */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"

/* Offsets of SFF-8472's bytes, and the codes in them. */
#define SFF_IDENTIFIER     0x00
#define SFF_IDENTIFIER_SFP 0x03
#define SFF_10G_CODES      0x03
#define SFF_10G_SR         0x10
#define SFF_10G_LR         0x20
#define SFF_1G_CODES       0x06
#define SFF_1G_SX          0x01
#define SFF_1G_LX          0x02
#define SFF_1G_T           0x08
#define SFF_CABLE          0x08
#define SFF_CABLE_PASSIVE  0x04
#define SFF_CABLE_ACTIVE   0x08

#define SFP_TRIES 3

#define NVM_SFP_LIST  0x2B
#define NVM_LIST_END  0xFFFF
#define NVM_LIST_MOST 64 /* entries or words; an NVM without an end must not hold us */

/* Identifiers in the NVM's list, for port 0; port 1 has the next number. */
#define SETTINGS_CABLE  3
#define SETTINGS_OPTICS 5

/* A kind of module. The settings of optics serve for all that have no own ones in the NVM. */
struct kind {
	const char *name;
	uint16_t settings;
	uint16_t mbps;
	bool two_rates;
};

static const struct kind passive_cable = {"passive cable", SETTINGS_CABLE, 10000, false};
static const struct kind active_cable = {"active cable", SETTINGS_OPTICS, 10000, false};
static const struct kind unknown = {"unknown", SETTINGS_OPTICS, 10000, false};

/* Kinds with codes: those of two rates first, which have the codes of both. */
static const struct {
	uint8_t codes_10g, codes_1g;
	struct kind kind;
} optics[] = {
	{SFF_10G_SR, SFF_1G_SX, {"10GBASE-SR and 1000BASE-SX", SETTINGS_OPTICS, 10000, true}},
	{SFF_10G_LR, SFF_1G_LX, {"10GBASE-LR and 1000BASE-LX", SETTINGS_OPTICS, 10000, true}},
	{SFF_10G_SR, 0, {"10GBASE-SR", SETTINGS_OPTICS, 10000, false}},
	{SFF_10G_LR, 0, {"10GBASE-LR", SETTINGS_OPTICS, 10000, false}},
	{0, SFF_1G_T, {"1000BASE-T", SETTINGS_OPTICS, 1000, false}},
	{0, SFF_1G_SX, {"1000BASE-SX", SETTINGS_OPTICS, 1000, false}},
	{0, SFF_1G_LX, {"1000BASE-LX", SETTINGS_OPTICS, 1000, false}},
};

static const struct kind *classify(const struct ixgbe_sff *sff)
{
	if (sff->identifier != SFF_IDENTIFIER_SFP)
		return &unknown;
	if (sff->cable & SFF_CABLE_PASSIVE)
		return &passive_cable;
	if (sff->cable & SFF_CABLE_ACTIVE)
		return &active_cable;
	for (unsigned i = 0; i < ARRAY_SIZE(optics); i++)
		if ((sff->codes_10g & optics[i].codes_10g) == optics[i].codes_10g &&
		    (sff->codes_1g & optics[i].codes_1g) == optics[i].codes_1g)
			return &optics[i].kind;
	return &unknown;
}

static int read_byte(struct ixgbe *dev, uint8_t offset, uint8_t *value)
{
	int err = -ENODEV;

	for (unsigned i = 0; i < SFP_TRIES && err; i++)
		err = ixgbe_sfp_read(dev, offset, value);
	return err;
}

static int read_sff(struct ixgbe *dev, struct ixgbe_sff *sff)
{
	uint32_t phy = GSSR_PHY(dev->port);
	int err = ixgbe_acquire(dev, phy);

	if (err)
		return err;
	err = read_byte(dev, SFF_IDENTIFIER, &sff->identifier);
	if (!err)
		err = read_byte(dev, SFF_10G_CODES, &sff->codes_10g);
	if (!err)
		err = read_byte(dev, SFF_1G_CODES, &sff->codes_1g);
	if (!err)
		err = read_byte(dev, SFF_CABLE, &sff->cable);
	ixgbe_release(dev, phy);
	return err;
}

/* Finds the NVM's words for this kind of module on this port. */
static int find_settings(struct ixgbe *dev, const struct kind *kind, uint16_t *settings)
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
		if (id != kind->settings + dev->port)
			continue;
		err = ixgbe_nvm_read(dev, list + 2u + 2u * i, settings);
		return err || (*settings != 0 && *settings != NVM_LIST_END) ? err : -ENOENT;
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

static void warn(const struct ixgbe *dev, const char *what)
{
	const struct ixgbe_sff *sff = &dev->module.sff;

	log_warning("%s: SFP module (identifier 0x%02x, codes 10G 0x%02x, 1G 0x%02x, cable 0x%02x) "
		    "%s; the link may stay down",
		    dev->netdev.name, sff->identifier, sff->codes_10g, sff->codes_1g, sff->cable,
		    what);
}

static void describe(const struct ixgbe *dev, const struct kind *kind)
{
	if (kind == &unknown)
		warn(dev, "is of no known kind, so it is set up as 10GBASE-SR");
	else
		log_info("%s: SFP module: %s%s", dev->netdev.name, kind->name,
			 kind == &active_cable ? ", set up as 10GBASE-SR" : "");
}

/* What was said of a module is not said again, though it is looked at after each reset. */
static bool is_news(struct ixgbe *dev, const struct ixgbe_sff *sff)
{
	struct ixgbe_module *module = &dev->module;
	bool news = !module->known || memcmp(&module->sff, sff, sizeof(*sff)) != 0;

	module->known = true;
	module->replaced = false;
	module->sff = *sff;
	return news;
}

bool ixgbe_module_init(struct ixgbe *dev)
{
	struct ixgbe_module *module = &dev->module;
	struct ixgbe_sff sff = {0};
	const struct kind *kind;
	uint16_t settings;
	bool news;

	module->ready = module->two_rates = false;
	module->mbps = 10000;
	if (read_sff(dev, &sff)) {
		module->known = false;
		return false;
	}
	kind = classify(&sff);
	news = is_news(dev, &sff);
	module->two_rates = kind->two_rates;
	module->mbps = kind->mbps;
	if (find_settings(dev, kind, &settings)) {
		if (news && !ixgbe_is_removed(dev))
			warn(dev, "has no settings in the NVM");
		return false;
	}
	if (load_settings(dev, settings)) {
		if (news && !ixgbe_is_removed(dev))
			warn(dev, "has settings in the NVM that could not be loaded");
		return false;
	}
	if (ixgbe_is_removed(dev))
		return false;
	if (news)
		describe(dev, kind);
	module->ready = true;
	return true;
}
