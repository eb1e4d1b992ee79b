// SPDX-License-Identifier: BSD-2-Clause
/* The processor's name and signature (SDM volume 2, CPUID leaves 0, 1, 80000002h to 80000004h). */
#include "arch/x86/cpu/cpu_report.h"

#include "arch/x86/cpu/cpuid.h"
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
}
