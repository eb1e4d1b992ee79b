/* SPDX-License-Identifier: BSD-2-Clause */
/* What processor this is. */
#ifndef SLUICE_ARCH_X86_CPU_CPU_REPORT_H
#define SLUICE_ARCH_X86_CPU_CPU_REPORT_H

/* Logs the processor's name, family, model and stepping in one line. */
void cpu_report(void);

#endif
