// SPDX-License-Identifier: BSD-2-Clause
/* The trace rings and their self-description. */
#include "kernel/trace.h"

#include <stddef.h>

_Static_assert(sizeof(struct trace_entry) == 32, "layout known to outside tools");
_Static_assert(offsetof(struct trace_ring, entry) == 64, "layout known to outside tools");
_Static_assert(offsetof(struct trace_rings, ring) == 64, "layout known to outside tools");

struct trace_rings trace_rings CACHE_ALIGNED;

void trace_init(void)
{
	trace_rings.magic = TRACE_MAGIC;
	trace_rings.version = TRACE_VERSION;
	trace_rings.header_bytes = offsetof(struct trace_rings, ring);
	trace_rings.cores = CORES_MOST;
	trace_rings.ring_bytes = sizeof(struct trace_ring);
	trace_rings.ring_header_bytes = offsetof(struct trace_ring, entry);
	trace_rings.entries = TRACE_ENTRIES;
	trace_rings.entry_bytes = sizeof(struct trace_entry);
}
