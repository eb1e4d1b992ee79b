/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics registers: they stick at their maximum and are cleared by reading (DS 8.2.3.23). */
#include "tools/i82599/device.h"

#define CRC_BYTES 4

void nic_count(struct i82599 *dev, uint32_t offset, uint32_t n)
{
	uint32_t *counter = &dev->reg[offset / 4];

	*counter = UINT32_MAX - *counter < n ? UINT32_MAX : *counter + n;
}

/* A 36-bit counter in two registers, the low one first. */
void nic_count_bytes(struct i82599 *dev, uint32_t offset, uint32_t n)
{
	uint32_t *half = &dev->reg[offset / 4];
	uint64_t value = (half[0] | (uint64_t)half[1] << 32) + n;

	if (value >> 36)
		value = (1ull << 36) - 1;
	half[0] = (uint32_t)value;
	half[1] = (uint32_t)(value >> 32);
}

/* The register of PRC64.. or PTC64.. for a frame of len bytes with CRC. */
static uint32_t size_class(uint32_t base, uint32_t len)
{
	static const uint16_t limit[] = {64, 127, 255, 511, 1023};
	unsigned i;

	for (i = 0; i < 5 && len > limit[i]; i++)
		;
	return base + 4 * i;
}

static bool is_broadcast(const uint8_t *frame)
{
	return (frame[0] & frame[1] & frame[2] & frame[3] & frame[4] & frame[5]) == 0xff;
}

void nic_count_rx(struct i82599 *dev, const uint8_t *frame, uint32_t len)
{
	nic_count(dev, R_GPRC, 1);
	nic_count_bytes(dev, R_GORC, len + CRC_BYTES);
	nic_count(dev, size_class(R_PRC, len + CRC_BYTES), 1);
	if (is_broadcast(frame))
		nic_count(dev, R_BPRC, 1);
	else if (frame[0] & 1)
		nic_count(dev, R_MPRC, 1);
}

void nic_count_tx(struct i82599 *dev, const uint8_t *frame, uint32_t len)
{
	nic_count(dev, R_GPTC, 1);
	nic_count(dev, R_TPT, 1);
	nic_count_bytes(dev, R_GOTC, len + CRC_BYTES);
	nic_count(dev, size_class(R_PTC, len + CRC_BYTES), 1);
	if (is_broadcast(frame))
		nic_count(dev, R_BPTC, 1);
	else if (frame[0] & 1)
		nic_count(dev, R_MPTC, 1);
}
