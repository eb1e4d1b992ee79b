/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands for a core's ports, MSRs, CPUID and control registers; included before all other headers.
 */
#ifndef SLUICE_TESTS_UNIT_CPU_FAKE_CORE_H
#define SLUICE_TESTS_UNIT_CPU_FAKE_CORE_H

#include "tests/unit/kernel/fake_io.h"
#include "tests/unit/vmx/fake_processor.h"

#define SLUICE_ARCH_X86_CPU_CR_H

static inline uint64_t cr0_read(void)
{
	return 0;
}

#define cr2_read cr0_read
#define cr3_read cr0_read
#define cr4_read cr0_read

#endif
