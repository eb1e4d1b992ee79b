/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be in the SFP+ cage: its identification page (SFF-8472) and what its signal needs. */
#include <string.h>

#include "tools/i82599/device.h"

#define SFF_SR          0x10
#define SFF_LR          0x20
#define SFF_SX          0x01
#define SFF_LX          0x02
#define SFF_1000T       0x08
#define SFF_PASSIVE     0x04
#define SFF_ACTIVE      0x08
#define SFF_LIMITING    0x04
#define SFF_APPENDIX_E  0x01 /* of SFF-8431: what passive cables carry */
#define BASE_SUM        63   /* of bytes 0 to 62 */
#define EXTENDED        64
#define EXTENDED_SUM    95 /* of bytes 64 to 94 */
#define CONNECTOR_LC    0x07
#define CONNECTOR_CABLE 0x21
#define CONNECTOR_RJ45  0x22
#define SETTLE          (40 * 1000 * I82599_PS_PER_US) /* after a change of RS0 */
#define NOMINAL_10G     103                            /* 100 Mb/s */
#define NOMINAL_1G      13

static const struct nic_module modules[I82599_MODULES] = {
	[I82599_PASSIVE_CABLE] = {.name = "passive",
				  .part = "LAB-DAC",
				  .connector = CONNECTOR_CABLE,
				  .cable = SFF_PASSIVE,
				  .cable_spec = SFF_APPENDIX_E,
				  .settings = NIC_SETTINGS_CABLE,
				  .undemanding = true}, /* iPXE loads none, and has link */
	[I82599_ACTIVE_CABLE] = {.name = "active",
				 .part = "LAB-ACTIVE",
				 .connector = CONNECTOR_CABLE,
				 .cable = SFF_ACTIVE,
				 .cable_spec = 0x08, /* linear */
				 .settings = NIC_SETTINGS_LIMITING,
				 .undemanding = true},
	[I82599_LIMITING_CABLE] = {.name = "limiting",
				   .part = "LAB-LIMITING",
				   .connector = CONNECTOR_CABLE,
				   .cable = SFF_ACTIVE,
				   .cable_spec = SFF_LIMITING,
				   .settings = NIC_SETTINGS_LIMITING},
	[I82599_OPTICAL_CABLE] = {.name = "aoc",
				  .part = "LAB-AOC",
				  .connector = CONNECTOR_CABLE,
				  .cable = SFF_ACTIVE,
				  .cable_spec = SFF_LIMITING,
				  .codes_10g = SFF_SR,
				  .settings = NIC_SETTINGS_LIMITING},
	[I82599_SR] = {.name = "sr",
		       .part = "LAB-SR",
		       .connector = CONNECTOR_LC,
		       .codes_10g = SFF_SR,
		       .settings = NIC_SETTINGS_LIMITING},
	[I82599_LR] = {.name = "lr",
		       .part = "LAB-LR",
		       .connector = CONNECTOR_LC,
		       .codes_10g = SFF_LR,
		       .settings = NIC_SETTINGS_LIMITING},
	[I82599_SR_SX] = {.name = "sr+sx",
			  .part = "LAB-SR-SX",
			  .connector = CONNECTOR_LC,
			  .codes_10g = SFF_SR,
			  .codes_1g = SFF_SX,
			  .settings = NIC_SETTINGS_LIMITING,
			  .two_rates = true},
	[I82599_LR_LX] = {.name = "lr+lx",
			  .part = "LAB-LR-LX",
			  .connector = CONNECTOR_LC,
			  .codes_10g = SFF_LR,
			  .codes_1g = SFF_LX,
			  .settings = NIC_SETTINGS_LIMITING,
			  .two_rates = true},
	[I82599_10GBASE_T] = {.name = "10gbase-t",
			      .part = "LAB-10GBASE-T",
			      .connector = CONNECTOR_RJ45,
			      .settings = NIC_SETTINGS_LIMITING},
	[I82599_NO_CODES] = {.name = "no-codes",
			     .part = "LAB-MUTE",
			     .connector = CONNECTOR_LC,
			     .settings = NIC_SETTINGS_LIMITING},
	[I82599_SX] = {.name = "sx",
		       .part = "LAB-SX",
		       .connector = CONNECTOR_LC,
		       .codes_1g = SFF_SX,
		       .settings = NIC_SETTINGS_LIMITING,
		       .gigabit = true},
	[I82599_LX] = {.name = "lx",
		       .part = "LAB-LX",
		       .connector = CONNECTOR_LC,
		       .codes_1g = SFF_LX,
		       .settings = NIC_SETTINGS_LIMITING,
		       .gigabit = true},
	[I82599_1000BASE_T] = {.name = "1000base-t",
			       .part = "LAB-1000BASE-T",
			       .connector = CONNECTOR_RJ45,
			       .codes_1g = SFF_1000T,
			       .settings = NIC_SETTINGS_LIMITING,
			       .gigabit = true},
	[I82599_NO_MODULE] = {.name = "none"},
};

