// SPDX-License-Identifier: BSD-2-Clause
/* kernel/stack.h, and making a thread's first frame, for unit tests. */
#include "tests/unit/kernel/fake_stack.h"

#include <stdint.h>
#include <stdlib.h>

#include "kernel/processor.h"
#include "kernel/stack.h"

#define STACK_BYTES 262144 /* the sanitizers need more than the hypervisor */

unsigned fake_stacks;

void *stack_alloc(void)
{
	fake_stacks++;
	return calloc(1, STACK_BYTES);
}

void stack_free(void *stack)
{
	fake_stacks--;
	free(stack);
}

void *stack_end(void *stack)
{
	return (uint8_t *)stack + STACK_BYTES;
}

void stack_flush(void *stack)
{
	(void)stack;
}

/* What processor_switch() in arch/x86/cpu/switch.S pops, with entry as the return address. */
uint64_t processor_make_stack(void *end, void (*entry)(void))
{
	uint64_t *stack = (uint64_t *)end - 3;

	*--stack = (uint64_t)entry;
	return (uint64_t)(stack - 6);
}
