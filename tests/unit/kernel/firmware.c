// SPDX-License-Identifier: BSD-2-Clause
/* firmware_map() for tests; each piece is an allocation of its own, so that overruns are seen. */
#include "firmware.h"

#include <stdlib.h>
#include <string.h>

#include "arch/x86/cpu/paging.h"

#define PIECES_MOST 64

static struct {
	uint64_t physical;
	size_t bytes;
	uint8_t *data;
} pieces[PIECES_MOST];
static unsigned count;

void firmware_clear(void)
{
	while (count)
		free(pieces[--count].data);
}

uint8_t *firmware_put(uint64_t physical, const void *data, size_t bytes)
{
	if (count == PIECES_MOST)
		abort();
	pieces[count].physical = physical;
	pieces[count].bytes = bytes;
	pieces[count].data = malloc(bytes);
	memcpy(pieces[count].data, data, bytes);
	return pieces[count++].data;
}

const void *firmware_map(uint64_t physical, size_t bytes)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t offset = physical - pieces[i].physical;

		if (physical >= pieces[i].physical && offset <= pieces[i].bytes &&
		    bytes <= pieces[i].bytes - offset)
			return pieces[i].data + offset;
	}
	return NULL;
}

const void *bios_data(uint64_t physical, size_t bytes)
{
	return firmware_map(physical, bytes);
}
