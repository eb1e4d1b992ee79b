/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's regions: its two BARs and its configuration space. */
#include "tools/vfio_user/region.h"

#include <string.h>

/* The MSI-X table in BAR 4 is the client's business: it tells us by SET_IRQS. */
#define MSIX_TABLE_BYTES 1024u

static uint64_t get_size(uint32_t index)
{
	switch (index) {
	case VFU_BAR0:
		return I82599_BAR0_BYTES;
	case VFU_BAR4:
		return I82599_BAR4_BYTES;
	case VFU_CONFIG:
		return I82599_CONFIG_BYTES;
	default:
		return 0;
	}
}

struct vfu_region_info vfu_region_info(uint32_t index)
{
	struct vfu_region_info info = {
		.argsz = sizeof(info), .index = index, .size = get_size(index)};

	if (info.size)
		info.flags = VFU_REGION_READABLE | VFU_REGION_WRITEABLE;
	return info;
}

bool vfu_region_has(uint32_t index, uint64_t offset, uint64_t count)
{
	const uint64_t size = get_size(index);

	return count && offset < size && count <= size - offset;
}

/* The longest access the card knows, up to `max` bytes, that fits the alignment. */
static unsigned next_piece(uint64_t offset, uint32_t left, unsigned max)
{
	unsigned piece = max;

	while (piece > left || offset % (piece > 4 ? 4 : piece))
		piece /= 2;
	return piece;
}

static void read_config(struct i82599 *dev, unsigned offset, uint8_t *data, unsigned len)
{
	const uint32_t value = i82599_config_read(dev, offset, len);

	memcpy(data, &value, len);
}

void vfu_region_read(struct i82599 *dev, uint32_t index, uint64_t offset, uint8_t *data,
		     uint32_t count)
{
	while (count) {
		const unsigned len = next_piece(offset, count, index == VFU_CONFIG ? 4 : 8);

		if (index == VFU_CONFIG) {
			read_config(dev, (unsigned)offset, data, len);
		} else {
			const uint64_t value = i82599_bar_read(dev, index, (uint32_t)offset, len);

			memcpy(data, &value, len);
		}
		offset += len;
		data += len;
		count -= len;
	}
}

static void write_piece(struct i82599 *dev, uint32_t index, uint32_t offset, uint64_t value,
			unsigned len)
{
	if (index != VFU_CONFIG) {
		if (index != VFU_BAR4 || offset >= MSIX_TABLE_BYTES)
			i82599_bar_write(dev, index, offset, len, value);
	} else {
		i82599_config_write(dev, offset, len, (uint32_t)value);
	}
}

void vfu_region_write(struct i82599 *dev, uint32_t index, uint64_t offset, const uint8_t *data,
		      uint32_t count)
{
	while (count) {
		const unsigned len = next_piece(offset, count, index == VFU_CONFIG ? 4 : 8);
		uint64_t value = 0;

		memcpy(&value, data, len);
		write_piece(dev, index, (uint32_t)offset, value, len);
		offset += len;
		data += len;
		count -= len;
	}
}
