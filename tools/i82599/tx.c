/* SPDX-License-Identifier: BSD-2-Clause */
/* The transmit path: descriptors to the packet buffer, and from there to the wire (DS 7.2). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define CRC_BYTES       4
#define KB              1024u
#define MSS_MIN         64 /* that drivers of later NICs of the family keep to */
#define MIN_FRAME       60
#define MAX_FRAME       15872 /* 15.5 KB */
#define MAX_DESCRIPTORS 40

/* A packet found in a ring, not yet consumed. */
struct tx_packet {
	unsigned descriptors; /* up to and with EOP */
	uint32_t len;
	uint64_t q1; /* command of the first descriptor */
};

static void set_active(struct i82599 *dev, unsigned queue, bool active)
{
	uint64_t bit = 1ull << (queue & 63);

	if (active)
		dev->tx_active[queue >> 6] |= bit;
	else
		dev->tx_active[queue >> 6] &= ~bit;
}

/* The next queue with work after the last served: round robin. */
static unsigned next_queue(const struct i82599 *dev)
{
	unsigned from = (dev->tx_last + 1) % NIC_QUEUES;
	uint64_t word = dev->tx_active[from >> 6] & ~0ull << (from & 63);

	for (unsigned i = 0; i < 3 && !word; i++) {
		from = ((from | 63) + 1) % NIC_QUEUES;
		word = dev->tx_active[from >> 6];
	}
	return (from & ~63u) + (unsigned)__builtin_ctzll(word);
}

static void schedule(struct i82599 *dev)
{
	const struct nic_packet *front = nic_fifo_front(&dev->tx_fifo);

	if (!front || dev->tx_done != NIC_NEVER || (!dev->link && !nic_loopback(dev)))
		return;
	if (dev->tx_line_free < dev->now)
		dev->tx_line_free = dev->now;
	dev->tx_line_free += nic_wire_time(dev, front->len);
	dev->tx_done = dev->tx_line_free;
}

/* Put a finished frame into the Tx packet buffer; vlan is the tag to insert, or NULL. */
bool nic_tx_enqueue(struct i82599 *dev, unsigned queue, const uint8_t *frame, uint32_t len,
		    const uint16_t *vlan)
{
	uint32_t tag = vlan ? 4 : 0;
	uint32_t size = len + tag < MIN_FRAME ? MIN_FRAME : len + tag;
	struct nic_packet *packet = nic_fifo_push(&dev->tx_fifo, size);

	if (!packet)
		return false;
	packet->queue = (uint16_t)queue;
	memcpy(packet->data, frame, 12);
	if (vlan) {
		store_be16(packet->data + 12, nic_reg(dev, R_DMATXCTL) >> 16);
		store_be16(packet->data + 14, *vlan);
	}
	memcpy(packet->data + 12 + tag, frame + 12, len - 12);
	memset(packet->data + len + tag, 0, size - len - tag);
	dev->tx_buffered += size + CRC_BYTES;
	schedule(dev);
	return true;
}

static void count_departed(struct i82599 *dev, const struct nic_packet *packet)
{
	unsigned slot =
		nic_reg(dev, R_TQSM + packet->queue / 4 * 4) >> (packet->queue % 4 * 8) & 15;

	nic_count(dev, R_QPTC + slot * 4, 1);
	nic_count_bytes(dev, R_QBTC + slot * 8, packet->len);
	nic_count(dev, R_TXDGPC, 1);
	nic_count_bytes(dev, R_TXDGBC, packet->len);
	nic_count_tx(dev, packet->data, packet->len);
}

/* The frame on the wire has left; its place in the packet buffer is free. */
void nic_tx_depart(struct i82599 *dev)
{
	const struct nic_packet *packet = nic_fifo_front(&dev->tx_fifo);

	dev->tx_done = NIC_NEVER;
	count_departed(dev, packet);
	if (nic_loopback(dev)) {
		nic_rx_arrive(dev, packet->data, packet->len, true);
	} else {
		dev->counts.tx_frames++;
		dev->counts.tx_bytes += packet->len;
		dev->host.transmit(dev->host.opaque, packet->data, packet->len);
	}
	dev->tx_buffered -= packet->len + CRC_BYTES;
	nic_fifo_pop(&dev->tx_fifo);
	schedule(dev);
	nic_tx_run(dev);
}

