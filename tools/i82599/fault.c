/* SPDX-License-Identifier: BSD-2-Clause */
/* Injected faults: what the card does when it, its link or the bus is broken. */
#include <stdio.h>

#include "tools/i82599/device.h"

#define RX_LENGTH (0xffffull << 32) /* the length in a receive write-back */

static const char *const names[I82599_FAULTS] = {
	[I82599_LINK_DOWN] = "link-down",
	[I82599_LINK_UP] = "link-up",
	[I82599_STALL_RX] = "stall-rx",
	[I82599_STALL_TX] = "stall-tx",
	[I82599_LOSE_INTERRUPT] = "lose-interrupt",
	[I82599_CORRUPT_RX] = "corrupt-rx",
	[I82599_CORRUPT_TX] = "corrupt-tx",
	[I82599_DMA_ERROR] = "dma-error",
	[I82599_BAD_NVM] = "bad-nvm",
	[I82599_GOOD_NVM] = "good-nvm",
	[I82599_SLOW] = "slow",
	[I82599_MANAGE] = "manage",
	[I82599_REMOVE] = "remove",
	[I82599_INSERT] = "insert",
};

const char *i82599_fault_name(enum i82599_fault_kind kind)
{
	return kind < I82599_FAULTS ? names[kind] : "unknown";
}

static void say(struct i82599 *dev, const struct i82599_fault *fault)
{
	char line[128];

	if (!dev->host.log)
		return;
	snprintf(line, sizeof(line), "82599: injected %s, index %u, count %u", names[fault->kind],
		 fault->index, fault->count);
	dev->host.log(dev->host.opaque, line);
}

static void corrupt(struct nic_ring *ring, const struct i82599_fault *fault, uint64_t usual)
{
	ring->corrupt = fault->count;
	ring->corrupt_mask = fault->mask ? fault->mask : usual;
}

static void load_nvm(struct i82599 *dev, bool bad)
{
	dev->config.bad_nvm_checksum = bad;
	nic_build_nvm(dev);
}

/* A card that is not there is one in reset whose config space nobody answers for. */
static void plug(struct i82599 *dev, bool in)
{
	dev->removed = !in;
	nic_reset_i2c(dev);
	i82599_reset(dev);
}

static bool is_valid(const struct i82599_fault *fault)
{
	switch (fault->kind) {
	case I82599_STALL_RX:
	case I82599_STALL_TX:
	case I82599_CORRUPT_RX:
	case I82599_CORRUPT_TX:
		return fault->index < NIC_QUEUES;
	case I82599_LOSE_INTERRUPT:
		return fault->index < NIC_VECTORS;
	case I82599_SLOW:
		return fault->index < I82599_WAITS;
	case I82599_MANAGE:
		return fault->index < I82599_MANAGEMENTS;
	default:
		return fault->kind < I82599_FAULTS;
	}
}

static void apply(struct i82599 *dev, const struct i82599_fault *fault)
{
	switch (fault->kind) {
	case I82599_STALL_RX:
		dev->rx[fault->index].stalled = true;
		break;
	case I82599_STALL_TX:
		dev->tx[fault->index].stalled = true;
		break;
	case I82599_LOSE_INTERRUPT:
		dev->lose_messages[fault->index] = fault->count;
		break;
	case I82599_CORRUPT_RX:
		corrupt(&dev->rx[fault->index], fault, RX_LENGTH);
		break;
	case I82599_CORRUPT_TX:
		corrupt(&dev->tx[fault->index], fault, TXD_DD);
		break;
	case I82599_DMA_ERROR:
		dev->fail_dma = fault->count;
		break;
	case I82599_BAD_NVM:
	case I82599_GOOD_NVM:
		load_nvm(dev, fault->kind == I82599_BAD_NVM);
		break;
	case I82599_SLOW:
		nic_set_wait(dev, (enum i82599_wait)fault->index, fault->count);
		break;
	case I82599_MANAGE:
		dev->management = (enum i82599_management)fault->index;
		nic_update_firmware(dev);
		if (dev->management != I82599_UNMANAGED)
			nic_tune_module(dev);
		break;
	case I82599_REMOVE:
	case I82599_INSERT:
		plug(dev, fault->kind == I82599_INSERT);
		break;
	default:
		i82599_set_carrier(dev, fault->kind == I82599_LINK_UP);
	}
}

bool i82599_inject(struct i82599 *dev, const struct i82599_fault *fault)
{
	if (!is_valid(fault))
		return false;
	i82599_run(dev);
	say(dev, fault);
	apply(dev, fault);
	i82599_run(dev);
	return true;
}

static bool fails_now(struct i82599 *dev)
{
	if (!dev->fail_dma)
		return false;
	dev->fail_dma--;
	dev->dma_failed = true;
	dev->counts.dma_errors++;
	return true;
}

bool nic_dma_read(struct i82599 *dev, uint64_t address, void *buf, size_t len)
{
	return !fails_now(dev) && dev->host.dma_read(dev->host.opaque, address, buf, len);
}

/* Whether the read that was just refused is only on its way. */
bool nic_dma_waits(const struct i82599 *dev)
{
	return !dev->dma_failed && dev->host.dma_waits && dev->host.dma_waits(dev->host.opaque);
}

bool nic_dma_busy(const struct i82599 *dev)
{
	return dev->host.dma_busy && dev->host.dma_busy(dev->host.opaque);
}

/* Whether writes are under way: then i82599_dma_landed() will tell `what`. */
bool nic_dma_follow(const struct i82599 *dev, unsigned what)
{
	return dev->host.dma_follow && dev->host.dma_follow(dev->host.opaque, what);
}

/* A reset or a queue set up anew: what was on its way belongs to no queue now. */
void nic_dma_forget(struct i82599 *dev)
{
	dev->tx_waiting = NIC_QUEUES;
	dev->gathered = 0;
	dev->gathered_bytes = 0;
	if (dev->host.dma_forget)
		dev->host.dma_forget(dev->host.opaque);
}

bool nic_dma_write(struct i82599 *dev, uint64_t address, const void *buf, size_t len)
{
	return !fails_now(dev) && dev->host.dma_write(dev->host.opaque, address, buf, len);
}

/* A queue's DMA was not completed: the queue stops. It is the driver's defect unless injected. */
void nic_dma_error(struct i82599 *dev, struct nic_ring *ring, enum nic_defect kind,
		   uint64_t address)
{
	ring->stopped = true;
	if (dev->dma_failed) {
		dev->dma_failed = false;
		nic_other_event(dev, CAUSE_PCI);
		return;
	}
	nic_defect(dev, kind, "%s queue %u: no memory at %llx", ring->tx ? "tx" : "rx", ring->queue,
		   (unsigned long long)address);
}

/* What to XOR into the queue's next write-back. */
uint64_t nic_corruption(struct i82599 *dev, struct nic_ring *ring)
{
	if (!ring->corrupt)
		return 0;
	ring->corrupt--;
	dev->counts.writebacks_corrupted++;
	return ring->corrupt_mask;
}

/* Whether this message gets lost on its way. */
bool nic_message_lost(struct i82599 *dev, unsigned vector)
{
	if (!dev->lose_messages[vector])
		return false;
	dev->lose_messages[vector]--;
	dev->counts.messages_lost++;
	return true;
}
