/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/machine.h on a host: registers are served by the test, barriers are the compiler's. */
#ifndef SLUICE_TESTS_UNIT_HOST_MACHINE_INLINE_H
#define SLUICE_TESTS_UNIT_HOST_MACHINE_INLINE_H

#include <stdint.h>

/* A test that drives registers defines these, others use those of machine_host.c. */
uint32_t mmio_read32(const volatile void *reg);
void mmio_write32(volatile void *reg, uint32_t value);
uint64_t ticks_now(void);
uint64_t dma_address(const void *memory);

static inline void dma_rmb(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void dma_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void smp_rmb(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void smp_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void smp_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void cpu_relax(void)
{
}

#endif
