/* SPDX-License-Identifier: BSD-2-Clause */
/* All counters at one time, for those who measure what happens between two times. */
#ifndef SLUICE_KERNEL_METER_H
#define SLUICE_KERNEL_METER_H

/*
 * Logs the counters of the host and of all running VMs between the lines "meter: begin TICK" and
 * "meter: end TICK"; the first tick is when they were taken. From any thread. 0, or -ENOMEM.
 */
int meter_log(void);

#endif
