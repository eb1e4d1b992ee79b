/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVM image and its read register (DS 6). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define NVM_SUM       0xBABA
#define NVM_CHECKSUM  0x3F
#define NVM_ERASED    0xFFFF
#define NVM_FW_MODULE 0x0100
#define NVM_FW_LESM   0x0110
#define NVM_FW_PASS   0x0120
#define NVM_SFP_LIST  0x0140
#define NVM_SFP_BLOCK 0x0150

static const struct {
	uint16_t word, value;
} image[] = {
	{0x00, 0},
	{0x01, 0},
	{0x02, 0},
	{0x0F, NVM_FW_MODULE},
	{0x15, 0xE666},
	{0x16, 0x0001}, /* board assembly number */
	{0x2B, NVM_SFP_LIST},
	{0x2C, 0x0083}, /* any SFP, no FCoE, no crosstalk check */
	{0x2D, 0x0001},
	{0x2E, 0x8000}, /* image identifier */
	{NVM_FW_MODULE + 2, NVM_FW_LESM},
	{NVM_FW_MODULE + 4, NVM_FW_PASS},
	{NVM_FW_LESM + 1, 0x0000}, /* link management by firmware: off */
	{NVM_FW_PASS + 7, 0x0006}, /* firmware version: above 5 */
	{NVM_SFP_LIST, 0},
	{NVM_SFP_LIST + 1, 3},
	{NVM_SFP_LIST + 2, NVM_SFP_BLOCK}, /* passive cable, LAN 0 */
	{NVM_SFP_LIST + 3, 4},
	{NVM_SFP_LIST + 4, NVM_SFP_BLOCK}, /* passive cable, LAN 1 */
	{NVM_SFP_BLOCK, 1},
	{NVM_SFP_BLOCK + 1, 0x0000},
	{0x0E, 0x0000}, /* no CSR configuration for LAN 1; 0D, for LAN 0, is FFFF: none either */
};

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
	{0x09, 0x0260, 8},          /* core, LAN 0 */
	{0x0A, 0x0270, 8},          /* core, LAN 1 */
	{0x0B, 0x0280, 7},          /* MAC, LAN 0 */
	{0x0C, 0x0290, 7},          /* MAC, LAN 1 */
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
	memset(dev->nvm, 0xff, sizeof(dev->nvm));
	for (unsigned i = 0; i < sizeof(image) / sizeof(image[0]); i++)
		dev->nvm[image[i].word] = image[i].value;
	build_sections(dev->nvm);
	dev->nvm[NVM_CHECKSUM] =
		(uint16_t)(NVM_SUM - sum_nvm(dev->nvm) + (dev->config.bad_nvm_checksum ? 1 : 0));
}

void nic_eerd_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	uint32_t word = value >> 2 & 0x3fff;

	(void)n;
	if (!(value & EERD_START)) {
		dev->reg[R_EERD / 4] = old;
		return;
	}
	dev->reg[R_EERD / 4] =
		word << 2 | EERD_DONE | (uint32_t)dev->nvm[word % NIC_NVM_WORDS] << 16;
}

/* The grant follows the request (DS 8.2.3.2.1). */
void nic_eec_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	dev->reg[R_EEC / 4] &= ~EEC_GNT;
	if (value & EEC_REQ)
		dev->reg[R_EEC / 4] |= EEC_GNT;
}
