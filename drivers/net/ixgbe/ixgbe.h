/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver for network cards with Intel's 82599: what the rest of the hypervisor calls. */
#ifndef SLUICE_DRIVERS_NET_IXGBE_IXGBE_H
#define SLUICE_DRIVERS_NET_IXGBE_IXGBE_H

#include "drivers/net/netdev.h"

/* What the PCI code found and mapped; memory decoding, bus mastering and MSI-X are enabled. */
struct ixgbe_resources {
	const char *name; /* of the card in messages, at most 15 characters; copied */
	volatile void *bar0;
	size_t bar0_bytes;         /* at least 128 KB */
	volatile void *msix_table; /* BAR 4, entry 0 */
	unsigned msix_entries;     /* at least 2: one for a queue pair, one for the link */
	uint16_t device_id;        /* see ixgbe_supports() */
	/* Reads 16 bits of the function's configuration space; function lives as long as the
	 * device. */
	uint16_t (*read_config)(const void *function, unsigned offset);
	const void *function;
};

/* Whether the driver knows the card: 82599 with SFP+ cage or backplane link. */
bool ixgbe_supports(uint16_t vendor, uint16_t device_id);

/* What a card shows of itself before anybody sets it up. */
struct ixgbe_sight {
	bool has_mac; /* a valid one: what the NVM, or who had the card before, put into RAL and RAH
			 0 */
	uint8_t mac[6];
	/* Not up says little: the laser may be off, auto-negotiation not begun, or the board have
	 * no sense of its cage. */
	bool link_up;
};

/*
 * Looks at a card without disturbing it, or the management firmware that may use it: bar0, of so
 * many bytes, is only read. Returns 0, or -ENODEV if no card is there.
 */
int ixgbe_peek(uint16_t device_id, const volatile void *bar0, size_t bytes,
	       struct ixgbe_sight *sight);

/*
 * Resets the card, verifies its NVM and reads its MAC address. The card is then idle, its laser
 * off, until netdev_ops.start(). On success *dev is valid until ixgbe_remove().
 * Errors, with the reason logged: -EINVAL resources, -ENOMEM, -ENODEV no card behind bar0,
 * -ETIMEDOUT a register did not reach its state, -EIO NVM unreadable, checksum or MAC wrong.
 */
int ixgbe_probe(const struct ixgbe_resources *resources, struct netdev **dev);

/* Frees what ixgbe_probe() made; the device must be stopped. */
void ixgbe_remove(struct netdev *dev);

/*
 * To be called by the handler of the link vector, on any core: acknowledges the causes. The thread
 * of control then calls netdev_ops.service().
 */
void ixgbe_link_interrupt(struct netdev *dev);

#endif
