/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt flag of this core. */
#ifndef SLUICE_ARCH_X86_INCLUDE_MACHINE_IRQ_H
#define SLUICE_ARCH_X86_INCLUDE_MACHINE_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define RFLAGS_IF (1u << 9)

static inline bool irq_enabled(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	return flags & RFLAGS_IF;
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

/* Turns interrupts off; returns whether they were on, for irq_restore(). */
static inline bool irq_save(void)
{
	bool enabled = irq_enabled();

	irq_disable();
	return enabled;
}

static inline void irq_restore(bool enabled)
{
	if (enabled)
		irq_enable();
}

#endif