/* Without link, frames wait; a frame that was on the wire is sent again later. */
void nic_tx_link_changed(struct i82599 *dev)
{
	if (!dev->link && !nic_loopback(dev) && dev->tx_done != NIC_NEVER) {
		dev->tx_done = NIC_NEVER;
		dev->tx_line_free = dev->now;
	}
	schedule(dev);
}

static void load_context(struct i82599 *dev, unsigned queue, const uint64_t *q)
{
	struct nic_tx_context *ctx = &dev->context[queue][TXD_IDX(q[1]) & 1];

	if (q[1] & TXD_CTX_RESERVED)
		nic_defect(dev, DEFECT_TX_RESERVED_BITS, "tx queue %u: context %016llx", queue,
			   (unsigned long long)q[1]);
	ctx->valid = true;
	ctx->ip_len = q[0] & 0x1ff;
	ctx->mac_len = q[0] >> 9 & 0x7f;
	ctx->vlan = (uint16_t)(q[0] >> 16);
	ctx->ipv4 = q[1] >> 10 & 1;
	ctx->l4_type = q[1] >> 11 & 3;
	ctx->l4_len = (uint8_t)(q[1] >> 40);
	ctx->mss = (uint16_t)(q[1] >> 48);
}

static bool is_context(uint64_t q1)
{
	return q1 & TXD_DEXT && TXD_DTYP(q1) == TXD_DTYP_CONTEXT;
}

/*
 * The head instead of descriptors. Its address is a multiple of 16: of another one silicon takes no
 * notice (as TinyNF found), though the datasheet asks for 4 here and 8 there; WTHRESH is 0 (DS
 * 7.2.3.5.2).
 */
static bool write_head(struct i82599 *dev, struct nic_ring *ring, uint64_t *address, uint32_t mask)
{
	uint32_t low = ring->regs[Q_WBAL / 4], wthresh = TXDCTL_WTHRESH(ring->regs[Q_CTL / 4]);
	uint32_t head = ring->regs[Q_HEAD / 4] ^ mask;

	if (low & TDWBAL_IGNORED || wthresh)
		nic_defect(dev, DEFECT_HEAD_WRITE_BACK,
			   "tx queue %u: TDWBAL %08x, WTHRESH %u, want a multiple of 16, and 0",
			   ring->queue, low, wthresh);
	if (low & TDWBAL_IGNORED)
		return true;
	*address = (low & ~TDWBAL_HEAD_WB) | (uint64_t)ring->regs[Q_WBAH / 4] << 32;
	return nic_dma_write(dev, *address, &head, 4);
}

static void write_back(struct i82599 *dev, struct nic_ring *ring, uint64_t q1)
{
	uint64_t address = nic_ring_head_address(ring), q[2] = {0, TXD_DD}, mask;
	bool ok;

	nic_ring_consume(ring);
	if (!(q1 & TXD_RS))
		return;
	mask = nic_corruption(dev, ring);
	if (ring->regs[Q_WBAL / 4] & TDWBAL_HEAD_WB) {
		ok = write_head(dev, ring, &address, (uint32_t)mask);
	} else if (q1 & TXD_DEXT) {
		q[1] ^= mask;
		ok = nic_dma_write(dev, address, q, 16);
	} else {
		q1 = (q1 | TXD_DD) ^ mask;
		ok = nic_dma_write(dev, address + 8, &q1, 8);
	}
	if (!ok)
		nic_dma_error(dev, ring, DEFECT_DESCRIPTOR_DMA, address);
	nic_queue_event(dev, ring->queue, true);
}

