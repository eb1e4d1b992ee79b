/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive-side scaling: the Toeplitz hash and the redirection table (DS 7.1.2.8). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

enum {
	RSS_NONE,
	RSS_TCP4,
	RSS_IP4,
	RSS_TCP6,
	RSS_IP6EX,
	RSS_IP6,
	RSS_TCP6EX,
	RSS_UDP4,
	RSS_UDP6
};

/* Bit number i of the key; byte 0 is bits 7:0 of RSSRK(0), most significant bit first. */
static unsigned key_bit(const struct i82599 *dev, unsigned i)
{
	unsigned byte = i / 8;
	uint32_t word = nic_reg(dev, R_RSSRK + byte / 4 * 4);

	return word >> (byte % 4 * 8 + 7 - i % 8) & 1;
}

/* The 32 key bits from bit i on. */
static uint32_t key_window(const struct i82599 *dev, unsigned i)
{
	uint32_t window = 0;

	for (unsigned b = 0; b < 32; b++)
		window = window << 1 | key_bit(dev, i + b);
	return window;
}

/* For each input byte position and value, what it adds to the hash. */
static void build_table(struct i82599 *dev)
{
	for (unsigned position = 0; position < 36; position++) {
		uint32_t *row = dev->rss_table[position];

		row[0] = 0;
		for (unsigned bit = 0; bit < 8; bit++) {
			uint32_t window = key_window(dev, position * 8 + 7 - bit);

			for (unsigned low = 0; low < 1u << bit; low++)
				row[1u << bit | low] = row[low] ^ window;
		}
	}
	dev->rss_stale = false;
}

void nic_rsskey_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)value, (void)old;
	dev->rss_stale = true;
}

static uint32_t toeplitz(const struct i82599 *dev, const uint8_t *input, unsigned len)
{
	uint32_t hash = 0;

	for (unsigned i = 0; i < len; i++)
		hash ^= dev->rss_table[i][input[i]];
	return hash;
}

static unsigned hash_type(uint32_t mrqc, const struct nic_parsed *p)
{
	if (p->ipv4) {
		if (p->l4 && p->proto == PROTOCOL_TCP && mrqc & MRQC_TCP4)
			return RSS_TCP4;
		if (p->l4 && p->proto == PROTOCOL_UDP && mrqc & MRQC_UDP4)
			return RSS_UDP4;
		return (mrqc & MRQC_IP4) ? RSS_IP4 : RSS_NONE;
	}
	if (!p->ipv6)
		return RSS_NONE;
	if (p->l4 && p->proto == PROTOCOL_TCP && mrqc & MRQC_TCP6)
		return RSS_TCP6;
	if (p->l4 && p->proto == PROTOCOL_UDP && mrqc & MRQC_UDP6)
		return RSS_UDP6;
	return (mrqc & MRQC_IP6) ? RSS_IP6 : RSS_NONE;
}

/* Modes of MRQC.MRQE that hash: RSS alone, and RSS with traffic classes or pools. */
static bool rss_enabled(uint32_t mrqc)
{
	unsigned mode = mrqc & 15;

	return mode == 1 || mode == 4 || mode == 5 || mode == 10 || mode == 11;
}

uint32_t nic_rss_hash(struct i82599 *dev, const struct nic_parsed *p, const uint8_t *frame,
		      unsigned *type)
{
	uint32_t mrqc = nic_reg(dev, R_MRQC);
	unsigned addresses = p->ipv6 ? 32 : 8, len = addresses;
	uint8_t input[36];

	*type = rss_enabled(mrqc) ? hash_type(mrqc, p) : RSS_NONE;
	if (*type == RSS_NONE)
		return 0;
	if (dev->rss_stale)
		build_table(dev);
	memcpy(input, frame + p->l3 + (p->ipv6 ? 8 : 12), addresses);
	if (*type != RSS_IP4 && *type != RSS_IP6) {
		memcpy(input + addresses, frame + p->l4, 4);
		len += 4;
	}
	return toeplitz(dev, input, len);
}

unsigned nic_rss_queue(const struct i82599 *dev, uint32_t hash)
{
	unsigned entry = hash & 127;

	return nic_reg(dev, R_RETA + entry / 4 * 4) >> (entry % 4 * 8) & 15;
}
