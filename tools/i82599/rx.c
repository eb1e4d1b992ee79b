/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path: from the MAC through the packet buffer into descriptors (DS 7.1). */
#include <string.h>

#include "tools/i82599/device.h"
#include "tools/i82599/register.h"

#define CRC_BYTES 4
/* SRRCTL.DESCTYPE (DS 8.2.3.8.7): legacy is the reset value. */
#define DESCTYPE_LEGACY       0
#define DESCTYPE_ONEBUF       1
#define DESCTYPE_SPLIT        2
#define DESCTYPE_SPLIT_ALWAYS 5

static bool receiver_on(const struct i82599 *dev)
{
	return nic_reg(dev, R_RXCTRL) & RXCTRL_RXEN;
}

static bool too_long(const struct i82599 *dev, const struct nic_parsed *p, uint32_t len)
{
	bool jumbo = nic_reg(dev, R_HLREG0) & HLREG0_JUMBOEN;
	uint32_t max = jumbo ? nic_reg(dev, R_MAXFRS) >> 16 : 1518;

	return len + CRC_BYTES > max + (p->tagged ? 4 : 0);
}

/* Pause frames end in the MAC, unless FCTRL.PMCF passes them on. */
static bool consumed_by_mac(struct i82599 *dev, const uint8_t *frame)
{
	static const uint8_t pause[6] = {0x01, 0x80, 0xc2, 0, 0, 1};

	if (memcmp(frame, pause, 6) || load_be16(frame + 12) != ETHERTYPE_FLOW)
		return false;
	nic_count(dev, load_be16(frame + 16) ? R_LXOFFRXC : R_LXONRXC, 1);
	return !(nic_reg(dev, R_FCTRL) & FCTRL_PMCF);
}

/* Verify header checksums into status and error bits (DS 7.1.11). */
static uint32_t verify_checksums(const struct nic_parsed *p, const uint8_t *frame)
{
	uint32_t status = 0;
	bool udp = p->proto == PROTOCOL_UDP;

	if (p->ipv4) {
		status |= RXD_IPCS;
		if (nic_fold(nic_sum(frame + p->l3, (frame[p->l3] & 15u) * 4, 0)) != 0xffff)
			status |= RXD_IPE;
	}
	if (!p->l4 || (p->proto != PROTOCOL_TCP && !udp))
		return status;
	if (udp && !load_be16(frame + p->l4 + 6))
		return status;
	status |= RXD_L4CS | (udp ? RXD_UDPCS : 0);
	if (nic_fold(nic_sum(frame + p->l4, p->l4_len, nic_pseudo_sum(p, frame))) != 0xffff)
		status |= RXD_TCPE;
	return status;
}

/* Queue selection without VT and DCB: ethertype filter, else RSS, else queue 0 (DS 7.1.2.1). */
static void steer(struct i82599 *dev, const struct nic_parsed *p, const uint8_t *frame,
		  struct nic_packet *packet)
{
	unsigned type;

	packet->hash = nic_rss_hash(dev, p, frame, &type);
	packet->types = type | p->type;
	packet->queue = type ? (uint16_t)nic_rss_queue(dev, packet->hash) : 0;
	for (unsigned left = dev->etqf_active; left; left &= left - 1) {
		unsigned n = (unsigned)__builtin_ctz(left);
		uint32_t etqs = nic_reg(dev, R_ETQS + 4 * n);

		if ((nic_reg(dev, R_ETQF + 4 * n) & 0xffff) != p->ethertype)
			continue;
		packet->types = TYPE_ETQF | n << 4 | type;
		if (etqs & ETQS_QUEUE_EN)
			packet->queue = etqs >> 16 & 0x7f;
		return;
	}
}

static void store(struct i82599 *dev, const struct nic_parsed *p, const uint8_t *frame,
		  uint32_t len, bool loopback)
{
	uint32_t limit = nic_reg(dev, R_RXPBSIZE);
	struct nic_packet *packet = NULL;

	if (dev->rx_buffered + len + CRC_BYTES <= limit)
		packet = nic_fifo_push(&dev->rx_fifo, len);
	if (!packet) {
		nic_count(dev, R_MPC, 1);
		dev->counts.rx_overflow++;
		return;
	}
	dev->rx_buffered += len + CRC_BYTES;
	memcpy(packet->data, frame, len);
	steer(dev, p, frame, packet);
	packet->status = verify_checksums(p, frame) | (loopback ? RXD_LB : 0);
	if (p->tagged) {
		packet->status |= RXD_VP;
		packet->vlan = p->tag;
	}
	nic_rx_drain(dev);
}