/* Complain about what is wrong with one data descriptor. */
static void check_data(struct i82599 *dev, unsigned queue, uint64_t q1, bool advanced)
{
	if (advanced != !!(q1 & TXD_DEXT))
		nic_defect(dev, DEFECT_TX_SCATTERED_LEGACY, "tx queue %u", queue);
	if (q1 & TXD_DEXT && TXD_DTYP(q1) != TXD_DTYP_DATA)
		nic_defect(dev, DEFECT_TX_TYPE, "tx queue %u: DTYP %u, want 3 (data)", queue,
			   TXD_DTYP(q1));
	else if (q1 & TXD_DEXT && q1 & TXD_DATA_RESERVED)
		nic_defect(dev, DEFECT_TX_RESERVED_BITS, "tx queue %u: data %016llx", queue,
			   (unsigned long long)q1);
	if (!TXD_LEN(q1))
		nic_defect(dev, DEFECT_TX_ZERO_LENGTH, "tx queue %u", queue);
}

/* Look for a whole packet at the head. False: none yet, or the ring has stopped. */
static bool find_packet(struct i82599 *dev, struct nic_ring *ring, struct tx_packet *packet)
{
	unsigned available = nic_ring_available(ring);

	memset(packet, 0, sizeof(*packet));
	for (unsigned i = 0; i < available && i < NIC_RING_CACHE; i++) {
		const uint64_t *q = nic_ring_peek(dev, ring, i);

		if (!q)
			return false;
		if (!i)
			packet->q1 = q[1];
		packet->len += TXD_LEN(q[1]);
		if (q[1] & TXD_EOP) {
			packet->descriptors = i + 1;
			return true;
		}
	}
	if (available >= NIC_RING_CACHE) {
		nic_defect(dev, DEFECT_TX_DESCRIPTORS, "tx queue %u: no EOP in %u descriptors",
			   ring->queue, NIC_RING_CACHE);
		ring->stopped = true;
	}
	return false;
}

/*
 * Collect the packet's data. False: it cannot be sent, or, if the queue is then the one that waits,
 * not yet. What is there is kept meanwhile; all that is missing is asked for at once.
 */
static bool gather(struct i82599 *dev, struct nic_ring *ring, const struct tx_packet *packet)
{
	uint32_t at = dev->gathered_bytes;
	bool waits = false;

	for (unsigned i = dev->gathered; i < packet->descriptors; i++) {
		const uint64_t *q = nic_ring_peek(dev, ring, i);
		uint32_t len = TXD_LEN(q[1]);

		if (!waits)
			check_data(dev, ring->queue, q[1], packet->q1 & TXD_DEXT);
		if (at + len > NIC_TSO_MAX) {
			nic_defect(dev, DEFECT_TX_FRAME_SIZE, "tx queue %u: above 256 KB",
				   ring->queue);
			return false;
		}
		if (len && !nic_dma_read(dev, q[0], dev->gather + at, len)) {
			if (!nic_dma_waits(dev)) {
				nic_dma_error(dev, ring, DEFECT_BUFFER_DMA, q[0]);
				return false;
			}
			waits = true;
		}
		at += len;
		if (!waits) {
			dev->gathered = i + 1;
			dev->gathered_bytes = at;
		}
	}
	if (waits)
		dev->tx_waiting = ring->queue;
	return !waits;
}

/* Check the size of one frame without segmentation. False: it cannot be sent. */
static bool check_frame(struct i82599 *dev, unsigned queue, uint32_t len)
{
	bool pads = nic_reg(dev, R_HLREG0) & HLREG0_TXPADEN;

	if (len >= (pads ? 17u : MIN_FRAME) && len <= MAX_FRAME)
		return true;
	nic_defect(dev, DEFECT_TX_FRAME_SIZE, "tx queue %u: %u bytes", queue, len);
	return len >= 14 && len <= MAX_FRAME;
}

static bool send_legacy(struct i82599 *dev, unsigned queue, const struct tx_packet *packet)
{
	uint64_t q1 = packet->q1;
	uint32_t cso = q1 >> 16 & 0xff, css = q1 >> 40 & 0xff;
	uint16_t vlan = (uint16_t)(q1 >> 48);

	if (!check_frame(dev, queue, packet->len))
		return true;
	if (q1 & TXD_IC && css < packet->len && cso + 2 <= packet->len) {
		uint16_t sum = nic_fold(nic_sum(dev->gather + css, packet->len - css, 0));

		store_be16(dev->gather + cso, (uint16_t)~sum);
	}
	return nic_tx_enqueue(dev, queue, dev->gather, packet->len, (q1 & TXD_VLE) ? &vlan : NULL);
}

