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

/*
 * An empty cage may show a link by crosstalk. Whether the board has the cage's sense at all is in
 * the NVM, which cannot be read without a write to EERD: without it no link is claimed.
 */
static bool is_cage_full(uint16_t device_id, const volatile void *bar0)
{
	enum ixgbe_media media;

	return (ixgbe_find_media(device_id, &media) && media != IXGBE_MEDIA_SFP) ||
	       peek(bar0, IXGBE_ESDP) & ESDP_SDP2_CAGE;
}

int ixgbe_peek(uint16_t device_id, const volatile void *bar0, size_t bytes,
	       struct ixgbe_sight *sight)
{
	uint32_t low, high, links;
	bool full;

	if (bytes < IXGBE_BAR0_BYTES)
		return -ENODEV;
	low = peek(bar0, IXGBE_RAL(0));
	high = peek(bar0, IXGBE_RAH(0));
	peek(bar0, IXGBE_LINKS); /* UP latches low: the second reading is that of now */
	links = peek(bar0, IXGBE_LINKS);
	full = is_cage_full(device_id, bar0);
	if (peek(bar0, IXGBE_STATUS) == ABSENT) /* last: what was read before is then right */
		return -ENODEV;
	sight->has_mac = ixgbe_unpack_mac(low, high, sight->mac);
	sight->link_up = (links & LINKS_UP) && full;
	return 0;
}
