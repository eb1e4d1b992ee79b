// SPDX-License-Identifier: BSD-2-Clause
/*
 * MSI-X (DS 7.3): vector q for queue pair q, the next one for all other causes. A queue's message
 * clears its cause and masks its vector by itself (EIAC, EIAM), until the queue's thread unmasks.
 */
#include "drivers/net/ixgbe/device.h"

#define MSIX_ENTRY_BYTES  16u
#define MSIX_ADDRESS_LOW  0
#define MSIX_ADDRESS_HIGH 4
#define MSIX_DATA         8
#define MSIX_CONTROL      12
#define MSIX_MASKED       1u

#define ITR_UNIT_NS 2048
#define LINK_ITR_US 500

#define OTHER_CAUSES (EICR_LSC | EICR_ECC | EICR_PCI)
#define ALL_OTHER    (~EICR_QUEUES)
#define ALL_ONES     0xFFFFFFFFu

static uint32_t queue_vectors(const struct ixgbe *dev)
{
	return (1u << dev->config.queue_pairs) - 1;
}

static void set_message(struct ixgbe *dev, unsigned vector, const struct netdev_msi *msi)
{
	volatile uint8_t *entry = dev->msix_table + vector * MSIX_ENTRY_BYTES;

	mmio_write32(entry + MSIX_CONTROL, MSIX_MASKED);
	mmio_write32(entry + MSIX_ADDRESS_LOW, (uint32_t)msi->address);
	mmio_write32(entry + MSIX_ADDRESS_HIGH, (uint32_t)(msi->address >> 32));
	mmio_write32(entry + MSIX_DATA, msi->data);
	mmio_write32(entry + MSIX_CONTROL, 0);
}

/* Rounds up: the interval is at least us. */
static void write_itr(struct ixgbe *dev, unsigned vector, unsigned us)
{
	uint32_t units = (us * 1000 + ITR_UNIT_NS - 1) / ITR_UNIT_NS;

	ixgbe_write(dev, IXGBE_EITR(vector), EITR_INTERVAL(units) | EITR_CNT_WDIS);
}

static void map_queues(struct ixgbe *dev)
{
	unsigned pairs = dev->config.queue_pairs;

	for (unsigned q = 0; q < pairs; q += 2) {
		uint32_t ivar = IVAR_RX(q, q) | IVAR_TX(q, q);

		if (q + 1 < pairs)
			ivar |= IVAR_RX(q + 1, q + 1) | IVAR_TX(q + 1, q + 1);
		ixgbe_write(dev, IXGBE_IVAR(q), ivar);
	}
	ixgbe_write(dev, IXGBE_IVAR_MISC, IVAR_MISC_OTHER(pairs));
}

void ixgbe_interrupt_init(struct ixgbe *dev)
{
	unsigned pairs = dev->config.queue_pairs;

	for (unsigned q = 0; q < pairs; q++)
		set_message(dev, q, &dev->config.queue_msi[q]);
	set_message(dev, pairs, &dev->config.link_msi);
	ixgbe_write(dev, IXGBE_GPIE, GPIE_MULTIPLE_MSIX | GPIE_OCD | GPIE_EIAME | GPIE_PBA_SUPPORT);
	map_queues(dev);
	ixgbe_write(dev, IXGBE_EIAC, queue_vectors(dev));
	ixgbe_write(dev, IXGBE_EIAM, 0);
	ixgbe_write(dev, IXGBE_EIAM_EX(0), queue_vectors(dev));
	ixgbe_write(dev, IXGBE_EIAM_EX(1), 0);
	for (unsigned q = 0; q < pairs; q++)
		write_itr(dev, q, dev->queues[q].itr_us);
	write_itr(dev, pairs, LINK_ITR_US);
	ixgbe_write(dev, IXGBE_EICR, ALL_ONES); /* causes from before */
}

/* Masks everything, in the card and in the table. */
void ixgbe_interrupt_stop(struct ixgbe *dev)
{
	ixgbe_write(dev, IXGBE_EIMC, ALL_ONES);
	ixgbe_write(dev, IXGBE_EIMC_EX(0), ALL_ONES);
	for (unsigned v = 0; v <= dev->config.queue_pairs; v++)
		mmio_write32(dev->msix_table + v * MSIX_ENTRY_BYTES + MSIX_CONTROL, MSIX_MASKED);
}

void ixgbe_interrupt_link_enable(struct ixgbe *dev)
{
	ixgbe_write(dev, IXGBE_EIMS, OTHER_CAUSES);
}

/* Unmasks vectors of queues and makes their interrupts happen. */
void ixgbe_interrupt_kick(struct ixgbe *dev, uint32_t vectors)
{
	ixgbe_write(dev, IXGBE_EIMS_EX(0), vectors);
	ixgbe_write(dev, IXGBE_EICS_EX(0), vectors);
}

/*
 * What arrives while the vector is masked stays pending in the card and is reported at the
 * unmasking, so looking first only saves an interrupt; looking afterwards is for the packet that
 * the interrupt before the masking announced.
 */
bool ixgbe_interrupt_enable(struct netdev *netdev, unsigned index)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	struct ixgbe_queue *queue = &dev->queues[index];
	bool pending;

	if (!ixgbe_enter(dev, queue))
		return false; /* the reset under way ends with an interrupt for every queue */
	pending = ixgbe_rx_pending(&queue->rx) || ixgbe_tx_pending(&queue->tx) ||
		  ixgbe_rx_refillable(&queue->rx);
	if (!pending) {
		ixgbe_write(dev, IXGBE_EIMS_EX(0), 1u << index);
		pending = ixgbe_rx_pending(&queue->rx) || ixgbe_tx_pending(&queue->tx);
	}
	ixgbe_leave(queue);
	return pending;
}

void ixgbe_interrupt_disable(struct netdev *netdev, unsigned index)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	struct ixgbe_queue *queue = &dev->queues[index];

	if (!ixgbe_enter(dev, queue))
		return;
	ixgbe_write(dev, IXGBE_EIMC_EX(0), 1u << index);
	ixgbe_leave(queue);
}

void ixgbe_set_itr(struct netdev *netdev, unsigned index, unsigned us)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	struct ixgbe_queue *queue = &dev->queues[index];

	queue->itr_us = (uint16_t)us;
	if (!ixgbe_enter(dev, queue))
		return; /* the reset under way or start() writes it */
	write_itr(dev, index, us);
	ixgbe_leave(queue);
}

/* EICS reads as EICR without clearing it; only the causes that were seen are cleared. */
void ixgbe_link_interrupt(struct netdev *netdev)
{
	struct ixgbe *dev = ixgbe_of(netdev);
	uint32_t causes = ixgbe_read(dev, IXGBE_EICS);

	if (causes == ALL_ONES)
		return; /* removed: service() finds out */
	ixgbe_write(dev, IXGBE_EICR, causes & ALL_OTHER);
	if (causes & (EICR_ECC | EICR_PCI))
		WRITE_ONCE(dev->reset_wanted, true);
}
