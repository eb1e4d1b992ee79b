/* SPDX-License-Identifier: BSD-2-Clause */
/* Processor features that errata make unusable, by signature and microcode revision. */
#ifndef SLUICE_ARCH_X86_CPU_ERRATA_H
#define SLUICE_ARCH_X86_CPU_ERRATA_H

#include <stdint.h>

/*
 * What to hide (enum config_hide) of an Intel processor with this signature (CPUID 1 EAX) and
 * microcode revision (0: it tells none). Each feature is logged with the revision that cures it.
 */
uint32_t errata_hide(uint32_t signature, uint32_t microcode);

#endif
