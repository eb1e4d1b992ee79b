/* SPDX-License-Identifier: BSD-2-Clause */
/* What processor this is, what its firmware left, and what is not used because of it. */
#ifndef SLUICE_ARCH_X86_CPU_CPU_REPORT_H
#define SLUICE_ARCH_X86_CPU_CPU_REPORT_H

#include <stdint.h>

/* Logs the processor that runs this: name, signature, microcode, clock. */
void cpu_report(void);

/* What errata make unusable (enum config_hide), logged. Nothing where a hypervisor is below. */
uint32_t cpu_errata(void);

#endif
