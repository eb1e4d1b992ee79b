// SPDX-License-Identifier: BSD-2-Clause
/*
 * Errata, from Intel's specification updates. The signatures and revisions are those for which
 * Linux does without the feature: arch/x86/kernel/apic (TSC deadline: wrong after IA32_TSC_ADJUST
 * was written) and KVM (preemption timer, errata AAJ124, AAK139, BA86 and others: it counts at a
 * rate other than the one it tells).
 */
#include "arch/x86/cpu/errata.h"

#include "kernel/config.h"
#include "kernel/log.h"
#include "kernel/machine.h"

/* Type and reserved bits are none of the processor's identity. */
#define SIGNATURE_MASK 0x0fff3fffu
#define ANY_STEPPING   0x0fff3ff0u
#define NEVER_CURED    UINT32_MAX

struct erratum {
	uint32_t signature, mask;
	uint32_t cured; /* the first microcode revision without it */
};

struct feature {
	const char *name;
	uint32_t hide;
	const struct erratum *errata;
	unsigned count;
};

static const struct erratum tsc_deadline[] = {
	{0x306f2, SIGNATURE_MASK, 0x3a},       /* Haswell-EP: Xeon E5 v3 */
	{0x306f4, SIGNATURE_MASK, 0x0f},       /* Haswell-EX: Xeon E7 v3 */
	{0x406f0, ANY_STEPPING, 0x0b000020},   /* Broadwell-EP, -EX: Xeon E5, E7 v4 */
	{0x50662, SIGNATURE_MASK, 0x00000011}, /* Broadwell-DE: Xeon D-1500 */
	{0x50663, SIGNATURE_MASK, 0x0700000e},
	{0x50664, SIGNATURE_MASK, 0x0f00000c},
	{0x50665, SIGNATURE_MASK, 0x0e000003},
	{0x50653, SIGNATURE_MASK, 0x01000136}, /* Skylake-SP */
	{0x50654, SIGNATURE_MASK, 0x02000014},
	{0x306c0, ANY_STEPPING, 0x22}, /* Haswell: Xeon E3 v3 */
	{0x40650, ANY_STEPPING, 0x20},
	{0x40660, ANY_STEPPING, 0x17},
	{0x306d0, ANY_STEPPING, 0x25}, /* Broadwell */
	{0x40670, ANY_STEPPING, 0x17},
	{0x406e0, ANY_STEPPING, 0xb2}, /* Skylake: Xeon E3 v5 */
	{0x506e0, ANY_STEPPING, 0xb2},
	{0x806e0, ANY_STEPPING, 0x52}, /* Kaby Lake: Xeon E3 v6 */
	{0x906e0, ANY_STEPPING, 0x52},
};

static const struct erratum preemption_timer[] = {
	{0x106a0, SIGNATURE_MASK, NEVER_CURED}, /* Nehalem: Xeon 3500, 5500 */
	{0x106a1, SIGNATURE_MASK, NEVER_CURED},
	{0x106a4, SIGNATURE_MASK, NEVER_CURED},
	{0x106a5, SIGNATURE_MASK, NEVER_CURED},
	{0x106e5, SIGNATURE_MASK, NEVER_CURED}, /* Lynnfield: Xeon 3400 */
	{0x20652, SIGNATURE_MASK, NEVER_CURED}, /* Westmere: Xeon L3406 */
	{0x20655, SIGNATURE_MASK, NEVER_CURED},
	{0x206e6, SIGNATURE_MASK, NEVER_CURED}, /* Nehalem-EX: Xeon 7500 */
	{0x306a8, SIGNATURE_MASK, NEVER_CURED}, /* Ivy Bridge: Xeon E3-1220 v2 */
};

static const struct feature features[] = {
	{"TSC deadline", HIDE_TSC_DEADLINE, tsc_deadline, ARRAY_SIZE(tsc_deadline)},
	{"the VMX preemption timer", HIDE_PREEMPTION_TIMER, preemption_timer,
	 ARRAY_SIZE(preemption_timer)},
};

static const struct erratum *find(const struct feature *feature, uint32_t signature)
{
	for (unsigned i = 0; i < feature->count; i++) {
		const struct erratum *erratum = &feature->errata[i];

		if ((signature & erratum->mask) == erratum->signature)
			return erratum;
	}
	return NULL;
}

uint32_t errata_hide(uint32_t signature, uint32_t microcode)
{
	uint32_t hide = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
		const struct erratum *erratum = find(&features[i], signature);

		if (!erratum)
			continue;
		if (erratum->cured == NEVER_CURED)
			log_warning("errata: signature %#x: %s is not used", signature,
				    features[i].name);
		else if (microcode && microcode < erratum->cured)
			log_warning("errata: signature %#x, microcode %#x: %s is not used; "
				    "microcode %#x cures that",
				    signature, microcode, features[i].name, erratum->cured);
		else
			continue;
		hide |= features[i].hide;
	}
	return hide;
}
