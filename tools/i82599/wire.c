/* SPDX-License-Identifier: BSD-2-Clause */
/* The port's wire: frames arrive at the link's speed, one behind the other (IEEE 802.3 clause 4).
 */
#include <string.h>

#include "tools/i82599/device.h"

#define WIRE_OVERHEAD  24u /* preamble 8, gap 12, CRC 4 */
#define WIRE_MIN_FRAME 60u
#define WIRE_BACKLOG   64u /* frames on their way */

i82599_time_t nic_wire_time(const struct i82599 *dev, uint32_t len)
{
	return (len + WIRE_OVERHEAD) * nic_ps_per_byte(dev);
}

bool nic_wire_accept(struct i82599 *dev, const uint8_t *frame, uint32_t len, i82599_time_t start)
{
	uint32_t padded = len < WIRE_MIN_FRAME ? WIRE_MIN_FRAME : len;
	struct nic_packet *packet;

	if (len < 14 || len > NIC_FRAME_MAX)
		return true; /* not an Ethernet frame: the sender's error, not worth a retry */
	if (dev->wire_fifo.frames >= WIRE_BACKLOG)
		return false;
	packet = nic_fifo_push(&dev->wire_fifo, padded);
	if (!packet)
		return false;
	if (dev->rx_line_free < start)
		dev->rx_line_free = start;
	dev->rx_line_free += nic_wire_time(dev, padded);
	packet->when = dev->rx_line_free > dev->now ? dev->rx_line_free : dev->now;
	memcpy(packet->data, frame, len);
	memset(packet->data + len, 0, padded - len);
	return true;
}

/* When a sender that was refused should try again: the oldest frame has arrived by then. */
i82599_time_t i82599_wire_free_at(const struct i82599 *dev)
{
	const struct nic_packet *first = nic_fifo_front(&dev->wire_fifo);

	if (!first || dev->wire_fifo.frames < WIRE_BACKLOG)
		return dev->now;
	return first->when;
}

/* The oldest frame on the wire has arrived. */
void nic_wire_arrive(struct i82599 *dev)
{
	const struct nic_packet *packet = nic_fifo_front(&dev->wire_fifo);

	if (dev->link && !nic_loopback(dev)) {
		dev->counts.rx_frames++;
		dev->counts.rx_bytes += packet->len;
		nic_rx_arrive(dev, packet->data, packet->len, false);
	} else {
		dev->counts.rx_filtered++;
	}
	nic_fifo_pop(&dev->wire_fifo);
}
