/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor queues: the enable handshake, tail rules and prefetch (DS 4.6.7, 4.6.8, 7.1.9). */
#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define FETCH_BATCH  16
#define ENABLE_DELAY I82599_PS_PER_US

#define REG(ring, offset) ((ring)->regs[(offset) / 4])

static const char *direction(const struct nic_ring *ring)
{
	return ring->tx ? "tx" : "rx";
}

unsigned nic_ring_count(const struct nic_ring *ring)
{
	return REG(ring, Q_LEN) / 16;
}

static bool is_enabled(const struct nic_ring *ring)
{
	return REG(ring, Q_CTL) & CTL_ENABLE;
}

bool nic_ring_usable(const struct i82599 *dev, const struct nic_ring *ring)
{
	return is_enabled(ring) && !ring->stopped && ring->ready_at <= dev->now;
}

unsigned nic_ring_available(const struct nic_ring *ring)
{
	uint32_t head = REG(ring, Q_HEAD), tail = REG(ring, Q_TAIL);

	return tail >= head ? tail - head : tail + nic_ring_count(ring) - head;
}

uint64_t nic_ring_head_address(const struct nic_ring *ring)
{
	return (REG(ring, Q_BAL) | (uint64_t)REG(ring, Q_BAH) << 32) + 16ull * REG(ring, Q_HEAD);
}

/* Prefetch descriptors behind the cached ones, up to the ring's end. */
static bool fetch(struct i82599 *dev, struct nic_ring *ring)
{
	unsigned count = nic_ring_count(ring);
	unsigned at = (REG(ring, Q_HEAD) + ring->cached) % count;
	unsigned slot = (ring->cache_at + ring->cached) % NIC_RING_CACHE;
	unsigned n = nic_ring_available(ring) - ring->cached;
	uint64_t address = (REG(ring, Q_BAL) | (uint64_t)REG(ring, Q_BAH) << 32) + 16ull * at;

	if (n > FETCH_BATCH)
		n = FETCH_BATCH;
	if (n > count - at)
		n = count - at;
	if (n > NIC_RING_CACHE - slot)
		n = NIC_RING_CACHE - slot;
	if (n > NIC_RING_CACHE - ring->cached)
		n = NIC_RING_CACHE - ring->cached;
	if (ring->fetching && ring->fetching < n)
		n = ring->fetching;
	ring->fetching = 0;
	if (!nic_dma_read(dev, address, ring->cache[slot], 16 * n)) {
		if (nic_dma_waits(dev))
			ring->fetching = n;
		else
			nic_dma_error(dev, ring, DEFECT_DESCRIPTOR_DMA, address);
		return false;
	}
	ring->cached += n;
	return true;
}

/* The descriptor `ahead` of the head, or NULL: an error, or on its way; ahead <
 * nic_ring_available(), NIC_RING_CACHE. */
const uint64_t *nic_ring_peek(struct i82599 *dev, struct nic_ring *ring, unsigned ahead)
{
	while (ring->cached <= ahead) {
		if (!fetch(dev, ring))
			return NULL;
	}
	return ring->cache[(ring->cache_at + ahead) % NIC_RING_CACHE];
}

void nic_ring_consume(struct nic_ring *ring)
{
	uint32_t next = REG(ring, Q_HEAD) + 1;

	REG(ring, Q_HEAD) = next == nic_ring_count(ring) ? 0 : next;
	ring->cached--;
	ring->cache_at = (ring->cache_at + 1) % NIC_RING_CACHE;
}

static bool is_memory(const struct i82599 *dev, uint64_t address)
{
	uint64_t probe;

	return dev->host.dma_read(dev->host.opaque, address, &probe, sizeof(probe)) ||
	       nic_dma_waits(dev);
}

/* An enabled ring is about to be used: is it one? A bad ring is stopped. */
void nic_ring_check(struct i82599 *dev, struct nic_ring *ring)
{
	uint32_t len = REG(ring, Q_LEN);
	uint64_t base = REG(ring, Q_BAL) | (uint64_t)REG(ring, Q_BAH) << 32;

	if (!is_enabled(ring))
		return;
	if (!len || nic_ring_count(ring) > 8192) {
		nic_defect(dev, DEFECT_RING_LENGTH, "%s queue %u: %u bytes, want 128 to 131072",
			   direction(ring), ring->queue, len);
		ring->stopped = true;
	} else if (nic_bus_master(dev) &&
		   (!is_memory(dev, base) || !is_memory(dev, base + len - 8))) {
		nic_defect(dev, DEFECT_RING_BASE, "%s queue %u: no memory at %llx", direction(ring),
			   ring->queue, (unsigned long long)base);
		ring->stopped = true;
	}
	if (!ring->tx && REG(ring, Q_DCA) & DCA_RX_RESERVED)
		nic_defect(dev, DEFECT_ADVICE_DCA_RXCTRL_BIT12,
			   "rx queue %u: bit 12 must be written 0", ring->queue);
}

/* Packets that wait for a link: ENABLE stays 1 until they are gone, or are dropped by SWFLSH. */
static bool holds_packets(const struct i82599 *dev, const struct nic_ring *ring)
{
	return ring->tx && !dev->link && REG(ring, Q_LEN) &&
	       (nic_ring_available(ring) || dev->tx_buffered);
}

