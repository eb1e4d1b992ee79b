/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls: VMCALL at CPL 0 with the number in RAX, which returns 0 or a negative errno. They
 * are for measuring; devices do not need them.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_HYPERCALLS_H
#define SLUICE_ARCH_X86_PLATFORM_HYPERCALLS_H

/*
 * To keep all counters as they are now, and to log what was kept: meter_take() and meter_log() in
 * kernel/meter.h. -EPERM without `meter = yes` in the VM's configuration.
 */
#define HYPERCALL_TAKE_COUNTERS 1
#define HYPERCALL_LOG_COUNTERS  2

#endif
