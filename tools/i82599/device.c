/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of the emulated 82599: creation, resets, BAR dispatch and the order of events. */
#include "tools/i82599/device.h"

#include <stdlib.h>
#include <string.h>

#include "tools/i82599/register.h"

#define WIRE_STORE (1024u * 1024)
#define RX_STORE   (1536u * 1024)
#define TX_STORE   (2048u * 1024)

static void init_rings(struct i82599 *dev)
{
	for (unsigned q = 0; q < NIC_QUEUES; q++) {
		uint32_t rx = q < 64 ? R_RXQ + q * 0x40 : R_RXQ_HIGH + (q - 64) * 0x40;

		dev->rx[q].regs = &dev->reg[rx / 4];
		dev->rx[q].queue = q;
		dev->tx[q].regs = &dev->reg[(R_TXQ + q * 0x40) / 4];
		dev->tx[q].queue = q;
		dev->tx[q].tx = true;
	}
}

struct i82599 *i82599_create(const struct i82599_config *config, const struct i82599_host *host)
{
	struct i82599 *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	dev->host = *host;
	dev->config = *config;
	dev->gather = malloc(NIC_TSO_MAX + 4);
	if (!nic_fifo_init(&dev->wire_fifo, WIRE_STORE) ||
	    !nic_fifo_init(&dev->rx_fifo, RX_STORE) || !nic_fifo_init(&dev->tx_fifo, TX_STORE) ||
	    !dev->gather) {
		i82599_destroy(dev);
		return NULL;
	}
	init_rings(dev);
	nic_map_registers(dev);
	nic_build_nvm(dev);
	nic_build_vpd(dev);
	dev->armed = NIC_NEVER;
	dev->light = true;
	dev->module = config->module;
	nic_reset_i2c(dev);
	i82599_reset(dev);
	return dev;
}

void i82599_destroy(struct i82599 *dev)
{
	if (!dev)
		return;
	nic_fifo_free(&dev->wire_fifo);
	nic_fifo_free(&dev->rx_fifo);
	nic_fifo_free(&dev->tx_fifo);
	free(dev->gather);
	free(dev);
}

static void reset_ring(struct nic_ring *ring)
{
	ring->stopped = ring->stalled = ring->disabled = ring->draining = ring->holding = false;
	ring->ready_at = ring->idle_at = 0;
	ring->cached = ring->fetching = 0;
}

/* CTRL.RST: all but config space, MSI-X table, NVM, semaphores and the wire (DS 4.2.1). */
void nic_soft_reset(struct i82599 *dev)
{
	uint32_t swsm = nic_reg(dev, R_SWSM), gssr = nic_reg(dev, R_GSSR);

	nic_reset_registers(dev);
	dev->reg[R_SWSM / 4] = swsm;
	dev->reg[R_GSSR / 4] = gssr;
	for (unsigned q = 0; q < NIC_QUEUES; q++) {
		reset_ring(&dev->rx[q]);
		reset_ring(&dev->tx[q]);
		dev->context[q][0].valid = dev->context[q][1].valid = false;
	}
	dev->tx_active[0] = dev->tx_active[1] = 0;
	dev->tx_done = NIC_NEVER;
	dev->tx_buffered = dev->rx_buffered = 0;
	nic_fifo_clear(&dev->tx_fifo);
	nic_fifo_clear(&dev->rx_fifo);
	nic_dma_forget(dev);
	dev->rss_stale = true;
	nic_reset_interrupts(dev);
	nic_reset_link(dev);
	nic_update_firmware(dev);
	nic_reset_waits(dev);
	nic_update_addresses(dev);
	nic_update_ethertypes(dev);
}

void i82599_reset(struct i82599 *dev)
{
	nic_reset_config(dev);
	dev->reg[R_SWSM / 4] = dev->reg[R_GSSR / 4] = 0;
	memset(dev->msix_table, 0, sizeof(dev->msix_table));
	for (unsigned v = 0; v < NIC_VECTORS; v++)
		dev->msix_table[v][3] = 1;
	dev->msix_pba = 0;
	memset(dev->analog, 0, sizeof(dev->analog));
	nic_soft_reset(dev);
	nic_update_line(dev);
}

bool nic_dma_allowed(struct i82599 *dev)
{
	if (nic_reg(dev, R_CTRL) & CTRL_GIO_DIS)
		return false;
	if (nic_bus_master(dev))
		return true;
	nic_defect(dev, DEFECT_BUS_MASTER_OFF, "DMA is due, but Command.BME is 0");
	return false;
}

/* Something that held DMA back has gone: take up what waited. */
void nic_resume_dma(struct i82599 *dev)
{
	nic_rx_drain(dev);
	nic_tx_run(dev);
	nic_retry_interrupts(dev);
}

static i82599_time_t next_event(const struct i82599 *dev)
{
	const struct nic_packet *arriving = nic_fifo_front(&dev->wire_fifo);
	i82599_time_t next = arriving ? arriving->when : NIC_NEVER;

	if (dev->tx_done < next)
		next = dev->tx_done;
	if (dev->module_settled < next)
		next = dev->module_settled;
	return dev->itr_next < next ? dev->itr_next : next;
}