void nic_ring_control_written(struct i82599 *dev, struct nic_ring *ring, uint32_t written,
			      uint32_t old)
{
	uint32_t now = REG(ring, Q_CTL);

	REG(ring, Q_CTL) = now & ~CTL_SWFLSH;
	if ((now ^ old) & CTL_ENABLE)
		ring->disabled = ring->draining = !(now & CTL_ENABLE);
	if (old & ~now & CTL_ENABLE) {
		ring->idle_at = nic_wait_end(
			dev, ring->tx ? I82599_WAIT_TX_DISABLE : I82599_WAIT_RX_DISABLE, 0);
		ring->holding = holds_packets(dev, ring);
	}
	if (written & CTL_SWFLSH || now & CTL_ENABLE)
		ring->holding = false;
	if (!(now & ~old & CTL_ENABLE))
		return;
	ring->stopped = ring->stalled = false;
	ring->cached = ring->fetching = 0;
	nic_dma_forget(dev);
	if (!ring->tx)
		REG(ring, Q_HEAD) = 0;
	if (REG(ring, Q_LEN) && (REG(ring, Q_HEAD) >= nic_ring_count(ring) ||
				 REG(ring, Q_TAIL) >= nic_ring_count(ring))) {
		nic_defect(dev, DEFECT_TAIL_RANGE, "%s queue %u: head %u, tail %u, %u descriptors",
			   direction(ring), ring->queue, REG(ring, Q_HEAD), REG(ring, Q_TAIL),
			   nic_ring_count(ring));
		ring->stopped = true;
	}
	/* A ring without length cannot be waited for: ready at once (register self-tests). */
	ring->ready_at = !REG(ring, Q_LEN) ? dev->now
					   : nic_wait_end(dev,
							  ring->tx ? I82599_WAIT_TX_ENABLE
								   : I82599_WAIT_RX_ENABLE,
							  ENABLE_DELAY);
	ring->idle_at = 0;
	if (dev->reset_once)
		nic_defect(dev, DEFECT_RESET_ONCE, "%s queue %u enabled after one reset",
			   direction(ring), ring->queue);
}

/* ENABLE reads 1 a while after the queue was enabled, and as long as its DMA goes on after it. */
static uint32_t read_control(struct i82599 *dev, struct nic_ring *ring)
{
	uint32_t value = REG(ring, Q_CTL);

	ring->draining = ring->draining && nic_dma_busy(dev);
	ring->holding = ring->holding && !dev->link;
	if (ring->draining || ring->holding || dev->now < ring->idle_at)
		return value | CTL_ENABLE;
	return dev->now < ring->ready_at ? value & ~CTL_ENABLE : value;
}

/*
 * True: the queue may have work. A tail for a ring that is not enabled is ignored; it is a defect
 * unless the queue has just been disabled, for what still polls it may be about to move the tail.
 */
bool nic_ring_tail_written(struct i82599 *dev, struct nic_ring *ring, uint32_t old)
{
	uint32_t tail = REG(ring, Q_TAIL);

	if (!is_enabled(ring) || dev->now < ring->ready_at) {
		if (tail)
			REG(ring, Q_TAIL) = old;
		else
			ring->disabled = false;
		if (tail && !ring->disabled)
			nic_defect(dev, DEFECT_EARLY_TAIL,
				   "%s queue %u: tail %u before ENABLE reads 1", direction(ring),
				   ring->queue, tail);
		return false;
	}
	if (!REG(ring, Q_LEN))
		return false;
	if (tail >= nic_ring_count(ring)) {
		nic_defect(dev, DEFECT_TAIL_RANGE, "%s queue %u: tail %u, %u descriptors",
			   direction(ring), ring->queue, tail, nic_ring_count(ring));
		REG(ring, Q_TAIL) = old;
		return false;
	}
	return true;
}

static void head_written(struct i82599 *dev, struct nic_ring *ring, uint32_t old)
{
	if (!is_enabled(ring))
		ring->disabled = false;
	if (!is_enabled(ring) || REG(ring, Q_HEAD) == old)
		return;
	nic_defect(dev, DEFECT_HEAD_WHILE_ENABLED, "%s queue %u: head written with %u",
		   direction(ring), ring->queue, REG(ring, Q_HEAD));
	REG(ring, Q_HEAD) = old;
}

/* Base or length written: reg is the one, old what it held. */
static void ring_written(struct i82599 *dev, struct nic_ring *ring, unsigned reg, uint32_t old)
{
	if (!is_enabled(ring)) {
		ring->disabled = false;
		return;
	}
	nic_defect(dev, DEFECT_RING_WHILE_ENABLED, "%s queue %u", direction(ring), ring->queue);
	REG(ring, reg) = old;
}

uint32_t nic_read_rxdctl(struct i82599 *dev, unsigned n)
{
	return read_control(dev, &dev->rx[n]);
}

uint32_t nic_read_txdctl(struct i82599 *dev, unsigned n)
{
	return read_control(dev, &dev->tx[n]);
}

void nic_rdh_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	head_written(dev, &dev->rx[n], old);
}

void nic_tdh_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	head_written(dev, &dev->tx[n], old);
}

void nic_rx_bal_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	ring_written(dev, &dev->rx[n], Q_BAL, old);
}

void nic_rx_bah_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	ring_written(dev, &dev->rx[n], Q_BAH, old);
}

void nic_rx_len_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	ring_written(dev, &dev->rx[n], Q_LEN, old);
}

void nic_tx_bal_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	ring_written(dev, &dev->tx[n], Q_BAL, old);
}

void nic_tx_bah_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	ring_written(dev, &dev->tx[n], Q_BAH, old);
}

void nic_tx_len_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	ring_written(dev, &dev->tx[n], Q_LEN, old);
}
