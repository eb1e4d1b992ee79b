// SPDX-License-Identifier: BSD-2-Clause
/* kernel/processor.h but for the timer and the switch itself. */
#include "kernel/processor.h"

#define SAVED_REGISTERS 6

void processor_sleep(void)
{
	/* STI takes effect after the next instruction, so no interrupt can come before HLT. */
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

uint64_t processor_make_stack(void *stack_end, void (*entry)(void))
{
	/* What processor_switch() pops; above it 0 as return address, which ends backtraces. */
	uint64_t *stack = (uint64_t *)stack_end;

	*--stack = 0;
	*--stack = 0;
	*--stack = (uint64_t)entry;
	for (unsigned i = 0; i < SAVED_REGISTERS; i++)
		*--stack = 0;
	return (uint64_t)stack;
}