/* A good frame without CRC has arrived completely. */
void nic_rx_arrive(struct i82599 *dev, const uint8_t *frame, uint32_t len, bool loopback)
{
	struct nic_parsed p;

	nic_parse(&p, frame, len, (uint16_t)nic_reg(dev, R_VLNCTRL));
	nic_count(dev, R_TPR, 1);
	nic_count_bytes(dev, R_TOR, len + CRC_BYTES);
	if (too_long(dev, &p, len)) {
		nic_count(dev, R_ROC, 1);
		dev->counts.rx_filtered++;
		return;
	}
	if (!receiver_on(dev) || consumed_by_mac(dev, frame) ||
	    !nic_filter_accepts(dev, &p, frame)) {
		dev->counts.rx_filtered++;
		return;
	}
	nic_count_rx(dev, frame, len);
	store(dev, &p, frame, len, loopback);
}

static void strip_vlan(struct nic_packet *packet)
{
	memmove(packet->data + 12, packet->data + 16, packet->len - 16);
	packet->len -= 4;
}

/* The advanced write-back (DS 7.1.6.2). status has DD. */
static void make_advanced(const struct i82599 *dev, uint64_t *q, const struct nic_packet *packet,
			  uint32_t len, uint32_t status, uint16_t vlan)
{
	q[0] = packet->types;
	if (nic_reg(dev, R_RXCSUM) & RXCSUM_PCSD)
		q[0] |= (uint64_t)packet->hash << 32;
	q[1] = status | (uint64_t)len << 32 | (uint64_t)vlan << 48;
}

/* The legacy one's second half: it has no hash and no types, and q[0] stays (DS 7.1.5). */
static void make_legacy(uint64_t *q, uint32_t len, uint32_t status, uint16_t vlan)
{
	uint32_t errors = status >> 24 & RXD_LEGACY_ERRORS;

	q[1] = len | (uint64_t)(status & 0xff) << 32 | (uint64_t)errors << 40 |
	       (uint64_t)vlan << 48;
}

static bool write_back(struct i82599 *dev, struct nic_ring *ring, const struct nic_packet *packet,
		       uint32_t len, bool last)
{
	bool legacy = SRRCTL_DESCTYPE(ring->regs[Q_SRRCTL / 4]) == DESCTYPE_LEGACY;
	uint64_t address = nic_ring_head_address(ring);
	uint32_t status = last ? packet->status | RXD_EOP | RXD_DD : RXD_DD;
	uint16_t vlan = last ? packet->vlan : 0;
	uint64_t q[2];

	if (legacy)
		make_legacy(q, len, status, vlan);
	else
		make_advanced(dev, q, packet, len, status, vlan);
	q[1] ^= nic_corruption(dev, ring);
	/* The length and DD must not be seen before the rest. */
	if ((!legacy && !nic_dma_write(dev, address, &q[0], 8)) ||
	    !nic_dma_write(dev, address + 8, &q[1], 8)) {
		nic_dma_error(dev, ring, DEFECT_DESCRIPTOR_DMA, address);
		return false;
	}
	nic_ring_consume(ring);
	return true;
}

/* Move the packet into n buffers of size bytes. */
static bool fill_buffers(struct i82599 *dev, struct nic_ring *ring, const struct nic_packet *packet,
			 uint32_t size, unsigned n)
{
	const uint8_t *data = packet->data;
	uint32_t left = packet->len;

	for (unsigned i = 0; i < n; i++) {
		const uint64_t *descriptor = nic_ring_peek(dev, ring, 0);
		uint32_t part = left < size ? left : size;

		if (!descriptor)
			return false;
		if (!nic_dma_write(dev, descriptor[0], data, part)) {
			nic_dma_error(dev, ring, DEFECT_BUFFER_DMA, descriptor[0]);
			return false;
		}
		if (!write_back(dev, ring, packet, part, i == n - 1))
			return false;
		data += part;
		left -= part;
	}
	return true;
}

static void count_delivered(struct i82599 *dev, unsigned queue, uint32_t len)
{
	unsigned slot = nic_reg(dev, R_RQSMR + queue / 4 * 4) >> (queue % 4 * 8) & 15;

	nic_count(dev, R_QPRC + slot * 0x40, 1);
	nic_count_bytes(dev, R_QBRC + slot * 0x40, len);
	nic_count(dev, R_RXDGPC, 1);
	nic_count_bytes(dev, R_RXDGBC, len);
}

static void count_dropped(struct i82599 *dev, unsigned queue)
{
	unsigned slot = nic_reg(dev, R_RQSMR + queue / 4 * 4) >> (queue % 4 * 8) & 15;

	nic_count(dev, R_QPRDC + slot * 0x40, 1);
	dev->counts.rx_no_descriptor++;
}

static bool crc_strip_agrees(const struct i82599 *dev)
{
	bool mac = nic_reg(dev, R_HLREG0) & HLREG0_RXCRCSTRP;
	bool dma = nic_reg(dev, R_RDRXCTL) & RDRXCTL_CRCSTRIP;

	return mac == dma || nic_reg(dev, R_RXCTRL) & RXCTRL_DMBYPS;
}

