// SPDX-License-Identifier: BSD-2-Clause
/* Stacks with guard pages. */
#include "kernel/stack.h"

#include "arch/x86/cpu/paging.h"
#include "kernel/memory.h"
#include "kernel/thread.h"

#define STACK_BYTES (PAGE_BYTES + THREAD_STACK_BYTES)

void *stack_alloc(void)
{
	void *stack = memory_alloc(STACK_BYTES, PAGE_BYTES);

	if (stack)
		paging_guard(stack);
	return stack;
}

void stack_free(void *stack)
{
	paging_unguard(stack);
	memory_free(stack, STACK_BYTES);
}

void *stack_end(void *stack)
{
	return (uint8_t *)stack + STACK_BYTES;
}

void stack_flush(void *stack)
{
	paging_flush(stack);
}
