/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt messages: the MSI-X table and pending bits in BAR 4 (PCI 3.0 6.8.2), and MSI. */
#include "tools/i82599/device.h"

#define TABLE_END    (NIC_VECTORS * 16)
#define PBA_OFFSET   0x2000
#define ENTRY_MASKED 1u

static void deliver(struct i82599 *dev, const uint32_t *entry)
{
	if (!entry[0] && !entry[1]) {
		nic_defect(dev, DEFECT_MSIX_VECTOR, "table entry %u has no address",
			   (unsigned)(entry - dev->msix_table[0]) / 4);
		return;
	}
	if (nic_message_lost(dev, (unsigned)(entry - dev->msix_table[0]) / 4))
		return;
	dev->counts.msix_messages++;
	dev->host.msix(dev->host.opaque, entry[0] | (uint64_t)entry[1] << 32, entry[2]);
}

static bool send_msi(struct i82599 *dev)
{
	uint64_t address;
	uint32_t data;

	if (!nic_msi_message(dev, &address, &data) || !nic_dma_allowed(dev))
		return false;
	if (!nic_message_lost(dev, 0))
		dev->host.msix(dev->host.opaque, address, data);
	return true;
}

/* Send the vector's message, or note it as pending. False: messages cannot be sent at all now. */
bool nic_send_msix(struct i82599 *dev, unsigned vector)
{
	const uint32_t *entry = dev->msix_table[vector];

	if (!nic_msix_enabled(dev))
		return vector == 0 && send_msi(dev);
	if (!nic_dma_allowed(dev))
		return false;
	if (nic_msix_masked(dev) || entry[3] & ENTRY_MASKED)
		dev->msix_pba |= 1ull << vector;
	else
		deliver(dev, entry);
	return true;
}

/* After a mask may have been lifted: send what became possible. */
void nic_flush_pending_msix(struct i82599 *dev)
{
	if (!dev->msix_pba || !nic_msix_enabled(dev) || nic_msix_masked(dev) ||
	    !nic_bus_master(dev))
		return;
	for (uint64_t left = dev->msix_pba; left; left &= left - 1) {
		unsigned vector = (unsigned)__builtin_ctzll(left);

		if (dev->msix_table[vector][3] & ENTRY_MASKED)
			continue;
		dev->msix_pba &= ~(1ull << vector);
		deliver(dev, dev->msix_table[vector]);
	}
}

void i82599_set_vector(struct i82599 *dev, unsigned vector, uint64_t address, uint32_t data,
		       bool masked)
{
	uint32_t *entry = dev->msix_table[vector];

	entry[0] = (uint32_t)address;
	entry[1] = (uint32_t)(address >> 32);
	entry[2] = data;
	entry[3] = masked ? ENTRY_MASKED : 0;
	nic_flush_pending_msix(dev);
}

uint32_t nic_msix_read(struct i82599 *dev, uint32_t offset)
{
	if (offset < TABLE_END)
		return dev->msix_table[offset / 16][offset % 16 / 4];
	if (offset == PBA_OFFSET || offset == PBA_OFFSET + 4)
		return (uint32_t)(dev->msix_pba >> (offset == PBA_OFFSET ? 0 : 32));
	return 0;
}

void nic_msix_write(struct i82599 *dev, uint32_t offset, uint32_t value)
{
	unsigned word = offset % 16 / 4;

	if (offset >= TABLE_END)
		return;
	if (word == 0)
		value &= ~3u;
	if (word == 3)
		value &= ENTRY_MASKED;
	dev->msix_table[offset / 16][word] = value;
	if (word == 3)
		nic_flush_pending_msix(dev);
}