/* Headers are never split off: SPH is 0 and HDR_LEN too, as for what cannot be split. */
static void check_descriptor_type(struct i82599 *dev, const struct nic_ring *ring, uint32_t srrctl)
{
	const unsigned type = SRRCTL_DESCTYPE(srrctl);

	if (type == DESCTYPE_SPLIT || type == DESCTYPE_SPLIT_ALWAYS)
		nic_not_modelled(dev, NIC_NO_HEADER_SPLIT);
	else if (type > DESCTYPE_ONEBUF)
		nic_defect(dev, DEFECT_RX_DESCTYPE,
			   "rx queue %u: SRRCTL %08x, want DESCTYPE 0, 1, 2 or 5", ring->queue,
			   srrctl);
}

/* Rules of the driver's that matter when a frame goes into its ring. */
static void check_ring_setup(struct i82599 *dev, const struct nic_ring *ring, uint32_t srrctl)
{
	if (!crc_strip_agrees(dev))
		nic_defect(dev, DEFECT_CRC_STRIP, "HLREG0.RXCRCSTRP and RDRXCTL.CRCSTRIP differ");
	check_descriptor_type(dev, ring, srrctl);
	if (SRRCTL_BSIZE(srrctl) == 0 || SRRCTL_BSIZE(srrctl) > 16 * 1024)
		nic_defect(dev, DEFECT_RX_BUFFER_SIZE, "rx queue %u: SRRCTL %08x, want 1 to 16 KB",
			   ring->queue, srrctl);
}

/* Deliver or drop the oldest packet. False: it waits for descriptors, and all behind it too. */
static bool deliver(struct i82599 *dev, struct nic_packet *packet)
{
	struct nic_ring *ring = &dev->rx[packet->queue];
	uint32_t srrctl = ring->regs[Q_SRRCTL / 4];
	uint32_t size = SRRCTL_BSIZE(srrctl);
	unsigned needed, stripped;

	if (!nic_ring_usable(dev, ring)) {
		dev->counts.rx_filtered++;
		return true;
	}
	check_ring_setup(dev, ring, srrctl);
	if (size == 0)
		return true;
	stripped = packet->status & RXD_VP && ring->regs[Q_CTL / 4] & CTL_VME ? 4 : 0;
	needed = (packet->len - stripped + size - 1) / size;
	if (needed >= nic_ring_count(ring)) {
		nic_defect(dev, DEFECT_RX_FRAME_OVER_RING, "rx queue %u: %u bytes need %u of %u",
			   ring->queue, packet->len, needed, nic_ring_count(ring));
		return true;
	}
	if (ring->stalled || nic_ring_available(ring) < needed) {
		if (srrctl & SRRCTL_DROP_EN)
			count_dropped(dev, packet->queue);
		return srrctl & SRRCTL_DROP_EN;
	}
	if (!nic_ring_peek(dev, ring, needed - 1))
		return !ring->fetching; /* lost, unless descriptors are on their way */
	if (stripped)
		strip_vlan(packet);
	if (fill_buffers(dev, ring, packet, size, needed)) {
		count_delivered(dev, packet->queue, packet->len);
		nic_queue_event(dev, packet->queue, false);
	}
	return true;
}

/* Empty the packet buffer as far as descriptors allow, in order. */
void nic_rx_drain(struct i82599 *dev)
{
	struct nic_packet *packet;

	while ((packet = nic_fifo_front(&dev->rx_fifo)) != NULL) {
		uint32_t held = packet->len + CRC_BYTES;

		if (!nic_dma_allowed(dev) || !deliver(dev, packet))
			return;
		dev->rx_buffered -= held;
		nic_fifo_pop(&dev->rx_fifo);
	}
}

void nic_rxctrl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n;
	if (!(value & ~old & RXCTRL_RXEN))
		return;
	nic_check_switches(dev);
	for (unsigned q = 0; q < NIC_QUEUES; q++)
		nic_ring_check(dev, &dev->rx[q]);
}

void nic_rx_config_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n;
	if (receiver_on(dev) && value != old)
		nic_defect(dev, DEFECT_RX_CONFIG_WHILE_ENABLED,
			   "%08x replaces %08x while RXCTRL.RXEN is 1", value, old);
}

void nic_rxdctl_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	nic_ring_control_written(dev, &dev->rx[n], value, old);
	if (!(value & CTL_ENABLE))
		nic_rx_drain(dev);
	else if (receiver_on(dev) && !(old & CTL_ENABLE))
		nic_ring_check(dev, &dev->rx[n]);
}

void nic_rdt_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)value;
	if (nic_ring_tail_written(dev, &dev->rx[n], old))
		nic_rx_drain(dev);
}

/* Commands complete at once; the filters themselves are not modelled. */
void nic_fdircmd_written(struct i82599 *dev, unsigned n, uint32_t value, uint32_t old)
{
	(void)n, (void)old;
	/* Hash filters only spread flows, as RSS does; perfect ones are somebody's wish. */
	if ((value & FDIRCMD_COMMAND) == FDIRCMD_ADD && nic_reg(dev, R_FDIRCTRL) & FDIRCTRL_PERFECT)
		nic_not_modelled(dev, NIC_NO_FLOW_DIRECTOR);
	dev->reg[R_FDIRCMD / 4] &= ~FDIRCMD_COMMAND;
}
