/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened last on every core, for whoever looks into the machine after its end.
 *
 * An outside tool finds the ELF symbol trace_rings: struct trace_rings below, little-endian,
 * without padding. It checks magic and version. Core c's newest events are in ring[c].entry[] at
 * indices (next - 1) % entries, (next - 2) % entries and so on; an entry of all zeros was never
 * written. Ring c starts at header_bytes + c * ring_bytes.
 */
#ifndef SLUICE_KERNEL_TRACE_H
#define SLUICE_KERNEL_TRACE_H

#include <stdint.h>

#include "kernel/core.h"

#define TRACE_MAGIC   0x43415254u /* "TRAC" */
#define TRACE_VERSION 1
#define TRACE_ENTRIES 256 /* a power of two */

/* Names are for people; the numbers stay as they are. a and b mean: */
enum trace_event {
	TRACE_NONE = 0,
	TRACE_INTERRUPT = 1, /* vector, - */
	TRACE_SWITCH = 2,    /* struct thread switched to, struct thread switched from */
	TRACE_BLOCK = 3,     /* struct thread, deadline in ticks */
	TRACE_WAKE = 4,      /* struct thread, whether it was blocked */
	TRACE_VM_EXIT = 5,   /* exit reason, guest RIP */
	TRACE_POST = 6,      /* struct vcpu, vector */
};

struct trace_entry {
	uint64_t ticks;
	uint64_t event; /* enum trace_event */
	uint64_t a, b;
};

struct trace_ring {
	uint64_t next; /* index of the next entry, free-running */
	uint64_t reserved[7];
	struct trace_entry entry[TRACE_ENTRIES];
};

struct trace_rings {
	uint32_t magic, version;
	uint32_t header_bytes; /* of the fields before ring[] */
	uint32_t cores;        /* rings */
	uint32_t ring_bytes;
	uint32_t ring_header_bytes; /* of a ring's fields before entry[] */
	uint32_t entries;           /* in a ring */
	uint32_t entry_bytes;
	uint64_t reserved[4];
	struct trace_ring ring[CORES_MOST];
};

extern struct trace_rings trace_rings;

/* Fills the fields before the rings, which otherwise are zero. */
void trace_init(void);

/* Notes an event on this core. An interrupt in between may cost an event, nothing else. */
static inline void trace(enum trace_event event, uint64_t a, uint64_t b)
{
	struct trace_ring *ring = &trace_rings.ring[core_this()->id];

	ring->entry[ring->next++ % TRACE_ENTRIES] = (struct trace_entry){ticks_now(), event, a, b};
}

#endif
