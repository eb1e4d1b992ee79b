// SPDX-License-Identifier: BSD-2-Clause
/* Memory for devices: all memory is physically contiguous and at its own address. */
#include "kernel/machine.h"
#include "kernel/memory.h"

void *dma_alloc(size_t bytes, size_t align)
{
	return memory_alloc(bytes, align < PAGE_BYTES ? PAGE_BYTES : align);
}

void dma_free(void *memory, size_t bytes)
{
	memory_free(memory, bytes);
}
