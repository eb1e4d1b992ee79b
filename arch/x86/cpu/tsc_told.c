// SPDX-License-Identifier: BSD-2-Clause
/* What the processor or a hypervisor below says about the TSC's frequency. */
#include <stddef.h>

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/tsc.h"

/* KVM, VMware and others: EAX is the TSC's frequency in kHz. */
#define LEAF_HYPERVISOR_CLOCK 0x40000010
/* SDM volume 2, CPUID: EBX / EAX times the crystal's ECX Hz; base frequency in EAX, MHz. */
#define LEAF_TSC_RATIO      0x15
#define LEAF_BASE_FREQUENCY 0x16
#define BASE_MHZ_MASK       0xffff

struct tsc_told tsc_read_told(struct cpuid (*read)(uint32_t leaf, uint32_t subleaf))
{
	struct cpuid leaf;

	if (read(1, 0).ecx & CPUID_1_ECX_HYPERVISOR) {
		leaf = read(LEAF_HYPERVISOR_CLOCK, 0);
		if (leaf.eax)
			return (struct tsc_told){leaf.eax * 1000ull, "CPUID 40000010h", true};
	}
	leaf = read(LEAF_TSC_RATIO, 0);
	if (leaf.eax && leaf.ebx && leaf.ecx)
		return (struct tsc_told){(uint64_t)leaf.ecx * leaf.ebx / leaf.eax, "CPUID 15h",
					 true};
	leaf = read(LEAF_BASE_FREQUENCY, 0);
	if (leaf.eax & BASE_MHZ_MASK)
		return (struct tsc_told){(leaf.eax & BASE_MHZ_MASK) * 1000000ull, "CPUID 16h",
					 false};
	return (struct tsc_told){0, NULL, false};
}

bool tsc_prefers_told(const struct tsc_told *told, uint64_t measured_hz)
{
	uint64_t apart = told->hz > measured_hz ? told->hz - measured_hz : measured_hz - told->hz;

	return told->hz && (!measured_hz || (told->exact && apart <= measured_hz / 100));
}
