/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's commands that show the switch. */
#ifndef SLUICE_KERNEL_MONITOR_SWITCH_H
#define SLUICE_KERNEL_MONITOR_SWITCH_H

/* The ports: whose they are, their VLANs and limits. */
void monitor_ports(const char *argument);

/* The addresses that the switch knows. */
void monitor_addresses(const char *argument);

#endif
