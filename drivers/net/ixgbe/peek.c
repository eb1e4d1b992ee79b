// SPDX-License-Identifier: BSD-2-Clause
/* What a card shows of itself before anybody sets it up: registers are only read. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/errno.h"

#define ABSENT UINT32_MAX

static uint32_t peek(const volatile void *bar0, uint32_t offset)
{
	return mmio_read32((const volatile uint8_t *)bar0 + offset);
}

bool ixgbe_unpack_mac(uint32_t low, uint32_t high, uint8_t mac[6])
{
	for (unsigned i = 0; i < 4; i++)
		mac[i] = (uint8_t)(low >> (8 * i));
	mac[4] = (uint8_t)high;
	mac[5] = (uint8_t)(high >> 8);
	return high & RAH_AV && !(mac[0] & 1) && (low || (high & 0xFFFF));
}

int ixgbe_peek(const volatile void *bar0, size_t bytes, struct ixgbe_sight *sight)
{
	uint32_t low, high, links;

	if (bytes < IXGBE_BAR0_BYTES)
		return -ENODEV;
	low = peek(bar0, IXGBE_RAL(0));
	high = peek(bar0, IXGBE_RAH(0));
	peek(bar0, IXGBE_LINKS); /* UP latches low: the second reading is that of now */
	links = peek(bar0, IXGBE_LINKS);
	if (peek(bar0, IXGBE_STATUS) == ABSENT) /* last: what was read before is then right */
		return -ENODEV;
	sight->has_mac = ixgbe_unpack_mac(low, high, sight->mac);
	sight->link_up = links & LINKS_UP;
	return 0;
}
