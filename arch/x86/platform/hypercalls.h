/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls: VMCALL at CPL 0 with the number in RAX, which returns 0 or a negative errno. They
 * are for measuring; devices do not need them.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_HYPERCALLS_H
#define SLUICE_ARCH_X86_PLATFORM_HYPERCALLS_H

/*
 * Logs the host's counters and those of all running VMs, between the lines "meter: begin TICK" and
 * "meter: end TICK" with the host's clock. -EPERM without `meter = yes` in the VM's configuration.
 */
#define HYPERCALL_LOG_COUNTERS 1

#endif