const char *i82599_module_name(enum i82599_module kind)
{
	return kind < I82599_MODULES ? modules[kind].name : "unknown";
}

const struct nic_module *nic_module(const struct i82599 *dev)
{
	return &modules[dev->module];
}

/* A field of text, filled up with spaces. */
static uint8_t text_byte(const char *text, unsigned n)
{
	return n < strlen(text) ? (uint8_t)text[n] : ' ';
}

static uint8_t sum_bytes(const struct nic_module *module, uint8_t from, uint8_t end)
{
	unsigned sum = 0;

	for (uint8_t at = from; at < end; at++)
		sum += nic_module_byte(module, at);
	return (uint8_t)sum;
}

/* Vendor, part, revision, serial number and date. False: the byte is none of a text's. */
static bool find_text(const struct nic_module *module, uint8_t offset, uint8_t *byte)
{
	const struct {
		uint8_t at, len;
		const char *text;
	} fields[] = {{20, 16, "Sluice"},
		      {40, 16, module->part},
		      {56, 4, "1"},
		      {68, 16, "1"},
		      {84, 8, "260101"}};

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (offset < fields[i].at || offset >= fields[i].at + fields[i].len)
			continue;
		*byte = text_byte(fields[i].text, (unsigned)offset - fields[i].at);
		return true;
	}
	return false;
}

uint8_t nic_module_byte(const struct nic_module *module, uint8_t offset)
{
	static const uint8_t intel[] = {0x00, 0x1b, 0x21};
	uint8_t byte;

	if (find_text(module, offset, &byte))
		return byte;
	if (offset >= 37 && offset < 40)
		return intel[offset - 37];
	switch (offset) {
	case 0:
		return 0x03; /* SFP */
	case 1:
		return 0x04; /* two-wire identification */
	case 2:
		return module->connector;
	case 3:
		return module->codes_10g;
	case 6:
		return module->codes_1g;
	case 8:
		return module->cable;
	case 12:
		return module->gigabit ? NOMINAL_1G : NOMINAL_10G;
	case 18:
		return module->cable ? 1 : 0; /* metres of copper */
	case 60:
		return module->cable_spec;
	case BASE_SUM:
		return sum_bytes(module, 0, BASE_SUM);
	case EXTENDED_SUM:
		return sum_bytes(module, EXTENDED, EXTENDED_SUM);
	default:
		return 0;
	}
}

/* RS0 is pulled low in the module: unless it is driven high, the module is in its lower rate. */
static bool is_rate_high(const struct i82599 *dev)
{
	uint32_t high = ESDP_SDP5 | ESDP_SDP5_DIR;

	return (nic_reg(dev, R_ESDP) & high) == high;
}

/* After each change of SDP5: the module needs time before its signal is good again. */
void nic_update_rate(struct i82599 *dev)
{
	bool high = is_rate_high(dev);

	if (high == dev->rate_high)
		return;
	dev->rate_high = high;
	if (nic_module(dev)->two_rates)
		dev->module_settled = dev->now + SETTLE;
}

/* True if the analog part of the port is set up as the NVM says for this module. */
static bool is_tuned(const struct i82599 *dev, const struct nic_module *module)
{
	static const uint8_t untouched[sizeof(dev->analog_used)];
	const uint16_t *word = nic_nvm_settings(dev, module->settings);

	if (module->undemanding && !memcmp(dev->analog_used, untouched, sizeof(untouched)))
		return true;
	for (; *word != 0xffff; word++)
		if (dev->analog_used[*word >> 8] != (uint8_t)*word)
			return false;
	return true;
}

/* What firmware that has a link of its own has done: the module's settings are in use. */
void nic_tune_module(struct i82599 *dev)
{
	for (const uint16_t *word = nic_nvm_settings(dev, nic_module(dev)->settings);
	     *word != 0xffff; word++)
		dev->analog[*word >> 8] = dev->analog_used[*word >> 8] = (uint8_t)*word;
	nic_update_link(dev);
}

bool nic_module_receives(const struct i82599 *dev)
{
	const struct nic_module *module = nic_module(dev);
	unsigned mode = LINK_MODE(nic_reg(dev, R_AUTOC));
	bool gigabit = module->gigabit || dev->config.partner_1g;

	if (dev->module == I82599_NO_MODULE || dev->module_settled != NIC_NEVER)
		return false;
	if (mode != (gigabit ? LINK_MODE_1G_AN : LINK_MODE_10G_SERIAL))
		return false;
	if (module->two_rates ? gigabit == dev->rate_high : gigabit != module->gigabit)
		return false;
	return is_tuned(dev, module);
}

void i82599_set_module(struct i82599 *dev, enum i82599_module module)
{
	i82599_run(dev);
	dev->module = module;
	dev->module_settled = NIC_NEVER;
	nic_reset_i2c(dev);
	nic_update_link(dev);
	i82599_run(dev);
}
