/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands for a processor's MSRs and CPUID; included before all other headers of a test's sources.
 */
#ifndef SLUICE_TESTS_UNIT_VMX_FAKE_PROCESSOR_H
#define SLUICE_TESTS_UNIT_VMX_FAKE_PROCESSOR_H

#include <stdint.h>

/* The real ones keep other names. */
#define msr_read   processor_msr_read
#define msr_write  processor_msr_write
#define cpuid_leaf processor_cpuid_leaf
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#undef msr_read
#undef msr_write
#undef cpuid_leaf

/* Reading or writing an MSR that the test has not set fails the test, like #GP. */
uint64_t msr_read(uint32_t msr);
void msr_write(uint32_t msr, uint64_t value);
struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf);

#endif
