/* SPDX-License-Identifier: BSD-2-Clause */
/* What threads and timers need of the processor. */
#ifndef SLUICE_KERNEL_PROCESSOR_H
#define SLUICE_KERNEL_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Raises this core's timer interrupt when ticks_now() reaches deadline, at once if it has passed;
 * UINT64_MAX: never. Replaces what was set before.
 */
void processor_set_timer(uint64_t deadline);

/* Whether a hypervisor runs this one, so that any core may stand still at any time, and be late. */
bool processor_is_virtual(void);

/* With interrupts off: turns them on, sleeps until one was taken, returns with them off. */
void processor_sleep(void);

/* Makes a stack whose first switch-to calls entry, which must not return. Returns its pointer. */
uint64_t processor_make_stack(void *stack_end, void (*entry)(void));

/* Saves the running context, its stack pointer in *save, and resumes the one at stack_pointer. */
void processor_switch(uint64_t *save, uint64_t stack_pointer);

#endif
