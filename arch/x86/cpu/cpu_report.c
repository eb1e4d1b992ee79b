// SPDX-License-Identifier: BSD-2-Clause
/* The processor's name and signature (SDM volume 2, CPUID leaves 0, 1, 80000002h to 80000004h). */
#include "arch/x86/cpu/cpu_report.h"

#include <stdbool.h>

#include "arch/x86/cpu/cpu_clock.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/errata.h"
#include "arch/x86/cpu/msr.h"
#include "kernel/log.h"
#include "kernel/processor.h"
#include "kernel/string.h"

#define BRAND_FIRST 0x80000002
#define BRAND_LAST  0x80000004
#define BRAND_BYTES 48

static unsigned family_of(uint32_t signature)
{
	unsigned family = signature >> 8 & 0xf;

	return family == 0xf ? family + (signature >> 20 & 0xff) : family;
}

static unsigned model_of(uint32_t signature)
{
	return (signature >> 4 & 0xf) | (signature >> 12 & 0xf0);
}

static bool is_bare_intel(void)
{
	struct cpuid leaf = cpuid_leaf(0, 0);

	return leaf.ebx == CPUID_0_EBX_INTEL && leaf.edx == CPUID_0_EDX_INTEL &&
	       leaf.ecx == CPUID_0_ECX_INTEL && !processor_is_virtual();
}

/* The revision of the microcode update in force, which CPUID puts there (SDM volume 3, 9.11.7.1); 0
 * if there is none, or nobody to tell. */
static uint32_t microcode_revision(void)
{
	if (!is_bare_intel())
		return 0;
	msr_write(IA32_BIOS_SIGN_ID, 0);
	cpuid_leaf(1, 0);
	return (uint32_t)(msr_read(IA32_BIOS_SIGN_ID) >> 32);
}

uint32_t cpu_errata(void)
{
	return is_bare_intel() ? errata_hide(cpuid_leaf(1, 0).eax, microcode_revision()) : 0;
}

void cpu_report(void)
{
	uint32_t signature = cpuid_leaf(1, 0).eax;
	char brand[BRAND_BYTES + 1] = "";
	const char *name = brand;

	for (uint32_t leaf = BRAND_FIRST; leaf <= BRAND_LAST; leaf++) {
		struct cpuid part = cpuid_leaf(leaf, 0);

		memcpy(brand + (leaf - BRAND_FIRST) * sizeof(part), &part, sizeof(part));
	}
	while (*name == ' ')
		name++;
	log_info("CPU: %s, family %u model %u stepping %u%s", *name ? name : "without a name",
		 family_of(signature), model_of(signature), signature & 0xf,
		 processor_is_virtual() ? ", virtual" : "");
	log_info("CPU: signature %#x, microcode revision %#x", signature, microcode_revision());
	if (is_bare_intel())
		cpu_clock_report(cpuid_leaf, msr_probe);
}
