/* SPDX-License-Identifier: BSD-2-Clause */
/* All counters at some times, for those who measure what happens between two of them. */
#ifndef SLUICE_KERNEL_METER_H
#define SLUICE_KERNEL_METER_H

/* Keeps the counters of the host and of all running VMs as they are now. -ENOMEM: too often. */
int meter_take(void);

/*
 * Logs what was kept, oldest first, and forgets it: lines "meter: NAME VALUE" between "meter: begin
 * TICK" and "meter: end TICK", with the tick at which it was taken. Both from any thread.
 */
void meter_log(void);

#endif