/* The lengths of a context must lie within the packet for what is asked of it. */
static bool context_fits(const struct nic_tx_context *ctx, const struct tx_packet *packet)
{
	uint32_t l4 = (uint32_t)ctx->mac_len + ctx->ip_len;
	static const uint8_t l4_header[4] = {8, 20, 12, 0};

	if (ctx->mac_len < 14 || ctx->l4_type > TXD_L4T_SCTP)
		return false;
	if (packet->q1 & TXD_IXSM && (ctx->ip_len < 20 || l4 > packet->len))
		return false;
	if (packet->q1 & TXD_TSE)
		return ctx->mss && ctx->l4_len >= l4_header[ctx->l4_type] &&
		       ctx->l4_type != TXD_L4T_SCTP && ctx->ip_len >= 20 &&
		       l4 + ctx->l4_len < packet->len;
	return !(packet->q1 & TXD_TXSM) || l4 + l4_header[ctx->l4_type] <= packet->len;
}

static void check_paylen(struct i82599 *dev, unsigned queue, const struct tx_packet *packet,
			 uint32_t expected)
{
	if (TXD_PAYLEN(packet->q1) != expected)
		nic_defect(dev, DEFECT_TX_PAYLEN, "tx queue %u: PAYLEN %u, want %u", queue,
			   TXD_PAYLEN(packet->q1), expected);
}

static bool send_advanced(struct i82599 *dev, unsigned queue, const struct tx_packet *packet)
{
	const struct nic_tx_context *ctx = &dev->context[queue][TXD_IDX(packet->q1) & 1];
	uint64_t offloads = packet->q1 & (TXD_IXSM | TXD_TXSM | TXD_TSE);

	if ((offloads || packet->q1 & TXD_VLE) && !ctx->valid) {
		nic_defect(dev, DEFECT_TX_NO_CONTEXT, "tx queue %u: context %u", queue,
			   TXD_IDX(packet->q1));
		return true;
	}
	if (offloads && !context_fits(ctx, packet)) {
		nic_defect(dev, DEFECT_TX_CONTEXT_LENGTHS,
			   "tx queue %u: MAC %u IP %u L4 %u MSS %u in %u bytes", queue,
			   ctx->mac_len, ctx->ip_len, ctx->l4_len, ctx->mss, packet->len);
		return true;
	}
	if (packet->q1 & TXD_TSE) {
		if (ctx->mss < MSS_MIN)
			nic_defect(dev, DEFECT_ADVICE_TX_MSS, "tx queue %u: MSS %u, want %u", queue,
				   ctx->mss, MSS_MIN);
		check_paylen(dev, queue, packet,
			     packet->len - ctx->mac_len - ctx->ip_len - ctx->l4_len);
		return nic_segment(dev, queue, dev->gather, packet->len, ctx, packet->q1);
	}
	check_paylen(dev, queue, packet, packet->len);
	if (!check_frame(dev, queue, packet->len))
		return true;
	if (offloads)
		nic_insert_checksums(dev->gather, packet->len, ctx, packet->q1 & TXD_IXSM,
				     packet->q1 & TXD_TXSM);
	return nic_tx_enqueue(dev, queue, dev->gather, packet->len,
			      (packet->q1 & TXD_VLE) ? &ctx->vlan : NULL);
}

static void send_packet(struct i82599 *dev, struct nic_ring *ring, const struct tx_packet *packet)
{
	bool sent;

	if (packet->descriptors > MAX_DESCRIPTORS)
		nic_defect(dev, DEFECT_TX_DESCRIPTORS, "tx queue %u: packet of %u descriptors",
			   ring->queue, packet->descriptors);
	if (!(packet->q1 & TXD_IFCS))
		nic_defect(dev, DEFECT_TX_NO_CRC, "tx queue %u: IFCS is 0", ring->queue);
	if (packet->q1 & TXD_DEXT)
		sent = send_advanced(dev, ring->queue, packet);
	else
		sent = send_legacy(dev, ring->queue, packet);
	if (!sent)
		nic_defect(dev, DEFECT_TX_FRAME_SIZE, "tx queue %u: %u bytes do not fit",
			   ring->queue, packet->len);
}

