/* SPDX-License-Identifier: BSD-2-Clause */
/* From which node (proximity domain of the SRAT) memory is taken. */
#ifndef SLUICE_ARCH_X86_CPU_NUMA_H
#define SLUICE_ARCH_X86_CPU_NUMA_H

#include <stdint.h>

/*
 * From now on memory is taken near the boot core, the first I/O core, or from the node that the
 * configuration names. Once, after configuration and ACPI tables. Without an SRAT nothing changes.
 */
void numa_init(void);

#endif
