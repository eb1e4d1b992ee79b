/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks of THREAD_STACK_BYTES, each above a page that is not mapped. */
#ifndef SLUICE_KERNEL_STACK_H
#define SLUICE_KERNEL_STACK_H

/* Returns the guard page, which stands for the stack, or NULL without memory. */
void *stack_alloc(void);
void stack_free(void *stack);

/* Address just above the stack: where it starts to grow from. */
void *stack_end(void *stack);

/* Makes the guard page effective on this core. */
void stack_flush(void *stack);

#endif
