/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt vectors of the hypervisor's own devices. */
#ifndef SLUICE_KERNEL_INTERRUPT_H
#define SLUICE_KERNEL_INTERRUPT_H

#include <stdint.h>

struct core;

/* Message a device writes to raise an interrupt (SDM volume 3, "Message Signalled Interrupts"). */
struct interrupt_message {
	uint64_t address;
	uint32_t data;
};

/*
 * Reserves a vector on core for handler, which runs on that core with interrupts off, out of a
 * guest too. Returns 0 and fills message, or -ENOSPC.
 */
int interrupt_alloc(struct core *core, const char *name, void (*handler)(void *argument),
		    void *argument, struct interrupt_message *message);

/* Runs the handler of vector on this core, EOI included: from the IDT or from an exit. */
void interrupt_dispatch(uint8_t vector);

#endif
