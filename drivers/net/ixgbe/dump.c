// SPDX-License-Identifier: BSD-2-Clause
/* The state of the card for the monitor; reads nothing that clears. */
#include "drivers/net/ixgbe/device.h"

#include "kernel/log.h"

static void dump_general(struct ixgbe *dev)
{
	static const struct {
		const char *name;
		uint32_t reg;
	} registers[] = {
		{"CTRL", IXGBE_CTRL},         {"STATUS", IXGBE_STATUS},
		{"CTRL_EXT", IXGBE_CTRL_EXT}, {"ESDP", IXGBE_ESDP},
		{"FWSM", IXGBE_FWSM},         {"GSSR", IXGBE_GSSR},
		{"LINKS", IXGBE_LINKS},       {"AUTOC", IXGBE_AUTOC},
		{"AUTOC2", IXGBE_AUTOC2},     {"EICR", IXGBE_EICS},
		{"EIMS", IXGBE_EIMS},         {"EIMS_EX", IXGBE_EIMS_EX(0)},
		{"GPIE", IXGBE_GPIE},         {"RXCTRL", IXGBE_RXCTRL},
		{"FCTRL", IXGBE_FCTRL},       {"HLREG0", IXGBE_HLREG0},
		{"MAXFRS", IXGBE_MAXFRS},     {"MRQC", IXGBE_MRQC},
		{"DMATXCTL", IXGBE_DMATXCTL},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(registers); i++)
		log_info("%s: %-8s 0x%08x", dev->netdev.name, registers[i].name,
			 ixgbe_read(dev, registers[i].reg));
}

static void dump_queue(struct ixgbe *dev, unsigned q)
{
	const struct ixgbe_queue *queue = &dev->queues[q];
	uint32_t rxdctl = ixgbe_read(dev, IXGBE_RXDCTL(q));
	uint32_t rdh = ixgbe_read(dev, IXGBE_RDH(q));
	uint32_t rdt = ixgbe_read(dev, IXGBE_RDT(q));
	uint32_t txdctl = ixgbe_read(dev, IXGBE_TXDCTL(q));
	uint32_t tdh = ixgbe_read(dev, IXGBE_TDH(q));
	uint32_t tdt = ixgbe_read(dev, IXGBE_TDT(q));

	log_info("%s: rx %u RXDCTL 0x%08x RDH %u RDT %u next %u posted %u pool %u/%u",
		 dev->netdev.name, q, rxdctl, rdh, rdt, queue->rx.next, queue->rx.posted,
		 queue->rx.pool->free_count, queue->rx.pool->size);
	log_info("%s: tx %u TXDCTL 0x%08x TDH %u TDT %u next %u clean %u EITR 0x%08x",
		 dev->netdev.name, q, txdctl, tdh, tdt, queue->tx.next, queue->tx.clean,
		 ixgbe_read(dev, IXGBE_EITR(q)));
}

void ixgbe_dump(struct netdev *netdev)
{
	struct ixgbe *dev = ixgbe_of(netdev);

	if (ixgbe_is_removed(dev))
		return;
	dump_general(dev);
	for (unsigned q = 0; dev->started && q < dev->config.queue_pairs; q++)
		dump_queue(dev, q);
}
