/* SPDX-License-Identifier: BSD-2-Clause */
/* Which package and core an APIC id belongs to (SDM volume 3, 9.9; volume 2, CPUID). */
#ifndef SLUICE_ARCH_X86_CPU_TOPOLOGY_H
#define SLUICE_ARCH_X86_CPU_TOPOLOGY_H

#include <stdint.h>

struct cpuid;

/* An APIC id is package, core, thread, in this order from its upper bits. */
struct topology {
	unsigned thread_bits;   /* of the thread within its core */
	unsigned package_shift; /* bits of core and thread together */
};

/*
 * As leaf 1FH, 0BH, or, on older processors, 1 and 4 tell it. All processors of the machine are
 * taken to be like the one that executes this.
 */
struct topology topology_read(struct cpuid (*read)(uint32_t leaf, uint32_t subleaf));

uint32_t topology_package(struct topology topology, uint32_t apic_id);
/* The core within its package. */
uint32_t topology_core(struct topology topology, uint32_t apic_id);
uint32_t topology_thread(struct topology topology, uint32_t apic_id);

/*
 * Fills order with the count ids: first, in the order of ids, one thread of every core, boot for
 * its own, then the second threads, and so on. Returns the number of cores.
 */
unsigned topology_order(struct topology topology, uint32_t boot, const uint32_t *ids,
			unsigned count, uint32_t *order);

#endif
