/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that drivers/net and vio know of the machine they run on.
 *
 * The hypervisor implements it in arch/x86, the unit tests in tests/unit/host, so that the same
 * driver and data-path sources run in both. machine_inline.h is found through the include path
 * and defines, inline, the functions that sit on the data path:
 *
 *	dma_addr_t dma_address(const void *memory);  where a device finds memory of the hypervisor
 *	                                             or of a guest
 *	uint32_t mmio_read32(const volatile void *reg);
 *	void mmio_write32(volatile void *reg, uint32_t value);
 *	void dma_rmb(void);    loads before it are seen before loads after it (DMA memory)
 *	void dma_wmb(void);    stores before it are seen before stores after it (DMA memory, MMIO)
 *	void smp_rmb(void);    likewise between cores
 *	void smp_wmb(void);
 *	void smp_mb(void);     full barrier between cores
 *	void cpu_relax(void);  in a spin loop
 *	uint64_t ticks_now(void);  a clock that never decreases, the same on every core
 */
#ifndef SLUICE_KERNEL_MACHINE_H
#define SLUICE_KERNEL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t dma_addr_t;

#include <machine_inline.h>

/* Ticks of ticks_now() in a microsecond, at least 1. */
uint64_t ticks_per_us(void);

/* Ticks of ticks_now() in a second; 0 until the clock has been calibrated. */
uint64_t ticks_per_second(void);

/* Busy-waits for at least us microseconds (0 to 1,000,000). Not for drivers: see sleep_us(). */
void delay_us(uint32_t us);

/*
 * Lets at least us microseconds (0 to 1,000,000) pass while the core's other threads run. From
 * threads only; a thread_wake() meanwhile does not shorten it and is not lost.
 */
void sleep_us(uint32_t us);

/*
 * Allocates zeroed memory that devices can reach, physically contiguous. align is a power of two
 * up to 4096. Returns NULL without memory. The caller owns it until dma_free() with the same size.
 */
void *dma_alloc(size_t bytes, size_t align);
void dma_free(void *memory, size_t bytes);

#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define CACHE_LINE_BYTES 64
#define CACHE_ALIGNED    __attribute__((aligned(CACHE_LINE_BYTES)))
#define ARRAY_SIZE(a)    (sizeof(a) / sizeof((a)[0]))

/* The struct of that type whose member pointer points to. */
#define CONTAINER_OF(pointer, type, member) ((type *)((uint8_t *)(pointer)-offsetof(type, member)))

#endif
