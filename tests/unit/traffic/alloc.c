// SPDX-License-Identifier: BSD-2-Clause
/* The traffic guest's memory and options, on a host. */
#include <stdlib.h>

#include "guest/bare/traffic/traffic.h"

struct options options;

void *traffic_alloc(uint64_t bytes)
{
	static void *kept[64]; /* so that they are no leaks */
	static unsigned count;
	void *memory = calloc(1, bytes);

	if (!memory || count == sizeof(kept) / sizeof(kept[0]))
		abort();
	kept[count++] = memory;
	return memory;
}
