/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVM image and its read register (DS 6). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define NVM_SUM        0xBABA
#define NVM_CHECKSUM   0x3F
#define NVM_ERASED     0xFFFF
#define NVM_FW_MODULE  0x0100
#define NVM_FW_LESM    0x0110
#define NVM_FW_PASS    0x0120
#define NVM_SFP_LIST   0x0140
#define NVM_SFP_CABLE  0x0150
#define NVM_SFP_OPTICS 0x0158
#define NVM_CORE       0x0260
#define NVM_MAC        0x0280

/* Words of the sections that are loaded into registers. */
#define CORE_ADDRESS  1
#define CORE_SDP      7
#define MAC_LINK_MODE 1
#define MAC_AUTOC     4
#define MAC_AUTOC2    5

#define CAPS_ANY_SFP      0x0001u
#define CAPS_NO_FCOE      0x0002u
#define CAPS_NO_CROSSTALK 0x0080u

#define AUTOC_SFP       0xC09C6004u /* link mode 3: 10G serial */
#define AUTOC_BACKPLANE 0xC19D0284u /* all abilities; the link mode is the board's */
#define AUTOC2_SFI      0x000A0000u
#define AUTOC2_KR       0x00080000u

static const struct {
	uint16_t word, value;
} image[] = {
	{0x00, 0},
	{0x01, 0},
	{0x02, 0},
	{0x0E, 0x0000}, /* no CSR configuration for LAN 1; 0D, for LAN 0, is FFFF: none either */
	{0x0F, NVM_FW_MODULE},
	{0x15, 0xE666},
	{0x16, 0x0001}, /* board assembly number */
	{0x2B, NVM_SFP_LIST},
	{0x2C, CAPS_ANY_SFP | CAPS_NO_FCOE},
	{0x2D, 0x0001},
	{0x2E, 0x8000}, /* image identifier */
	{NVM_FW_MODULE + 2, NVM_FW_LESM},
	{NVM_FW_MODULE + 4, NVM_FW_PASS},
	{NVM_FW_LESM + 1, 0x0000}, /* link management by firmware: off */
	{NVM_FW_PASS + 7, 0x0006}, /* firmware version: above 5 */
};

/*
 * What CORECTL is to be written with, by kind of module: the list's identifiers are 3 and 4 for
 * passive cables at LAN 0 and 1, 5 and 6 for optics, which serve for active cables and 1G, too.
 */
static const uint16_t sfp_list[] = {
	0, 3, NVM_SFP_CABLE, 4, NVM_SFP_CABLE, 5, NVM_SFP_OPTICS, 6, NVM_SFP_OPTICS, 0xffff,
};
static const uint16_t sfp_cable[] = {4, 0x1104, 0x12A0, 0x1F07, 0xffff};
static const uint16_t sfp_optics[] = {4, 0x1102, 0x1250, 0x1F03, 0xffff};

/* Sections in the checksum (DS 6.1): the word that points there, the place, the words behind. */
static const struct {
	uint16_t pointer, at, length;
} sections[] = {
	{0x03, 0x0200, 5},          /* PCIe analog */
	{0x04, 0x0210, 0},          /* analog, LAN 0: empty */
	{0x05, 0x0220, NVM_ERASED}, /* analog, LAN 1: never written */
	{0x06, 0x0230, 11},         /* PCIe general */
	{0x07, 0x0240, 6},          /* PCIe configuration, LAN 0 */
	{0x08, 0x0250, 6},          /* PCIe configuration, LAN 1 */
	{0x09, NVM_CORE, 8},        /* core, LAN 0 */
	{0x0A, NVM_CORE + 16, 8},   /* core, LAN 1 */
	{0x0B, NVM_MAC, 7},         /* MAC, LAN 0 */
	{0x0C, NVM_MAC + 16, 7},    /* MAC, LAN 1 */
};

static void build_sections(uint16_t *nvm)
{
	for (unsigned i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		unsigned at = sections[i].at, length = sections[i].length;

		nvm[sections[i].pointer] = (uint16_t)at;
		nvm[at] = (uint16_t)length;
		for (unsigned n = 1; n <= length && length != NVM_ERASED; n++)
			nvm[at + n] = (uint16_t)(0x5A00 + at + n);
	}
}

