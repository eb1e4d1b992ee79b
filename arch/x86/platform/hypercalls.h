/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls: VMCALL at CPL 0 with the number in RAX, which returns 0 or a negative errno. They
 * are for measuring; devices do not need them.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_HYPERCALLS_H
#define SLUICE_ARCH_X86_PLATFORM_HYPERCALLS_H

/*
 * To begin or end a window in which the growth of all counters is measured, and to log it:
 * meter_take() and meter_log() in kernel/meter.h. -EPERM without `meter = yes` in the VM's
 * configuration.
 */
#define HYPERCALL_TAKE_COUNTERS 1
#define HYPERCALL_LOG_COUNTERS  2

#endif
