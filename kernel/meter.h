/* SPDX-License-Identifier: BSD-2-Clause */
/* How all counters grow in windows of time, for those who measure. */
#ifndef SLUICE_KERNEL_METER_H
#define SLUICE_KERNEL_METER_H

/*
 * Begins a window, or ends the one that was begun: notes the counters of the host and of all
 * running VMs. -ENOMEM: too often. From any thread.
 */
int meter_take(void);

/*
 * Logs the windows, oldest first, and forgets them: lines "meter: NAME GROWTH" for all counters
 * that have grown, between "meter: begin TICK" and "meter: end TICK", when it began and ended.
 */
void meter_log(void);

#endif