/* The descriptors are not there; if they are on their way, the queue is the one that waits. */
static bool lack_descriptors(struct i82599 *dev, const struct nic_ring *ring)
{
	if (ring->fetching)
		dev->tx_waiting = ring->queue;
	return false;
}

/*
 * Fetch one packet (with the contexts before it) of a queue. False: it has no more work now, or it
 * is the queue that waits.
 */
static bool serve(struct i82599 *dev, struct nic_ring *ring)
{
	struct tx_packet packet;
	bool whole;

	if (!nic_ring_usable(dev, ring) || ring->stalled)
		return false;
	while (nic_ring_available(ring)) {
		const uint64_t *q = nic_ring_peek(dev, ring, 0);

		if (!q)
			return lack_descriptors(dev, ring);
		if (!is_context(q[1]))
			break;
		load_context(dev, ring->queue, q);
		write_back(dev, ring, q[1]);
	}
	if (!nic_ring_available(ring) || !find_packet(dev, ring, &packet))
		return lack_descriptors(dev, ring);
	whole = gather(dev, ring, &packet);
	if (dev->tx_waiting == ring->queue)
		return false;
	dev->gathered = 0;
	dev->gathered_bytes = 0;
	if (whole)
		send_packet(dev, ring, &packet);
	for (unsigned i = 0; i < packet.descriptors && !ring->stopped; i++)
		write_back(dev, ring, nic_ring_peek(dev, ring, 0)[1]);
	return !ring->stopped;
}

/* The queue that waited, if there is one, goes on with what it has; else the next one. */
static unsigned choose_queue(struct i82599 *dev)
{
	const unsigned queue = dev->tx_waiting;

	dev->tx_waiting = NIC_QUEUES;
	if (queue < NIC_QUEUES && dev->tx_active[queue >> 6] >> (queue & 63) & 1)
		return queue;
	dev->gathered = 0;
	dev->gathered_bytes = 0;
	return next_queue(dev);
}

/* Fetch packets while the packet buffer is below its threshold (DS 8.2.3.9.16). */
void nic_tx_run(struct i82599 *dev)
{
	uint32_t threshold = (nic_reg(dev, R_TXPBTHRESH) & 0x3ff) * KB;

	while ((dev->tx_active[0] | dev->tx_active[1]) && dev->tx_buffered < threshold) {
		unsigned queue;

		if (!nic_dma_allowed(dev))
			return;
		queue = choose_queue(dev);
		dev->tx_last = queue;
		if (!serve(dev, &dev->tx[queue])) {
			if (dev->tx_waiting == queue)
				return;
			set_active(dev, queue, false);
			dev->gathered = 0;
			dev->gathered_bytes = 0;
		}
	}
}

void nic_tdt_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	if (nic_ring_tail_written(dev, &dev->tx[n], old) &&
	    nic_reg(dev, R_DMATXCTL) & DMATXCTL_TE) {
		set_active(dev, n, true);
		nic_tx_run(dev);
	}
}

void nic_txdctl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	bool enabling = value & ~old & CTL_ENABLE;

	nic_ring_control_written(dev, &dev->tx[n], value, old);
	if (!enabling)
		return;
	dev->context[n][0].valid = dev->context[n][1].valid = false;
	if (!(nic_reg(dev, R_DMATXCTL) & DMATXCTL_TE))
		nic_defect(dev, DEFECT_TE_MISSING, "tx queue %u enabled, DMATXCTL.TE is 0", n);
	nic_ring_check(dev, &dev->tx[n]);
}

void nic_dmatxctl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	if (!(value & DMATXCTL_TE))
		dev->tx_active[0] = dev->tx_active[1] = 0;
}

void nic_mtqc_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	if (!(nic_reg(dev, R_RTTDCS) & RTTDCS_ARBDIS))
		nic_defect(dev, DEFECT_MTQC_ARBITER, "MTQC written with %08x, RTTDCS.ARBDIS is 0",
			   value);
}
