/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs next on a core. It is shared between backend, guests and the rest (the control thread)
 * as configured, the guests' part between VMs by weight, and a VM's between its vCPUs evenly; see
 * share.h. All functions: on the core itself, interrupts off.
 */
#ifndef SLUICE_KERNEL_SCHEDULE_H
#define SLUICE_KERNEL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct thread;

/* Before the core's first thread runs. */
void schedule_init(struct core *core);

/* Takes the core's current thread, which ends, out. */
void schedule_remove(struct core *core);

/*
 * The thread that is to run now, perhaps the current one; NULL if none is ready. Charges the time
 * since the last call to the current one.
 */
struct thread *schedule_next(struct core *core);

/* The tick at which the thread that schedule_next() has returned must call it again, or UINT64_MAX.
 */
uint64_t schedule_turn_end(const struct core *core);

#endif
