/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's regions: its two BARs and its configuration space. */
#ifndef SLUICE_TOOLS_VFIO_USER_REGION_H
#define SLUICE_TOOLS_VFIO_USER_REGION_H

#include <stdbool.h>

#include "tools/i82599/i82599.h"
#include "tools/vfio_user/protocol.h"

/* What GET_REGION_INFO answers for an index below VFU_REGIONS; a size of 0: there is none. */
struct vfu_region_info vfu_region_info(uint32_t index);

/* Whether the region has these bytes, at least one. */
bool vfu_region_has(uint32_t index, uint64_t offset, uint64_t count);

/* Both for bytes that the region has. */
void vfu_region_read(struct i82599 *dev, uint32_t index, uint64_t offset, uint8_t *data,
		     uint32_t count);
void vfu_region_write(struct i82599 *dev, uint32_t index, uint64_t offset, const uint8_t *data,
		      uint32_t count);

#endif
