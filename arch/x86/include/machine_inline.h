/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/machine.h on x86: loads and stores are ordered but for store-load (SDM volume 3, 9.2). */
#ifndef SLUICE_ARCH_X86_INCLUDE_MACHINE_INLINE_H
#define SLUICE_ARCH_X86_INCLUDE_MACHINE_INLINE_H

#include <stdint.h>

/* Every mapped address is its own physical address, and no IOMMU is in use. */
static inline uint64_t dma_address(const void *memory)
{
	return (uintptr_t)memory;
}

static inline uint32_t mmio_read32(const volatile void *reg)
{
	uint32_t value;

	__asm__ volatile("movl %1, %0"
			 : "=r"(value)
			 : "m"(*(const volatile uint32_t *)reg)
			 : "memory");
	return value;
}

static inline void mmio_write32(volatile void *reg, uint32_t value)
{
	__asm__ volatile("movl %1, %0" : "=m"(*(volatile uint32_t *)reg) : "r"(value) : "memory");
}

static inline void dma_rmb(void)
{
	__asm__ volatile("" ::: "memory");
}

static inline void dma_wmb(void)
{
	__asm__ volatile("" ::: "memory");
}

static inline void smp_rmb(void)
{
	__asm__ volatile("" ::: "memory");
}

static inline void smp_wmb(void)
{
	__asm__ volatile("" ::: "memory");
}

static inline void smp_mb(void)
{
	__asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc");
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline uint64_t ticks_now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

#endif