/* Do, in order of time, all that is due by now. */
static void catch_up(struct i82599 *dev)
{
	i82599_time_t now = dev->host.now(dev->host.opaque);

	for (i82599_time_t t = next_event(dev); t <= now; t = next_event(dev)) {
		const struct nic_packet *arriving = nic_fifo_front(&dev->wire_fifo);

		if (t > dev->now)
			dev->now = t;
		if (arriving && arriving->when == t)
			nic_wire_arrive(dev);
		else if (dev->tx_done == t)
			nic_tx_depart(dev);
		else if (dev->module_settled == t)
			nic_module_has_settled(dev);
		else
			nic_run_itr(dev);
	}
	dev->now = now;
}

/* The end of all that may have changed something: the line, and when to run again. */
static void arm(struct i82599 *dev)
{
	i82599_time_t next = next_event(dev);

	nic_update_line(dev);
	if (next == dev->armed || next == NIC_NEVER)
		return;
	dev->armed = next;
	dev->host.wake_at(dev->host.opaque, next);
}

void i82599_run(struct i82599 *dev)
{
	dev->armed = NIC_NEVER;
	catch_up(dev);
	arm(dev);
}

void i82599_dma_arrived(struct i82599 *dev)
{
	catch_up(dev);
	nic_resume_dma(dev);
	arm(dev);
}

void i82599_dma_landed(struct i82599 *dev, unsigned what)
{
	catch_up(dev);
	nic_cause_landed(dev, what);
	arm(dev);
}

static bool access_valid(struct i82599 *dev, unsigned bar, uint32_t offset, unsigned len)
{
	uint32_t size = bar == 0 ? I82599_BAR0_BYTES : bar == 4 ? I82599_BAR4_BYTES : 0;

	if (!nic_memory_enabled(dev) || offset >= size || len > size - offset)
		return false;
	if ((len == 4 || len == 8) && offset % 4 == 0)
		return true;
	nic_defect(dev, DEFECT_ACCESS_SIZE, "%u bytes at BAR%u+%05x: want 4 or 8, aligned", len,
		   bar, offset);
	return false;
}

static uint32_t read_dword(struct i82599 *dev, unsigned bar, uint32_t offset)
{
	return bar ? nic_msix_read(dev, offset) : nic_read_register(dev, offset);
}

uint64_t i82599_bar_read(struct i82599 *dev, unsigned bar, uint32_t offset, unsigned len)
{
	uint64_t value;

	if (!access_valid(dev, bar, offset, len))
		return nic_memory_enabled(dev) ? 0 : UINT64_MAX;
	catch_up(dev);
	value = read_dword(dev, bar, offset);
	if (len == 8)
		value |= (uint64_t)read_dword(dev, bar, offset + 4) << 32;
	arm(dev);
	return value;
}

static void write_dword(struct i82599 *dev, unsigned bar, uint32_t offset, uint32_t value)
{
	if (bar)
		nic_msix_write(dev, offset, value);
	else
		nic_write_register(dev, offset, value);
}

void i82599_bar_write(struct i82599 *dev, unsigned bar, uint32_t offset, unsigned len,
		      uint64_t value)
{
	if (!access_valid(dev, bar, offset, len))
		return;
	catch_up(dev);
	write_dword(dev, bar, offset, (uint32_t)value);
	if (len == 8)
		write_dword(dev, bar, offset + 4, (uint32_t)(value >> 32));
	arm(dev);
}

void i82599_set_carrier(struct i82599 *dev, bool on)
{
	catch_up(dev);
	dev->carrier = on;
	nic_update_link(dev);
	arm(dev);
}

bool i82599_receive_at(struct i82599 *dev, const void *frame, size_t len, i82599_time_t start)
{
	bool taken;

	catch_up(dev);
	taken = nic_wire_accept(dev, frame, (uint32_t)len, start);
	arm(dev);
	return taken;
}

bool i82599_receive(struct i82599 *dev, const void *frame, size_t len)
{
	return i82599_receive_at(dev, frame, len, dev->host.now(dev->host.opaque));
}

i82599_time_t i82599_event_time(const struct i82599 *dev)
{
	return dev->now;
}

struct i82599_wire_counts i82599_wire_counts(const struct i82599 *dev)
{
	return dev->counts;
}

uint32_t nic_read_frtimer(struct i82599 *dev, unsigned n)
{
	(void)n;
	return (uint32_t)(dev->now / I82599_PS_PER_US);
}

void nic_ctrl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n;
	if (value & CTRL_LNK_RST && dev->link) /* drivers set it where there is none */
		nic_link_taken(dev, "CTRL.LNK_RST");
	if (value & (CTRL_RST | CTRL_LNK_RST)) {
		dev->reset_bits = value & (CTRL_RST | CTRL_LNK_RST);
		nic_soft_reset(dev);
	} else if (value & ~old & CTRL_GIO_DIS) {
		dev->master_off_at = dev->now;
		nic_wait_begin(dev, I82599_WAIT_MASTER);
	} else if (old & ~value & CTRL_GIO_DIS) {
		nic_resume_dma(dev);
	}
}
