/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's address space on x86: code can only be run, constants only be read, data never
 * be run; page 0 is not mapped.
 */
#ifndef SLUICE_ARCH_X86_CPU_PAGING_H
#define SLUICE_ARCH_X86_CPU_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/address_space.h"

/* Limits of the image's parts (sluice.ld) and of the boot stack. */
extern uint8_t text_end[], rodata_end[];
extern uint8_t boot_stack_guard[], boot_stack_end[];

/* Physical address of the top page table, below 4 GB: CR3 for further cores. */
uint64_t paging_root(void);

/*
 * Makes bytes of firmware memory (ACPI tables) readable and returns their address, also before
 * paging_init(); NULL if they lie where nothing can be mapped.
 */
const void *firmware_map(uint64_t physical, size_t bytes);

/* Bytes of the BIOS data area in page 0, before paging_init(); NULL later. */
const void *bios_data(uint64_t physical, size_t bytes);

/* Whether the byte at address can be read. */
bool paging_is_mapped(uint64_t address);

/* Takes a page out of the address space, or brings it back as data. Other cores may lag behind. */
void paging_guard(void *page);
void paging_unguard(void *page);

/* Makes a page of memory executable (and then not writable), or data again. */
void paging_set_executable(void *page, bool executable);

/* Forgets this core's cached translation of address. */
static inline void paging_flush(const void *address)
{
	__asm__ volatile("invlpg %0" ::"m"(*(const uint8_t *)address) : "memory");
}

#endif
