/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's memory as the card sees it: what is mapped where. */
#ifndef SLUICE_TOOLS_VFIO_USER_DMA_H
#define SLUICE_TOOLS_VFIO_USER_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vfu_dma_range {
	uint64_t start, size;
	uint8_t *memory; /* NULL: reached by messages only */
	void *mapping; /* holds `memory`, and what it takes to be whole pages of the file system */
	size_t mapped; /* bytes of it */
	bool readable, writeable;
};

struct vfu_dma {
	struct vfu_dma_range *range; /* in order of their starts, without overlap */
	size_t count, room;
};

/*
 * Adds bus addresses from start, size bytes, both whole pages. With a descriptor (else -1) they are
 * the file's bytes from `offset` on; it is not kept. Returns 0 or a negative errno, with what was
 * wrong and expected in `why`: -EINVAL for addresses, sizes or files that cannot be, -EEXIST for an
 * overlap, -ENOSPC for too many, or what mmap() says.
 */
int vfu_dma_add(struct vfu_dma *dma, uint64_t start, uint64_t size, uint32_t flags, int fd,
		uint64_t offset, char *why, size_t why_len);

/* Removes exactly what was added. 0 or -ENOENT. */
int vfu_dma_remove(struct vfu_dma *dma, uint64_t start, uint64_t size);

/* Removes all; the structure may be all zeros. */
void vfu_dma_clear(struct vfu_dma *dma);

/* The range that holds the address, or NULL. */
const struct vfu_dma_range *vfu_dma_find(const struct vfu_dma *dma, uint64_t address);

/* Whether all of these bytes are in ranges, and may be written or read. */
bool vfu_dma_covers(const struct vfu_dma *dma, uint64_t address, size_t len, bool write);

/*
 * Copies between a buffer and len bytes of the client's memory, mapped by us, which may vanish
 * under us when the client cuts its file off. False: it has.
 */
bool vfu_dma_copy(void *to, const void *from, size_t len);

#endif
