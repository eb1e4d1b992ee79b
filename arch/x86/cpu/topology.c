// SPDX-License-Identifier: BSD-2-Clause
/* Decoding APIC ids, and an order of cores in which siblings come last. */
#include "arch/x86/cpu/topology.h"

#include <stdbool.h>

#include "arch/x86/cpu/cpuid.h"

#define LEAF_TOPOLOGY_V2     0x1f
#define LEAF_TOPOLOGY        0x0b
#define TOPOLOGY_SHIFT       0x1f /* EAX: bits of this level and those below */
#define TOPOLOGY_TYPE(ecx)   ((ecx) >> 8 & 0xff)
#define TYPE_NONE            0
#define TYPE_THREAD          1
#define LEVELS_MOST          8
#define LEAF_FEATURES        1
#define FEATURES_EDX_THREADS (1u << 28) /* EBX[23:16] is valid */
#define LEAF_CACHES          4

static unsigned bits_for(unsigned count)
{
	unsigned bits = 0;

	while (1u << bits < count)
		bits++;
	return bits;
}

/* False if the processor has no such leaf. */
static bool read_levels(struct cpuid (*read)(uint32_t leaf, uint32_t subleaf), uint32_t leaf,
			struct topology *topology)
{
	for (uint32_t level = 0; level < LEVELS_MOST; level++) {
		struct cpuid r = read(leaf, level);

		if (TOPOLOGY_TYPE(r.ecx) == TYPE_NONE || !(r.ebx & 0xffff))
			return level > 0;
		if (TOPOLOGY_TYPE(r.ecx) == TYPE_THREAD)
			topology->thread_bits = r.eax & TOPOLOGY_SHIFT;
		topology->package_shift = r.eax & TOPOLOGY_SHIFT;
	}
	return true;
}

static struct topology read_legacy(struct cpuid (*read)(uint32_t leaf, uint32_t subleaf))
{
	struct cpuid features = read(LEAF_FEATURES, 0);
	unsigned threads = features.edx & FEATURES_EDX_THREADS ? features.ebx >> 16 & 0xff : 1;
	unsigned cores = (read(LEAF_CACHES, 0).eax >> 26) + 1;
	unsigned package_shift = bits_for(threads);
	unsigned core_bits = bits_for(cores);

	return (struct topology){
		.thread_bits = package_shift > core_bits ? package_shift - core_bits : 0,
		.package_shift = package_shift,
	};
}

struct topology topology_read(struct cpuid (*read)(uint32_t leaf, uint32_t subleaf))
{
	struct topology topology = {0};

	if (read_levels(read, LEAF_TOPOLOGY_V2, &topology) ||
	    read_levels(read, LEAF_TOPOLOGY, &topology))
		return topology;
	return read_legacy(read);
}

/* Shifts of a whole id are not defined in C. */
static uint32_t shift_out(uint32_t apic_id, unsigned bits)
{
	return bits < 32 ? apic_id >> bits : 0;
}

uint32_t topology_package(struct topology topology, uint32_t apic_id)
{
	return shift_out(apic_id, topology.package_shift);
}

uint32_t topology_core(struct topology topology, uint32_t apic_id)
{
	uint32_t in_package = apic_id & ((1ull << topology.package_shift) - 1);

	return shift_out(in_package, topology.thread_bits);
}

uint32_t topology_thread(struct topology topology, uint32_t apic_id)
{
	return apic_id & ((1u << topology.thread_bits) - 1);
}

/* How many ids before number at, the boot core's before all, are of the same core. */
static unsigned rank(struct topology topology, uint32_t boot, const uint32_t *ids, unsigned at)
{
	uint32_t core = shift_out(ids[at], topology.thread_bits);
	unsigned before = 0;

	if (ids[at] == boot)
		return 0;
	before += shift_out(boot, topology.thread_bits) == core;
	for (unsigned i = 0; i < at; i++)
		before += ids[i] != boot && shift_out(ids[i], topology.thread_bits) == core;
	return before;
}

unsigned topology_order(struct topology topology, uint32_t boot, const uint32_t *ids,
			unsigned count, uint32_t *order)
{
	unsigned placed = 0, cores = 0;

	for (unsigned wanted = 0; placed < count; wanted++) {
		for (unsigned i = 0; i < count; i++)
			if (rank(topology, boot, ids, i) == wanted)
				order[placed++] = ids[i];
		if (!wanted)
			cores = placed;
	}
	return cores;
}
