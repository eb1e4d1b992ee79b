/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVM image, its read register and the software/firmware semaphore (DS 6, 10.4). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define NVM_SUM       0xBABA
#define NVM_CHECKSUM  0x3F
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
};

void nic_build_nvm(struct i82599 *dev)
{
	uint16_t sum = 0;

	memset(dev->nvm, 0xff, sizeof(dev->nvm));
	for (unsigned i = 0; i < sizeof(image) / sizeof(image[0]); i++)
		dev->nvm[image[i].word] = image[i].value;
	for (unsigned w = 0; w < NVM_CHECKSUM; w++)
		sum = (uint16_t)(sum + dev->nvm[w]);
	dev->nvm[NVM_CHECKSUM] = (uint16_t)(NVM_SUM - sum + (dev->config.bad_nvm_checksum ? 1 : 0));
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

/* Reading takes SMBI: the reader who saw 0 owns it (DS 8.2.3.4.11). */
uint32_t nic_read_swsm(struct i82599 *dev, unsigned n)
{
	uint32_t value = nic_reg(dev, R_SWSM);

	(void)n;
	dev->reg[R_SWSM / 4] |= 1;
	return value;
}
