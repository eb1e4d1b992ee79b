// SPDX-License-Identifier: BSD-2-Clause
/* Receive-side scaling (DS 7.1.2.8): hash types, key and indirection table. */
#include "drivers/net/ixgbe/device.h"

static uint32_t load_le32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* On for one queue too: the hash in the descriptor steers packets to virtual queues. */
void ixgbe_rss_init(struct ixgbe *dev)
{
	for (unsigned n = 0; n < NETDEV_RSS_KEY_BYTES / 4; n++)
		ixgbe_write(dev, IXGBE_RSSRK(n), load_le32(&dev->config.rss_key[4 * n]));
	for (unsigned n = 0; n < NETDEV_RETA_ENTRIES / 4; n++)
		ixgbe_write(dev, IXGBE_RETA(n), load_le32(&dev->config.reta[4 * n]));
	ixgbe_write(dev, IXGBE_MRQC,
		    MRQC_RSS | MRQC_IPV4 | MRQC_TCP_IPV4 | MRQC_UDP_IPV4 | MRQC_IPV6 |
			    MRQC_TCP_IPV6 | MRQC_UDP_IPV6);
}