static void build_core(struct i82599 *dev, uint16_t *core)
{
	const uint8_t *mac = dev->config.mac;
	bool tx_disable = dev->config.device_id == 0x10fb && !dev->config.no_tx_disable;

	for (unsigned i = 0; i < 3; i++)
		core[CORE_ADDRESS + i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
	core[CORE_SDP] = tx_disable ? ESDP_SDP3_DIR : 0;
}

static void build_mac(struct i82599 *dev, uint16_t *mac)
{
	bool sfp = dev->config.device_id == 0x10fb;
	uint32_t mode = dev->config.link_mode ? dev->config.link_mode : LINK_MODE_AUTO;
	uint32_t autoc = sfp ? AUTOC_SFP : AUTOC_BACKPLANE | mode << 13;

	mac[MAC_LINK_MODE] = (uint16_t)autoc;
	mac[MAC_AUTOC] = (uint16_t)(autoc >> 16);
	mac[MAC_AUTOC2] = (uint16_t)((sfp ? AUTOC2_SFI : AUTOC2_KR) >> 16);
}

/* Words 00 to 3E, and what stands behind the length of each section that words 03 to 0E name. */
static uint16_t sum_nvm(const uint16_t *nvm)
{
	unsigned sum = 0;

	for (unsigned w = 0; w < NVM_CHECKSUM; w++)
		sum += nvm[w];
	for (unsigned i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		for (unsigned n = 1; sections[i].length != NVM_ERASED && n <= sections[i].length;
		     n++)
			sum += nvm[sections[i].at + n];
	return (uint16_t)sum;
}

void nic_build_nvm(struct i82599 *dev)
{
	uint16_t *nvm = dev->nvm;

	memset(nvm, 0xff, sizeof(dev->nvm));
	for (unsigned i = 0; i < sizeof(image) / sizeof(image[0]); i++)
		nvm[image[i].word] = image[i].value;
	nvm[0x2C] |= dev->config.no_cage_sense ? CAPS_NO_CROSSTALK : 0;
	memcpy(&nvm[NVM_SFP_LIST], sfp_list, sizeof(sfp_list));
	memcpy(&nvm[NVM_SFP_CABLE], sfp_cable, sizeof(sfp_cable));
	memcpy(&nvm[NVM_SFP_OPTICS], sfp_optics, sizeof(sfp_optics));
	build_sections(nvm);
	for (unsigned lan = 0; lan < 2; lan++) {
		build_core(dev, &nvm[NVM_CORE + 16 * lan]);
		build_mac(dev, &nvm[NVM_MAC + 16 * lan]);
	}
	nvm[NVM_CHECKSUM] =
		(uint16_t)(NVM_SUM - sum_nvm(nvm) + (dev->config.bad_nvm_checksum ? 1 : 0));
}

/* What a reset loads: the address, the pins' directions and the link's mode (DS 6.3). */
void nic_load_nvm(struct i82599 *dev)
{
	const uint16_t *core = &dev->nvm[NVM_CORE], *mac = &dev->nvm[NVM_MAC];

	dev->reg[R_RAL / 4] = core[CORE_ADDRESS] | (uint32_t)core[CORE_ADDRESS + 1] << 16;
	dev->reg[R_RAH / 4] = core[CORE_ADDRESS + 2] | RAH_AV;
	dev->nvm_esdp = core[CORE_SDP];
	dev->nvm_autoc = mac[MAC_LINK_MODE] | (uint32_t)mac[MAC_AUTOC] << 16;
	dev->nvm_autoc2 = (uint32_t)mac[MAC_AUTOC2] << 16;
	dev->reg[R_ESDP / 4] = dev->nvm_esdp;
	dev->reg[R_AUTOC / 4] = dev->nvm_autoc;
	dev->reg[R_AUTOC2 / 4] = dev->nvm_autoc2;
}

const uint16_t *nic_nvm_settings(const struct i82599 *dev, enum nic_settings settings)
{
	return &dev->nvm[settings == NIC_SETTINGS_CABLE ? NVM_SFP_CABLE + 1 : NVM_SFP_OPTICS + 1];
}

void nic_eerd_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint32_t word = value >> 2 & 0x3fff;

	(void)n;
	if (!(value & EERD_START)) {
		dev->reg[R_EERD / 4] = old;
		return;
	}
	nic_wait_begin(dev, I82599_WAIT_NVM_READ);
	dev->reg[R_EERD / 4] =
		word << 2 | EERD_DONE | (uint32_t)dev->nvm[word % NIC_NVM_WORDS] << 16;
}

/* The grant follows the request (DS 8.2.3.2.1). */
void nic_eec_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	if (value & EEC_SK)
		nic_not_modelled(dev, NIC_NO_NVM_WRITE);
	dev->reg[R_EEC / 4] &= ~EEC_GNT;
	if (value & EEC_REQ)
		dev->reg[R_EEC / 4] |= EEC_GNT;
}
