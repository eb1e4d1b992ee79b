// SPDX-License-Identifier: BSD-2-Clause
/* kernel/processor.h but for the timer and the switch itself; which core this is. */
#include "kernel/processor.h"

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/core.h"

#define SAVED_REGISTERS 6

struct core *core_this(void)
{
	struct core *core;

	__asm__("movq %%gs:0, %0" : "=r"(core));
	return core;
}

void core_kick(struct core *core)
{
	if (core != core_this())
		apic_send_ipi(core->apic_id, VECTOR_KICK);
}

/* The bit that processors leave clear (SDM volume 2, CPUID leaf 1) and hypervisors set. */
bool processor_is_virtual(void)
{
	return cpuid_leaf(1, 0).ecx & CPUID_1_ECX_HYPERVISOR;
}

void processor_sleep(void)
{
	/* STI takes effect after the next instruction, so no interrupt can come before HLT. */
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}

uint64_t processor_make_stack(void *stack_end, void (*entry)(void))
{
	/*
	 * What processor_switch() pops. Above it 0 as return address, which ends backtraces, where
	 * the ABI wants it: 8 bytes off a multiple of 16.
	 */
	uint64_t *stack = (uint64_t *)stack_end - 3;

	*stack = 0;

	*--stack = (uint64_t)entry;
	for (unsigned i = 0; i < SAVED_REGISTERS; i++)
		*--stack = 0;
	return (uint64_t)stack;
}
