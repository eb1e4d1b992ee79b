/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything that is counted, as lines of dotted name and value. */
#ifndef SLUICE_KERNEL_COUNTERS_H
#define SLUICE_KERNEL_COUNTERS_H

#include <stdint.h>

struct vm;

/* Called for one counter; name is valid during the call only. */
typedef void counter_visit(void *context, const char *name, uint64_t value);

/*
 * Call visit for every counter that is not 0, from any thread: those of the host, for example
 * core.1.ticks.guest, port.1.rx_packets, nic.rx_missed; and those of a VM, for example
 * vm.web.vcpu0.exits.hlt, vm.web.net0.rx0.packets. A stopped VM has no devices any more.
 */
void counters_visit_host(counter_visit *visit, void *context);
void counters_visit_vm(struct vm *vm, counter_visit *visit, void *context);

/* The same as lines "counter NAME VALUE" of the log. */
void counters_log_host(void);
void counters_log_vm(struct vm *vm);

#endif
