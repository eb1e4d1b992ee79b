/* SPDX-License-Identifier: BSD-2-Clause */
/* Vital product data: what the card is and its serial number (PCI 3.0 section 6.4, appendix I). */
#include <stdio.h>
#include <string.h>

#include "tools/i82599/device.h"

#define TAG_NAME 0x82u
#define TAG_READ 0x90u /* fields that software cannot write */
#define TAG_END  0x78u
#define NAME     "Sluice's emulated 82599"
#define HEADER   3u

static unsigned put_field(uint8_t *at, const char *keyword, const char *text)
{
	unsigned len = (unsigned)strlen(text);

	memcpy(at, keyword, 2);
	at[2] = (uint8_t)len;
	memcpy(at + HEADER, text, len);
	return HEADER + len;
}

static unsigned put_tag(uint8_t *at, uint8_t tag, unsigned len)
{
	at[0] = tag;
	at[1] = (uint8_t)len;
	at[2] = (uint8_t)(len >> 8);
	return HEADER + len;
}

/* The byte that makes the sum of all up to itself 0. */
static uint8_t balance(const uint8_t *data, unsigned len)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < len; i++)
		sum += data[i];
	return (uint8_t)-sum;
}

/* Names the card, by its part (its device id) and its serial number, which is its address. */
void nic_build_vpd(struct i82599 *dev)
{
	const uint8_t *mac = dev->config.mac;
	char part[8], serial[16];
	unsigned at, begin;

	snprintf(part, sizeof(part), "%04X", dev->config.device_id);
	snprintf(serial, sizeof(serial), "%02X%02X%02X%02X%02X%02X", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	memset(dev->vpd, 0, sizeof(dev->vpd));
	at = put_tag(dev->vpd, TAG_NAME, sizeof(NAME) - 1);
	memcpy(dev->vpd + HEADER, NAME, sizeof(NAME) - 1);
	begin = at;
	at += HEADER;
	at += put_field(dev->vpd + at, "PN", part);
	at += put_field(dev->vpd + at, "SN", serial);
	at += put_field(dev->vpd + at, "RV", "");
	dev->vpd[at - 1] = 1;
	put_tag(dev->vpd + begin, TAG_READ, at + 1 - begin - HEADER);
	dev->vpd[at] = balance(dev->vpd, at);
	dev->vpd[at + 1] = TAG_END;
}

/* Four bytes from a multiple of 4 on; 0 behind the end. */
uint32_t nic_vpd_read(const struct i82599 *dev, unsigned address)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4 && (address | 3) < sizeof(dev->vpd); i++)
		value |= (uint32_t)dev->vpd[(address & ~3u) + i] << (8 * i);
	return value;
}
