/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor a guest sees. */
#ifndef SLUICE_ARCH_X86_VMX_CPUID_H
#define SLUICE_ARCH_X86_VMX_CPUID_H

#include <stdint.h>

#include "arch/x86/cpu/cpuid.h"

/*
 * What CPUID tells every vCPU, less what depends on the vCPU: APIC ids, topology, and what
 * follows its CR4 and XCR0.
 */
struct cpuid cpuid_guest(uint32_t leaf, uint32_t subleaf);

#endif
