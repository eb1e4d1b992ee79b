/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything that is counted, as lines of dotted name and value. */
#ifndef SLUICE_KERNEL_COUNTERS_H
#define SLUICE_KERNEL_COUNTERS_H

#include <stdint.h>

/*
 * Calls line for every counter that is not 0, for example
 *	core.1.ticks.guest, vm.web.exits.hlt, port.1.rx_packets, nic.rx_missed
 * The name is valid during the call only.
 */
void counters_visit(void (*line)(const char *name, uint64_t value));

#endif
