/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's memory as the card sees it: what is mapped where. */
#include "tools/vfio_user/dma.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tools/vfio_user/protocol.h"

/* Index of the first range that ends behind the address. */
static size_t find_index(const struct vfu_dma *dma, uint64_t address)
{
	size_t low = 0, high = dma->count;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const struct vfu_dma_range *range = &dma->range[middle];

		if (range->start + (range->size - 1) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct vfu_dma_range *vfu_dma_find(const struct vfu_dma *dma, uint64_t address)
{
	const size_t i = find_index(dma, address);

	return i < dma->count && dma->range[i].start <= address ? &dma->range[i] : NULL;
}

bool vfu_dma_covers(const struct vfu_dma *dma, uint64_t address, size_t len, bool write)
{
	if (len && address + (len - 1) < address)
		return false;
	while (len) {
		const struct vfu_dma_range *range = vfu_dma_find(dma, address);
		uint64_t left;

		if (!range || !(write ? range->writeable : range->readable))
			return false;
		left = range->size - (address - range->start);
		if (left >= len)
			return true;
		address += left;
		len -= (size_t)left;
	}
	return true;
}

static sigjmp_buf copy_failed;
static volatile sig_atomic_t copying;

/* A page behind the end of the file; or, not while copying, an error of our own. */
static void note_bus_error(int signal_number)
{
	if (copying)
		siglongjmp(copy_failed, 1);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void catch_bus_errors(void)
{
	const struct sigaction action = {.sa_handler = note_bus_error, .sa_flags = SA_NODEFER};

	sigaction(SIGBUS, &action, NULL);
}

/* Huge pages can only be mapped whole; a file system tells its pages' size as that of its blocks.
 */
static uint64_t get_block(const struct stat *st)
{
	const uint64_t block = (uint64_t)st->st_blksize;

	return block > VFU_PAGE_SIZE && !(block & (block - 1)) ? block : VFU_PAGE_SIZE;
}

static int map_file(struct vfu_dma_range *range, int fd, uint64_t offset, char *why, size_t why_len)
{
	const int prot = (range->readable ? PROT_READ : 0) | (range->writeable ? PROT_WRITE : 0);
	uint64_t block, before;
	struct stat st;
	int err;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || offset % VFU_PAGE_SIZE ||
	    offset > (uint64_t)st.st_size || range->size > (uint64_t)st.st_size - offset) {
		snprintf(why, why_len,
			 "offset 0x%" PRIx64 ", size 0x%" PRIx64 " are not within the file", offset,
			 range->size);
		return -EINVAL;
	}
	block = get_block(&st);
	before = offset % block;
	range->mapped = (before + range->size + block - 1) / block * block;
	range->mapping = mmap(NULL, range->mapped, prot, MAP_SHARED | MAP_NORESERVE, fd,
			      (off_t)(offset - before));
	if (range->mapping == MAP_FAILED) {
		err = errno;
		snprintf(why, why_len, "cannot map 0x%" PRIx64 " bytes: %s", range->size,
			 strerror(err));
		return -err;
	}
	catch_bus_errors();
	range->memory = (uint8_t *)range->mapping + before;
	return 0;
}

static int check_range(const struct vfu_dma *dma, uint64_t start, uint64_t size, uint32_t flags,
		       char *why, size_t why_len)
{
	const struct vfu_dma_range *next;
	size_t i;

	if (!size || (start | size) % VFU_PAGE_SIZE || start + (size - 1) < start ||
	    !(flags & (VFU_DMA_READABLE | VFU_DMA_WRITEABLE)) ||
	    flags & ~(VFU_DMA_READABLE | VFU_DMA_WRITEABLE)) {
		snprintf(why, why_len, "expected whole 4 KiB pages that can be read or written");
		return -EINVAL;
	}
	i = find_index(dma, start);
	next = i < dma->count ? &dma->range[i] : NULL;
	if (next && next->start <= start + (size - 1)) {
		snprintf(why, why_len, "0x%" PRIx64 ", size 0x%" PRIx64 " is mapped already",
			 next->start, next->size);
		return -EEXIST;
	}
	return 0;
}

static int make_room(struct vfu_dma *dma, char *why, size_t why_len)
{
	const size_t room = dma->room ? 2 * dma->room : 16;
	struct vfu_dma_range *range;

	if (dma->count == VFU_MAX_MAPS) {
		snprintf(why, why_len, "there are %u already", VFU_MAX_MAPS);
		return -ENOSPC;
	}
	if (dma->count < dma->room)
		return 0;
	range = realloc(dma->range, room * sizeof(*range));
	if (!range) {
		snprintf(why, why_len, "out of memory");
		return -ENOMEM;
	}
	dma->range = range;
	dma->room = room;
	return 0;
}

int vfu_dma_add(struct vfu_dma *dma, uint64_t start, uint64_t size, uint32_t flags, int fd,
		uint64_t offset, char *why, size_t why_len)
{
	struct vfu_dma_range range = {.start = start,
				      .size = size,
				      .readable = flags & VFU_DMA_READABLE,
				      .writeable = flags & VFU_DMA_WRITEABLE};
	size_t i;
	int err = check_range(dma, start, size, flags, why, why_len);

	if (!err)
		err = make_room(dma, why, why_len);
	if (!err && fd >= 0)
		err = map_file(&range, fd, offset, why, why_len);
	if (err)
		return err;
	i = find_index(dma, start);
	memmove(&dma->range[i + 1], &dma->range[i], (dma->count - i) * sizeof(range));
	dma->range[i] = range;
	dma->count++;
	return 0;
}

static void unmap(const struct vfu_dma_range *range)
{
	if (range->memory)
		munmap(range->mapping, range->mapped);
}

int vfu_dma_remove(struct vfu_dma *dma, uint64_t start, uint64_t size)
{
	const size_t i = find_index(dma, start);

	if (i == dma->count || dma->range[i].start != start || dma->range[i].size != size)
		return -ENOENT;
	unmap(&dma->range[i]);
	dma->count--;
	memmove(&dma->range[i], &dma->range[i + 1], (dma->count - i) * sizeof(*dma->range));
	return 0;
}

void vfu_dma_clear(struct vfu_dma *dma)
{
	for (size_t i = 0; i < dma->count; i++)
		unmap(&dma->range[i]);
	free(dma->range);
	memset(dma, 0, sizeof(*dma));
}

bool vfu_dma_copy(void *to, const void *from, size_t len)
{
	if (sigsetjmp(copy_failed, 0)) {
		copying = 0;
		return false;
	}
	copying = 1;
	atomic_signal_fence(memory_order_seq_cst);
	memcpy(to, from, len);
	atomic_signal_fence(memory_order_seq_cst);
	copying = 0;
	return true;
}
