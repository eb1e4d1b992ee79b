/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID (SDM volume 2, "CPUID") and the feature bits that the hypervisor asks for. */
#ifndef SLUICE_ARCH_X86_CPU_CPUID_H
#define SLUICE_ARCH_X86_CPU_CPUID_H

#include <stdint.h>

/* Of the vendor "GenuineIntel". */
#define CPUID_0_EBX_INTEL 0x756e6547u
#define CPUID_0_EDX_INTEL 0x49656e69u
#define CPUID_0_ECX_INTEL 0x6c65746eu

#define CPUID_1_ECX_VMX               (1u << 5)
#define CPUID_1_ECX_X2APIC            (1u << 21)
#define CPUID_1_ECX_TSC_DEADLINE      (1u << 24)
#define CPUID_7_EBX_TSC_ADJUST        (1u << 1)
#define CPUID_7_EDX_ARCH_CAPABILITIES (1u << 29)
#define CPUID_1_ECX_XSAVE             (1u << 26)
#define CPUID_1_ECX_HYPERVISOR        (1u << 31)
#define CPUID_1_EDX_MCE               (1u << 7)
#define CPUID_1_EDX_APIC              (1u << 9)
#define CPUID_1_EDX_MCA               (1u << 14)
#define CPUID_1_EDX_PAT               (1u << 16)

#define CPUID_80000001_EDX_NX     (1u << 20)
#define CPUID_80000001_EDX_PAGE1G (1u << 26)

#define CPUID_80000007_EDX_INVARIANT_TSC (1u << 8)

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

/* The leaf, or all zero if the processor has no such leaf. */
static inline struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	if (cpuid_read(leaf & 0xffff0000, 0).eax < leaf)
		return (struct cpuid){0};
	return cpuid_read(leaf, subleaf);
}

#endif
