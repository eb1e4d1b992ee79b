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

/*
 * Sets the handler of a vector that is the same on every core (arch/x86/cpu/vectors.h), before
 * the first such interrupt. Without a handler it is only counted and acknowledged.
 */
void interrupt_set_handler(uint8_t vector, void (*handler)(void *argument), void *argument);

/* Runs the handler of vector on this core, EOI included: from the IDT or from an exit. */
void interrupt_dispatch(uint8_t vector);

#endif
