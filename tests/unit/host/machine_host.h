/* SPDX-License-Identifier: BSD-2-Clause */
/* What a unit test steers of its host machine. */
#ifndef SLUICE_TESTS_UNIT_HOST_MACHINE_HOST_H
#define SLUICE_TESTS_UNIT_HOST_MACHINE_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/log.h"

/* Register access: set these to reach a device model; unset, access aborts the test. */
extern uint32_t (*host_mmio_read)(const volatile void *reg);
extern void (*host_mmio_write)(volatile void *reg, uint32_t value);

/*
 * The clock: 1000 ticks a microsecond. delay_us() and sleep_us() advance it and then call
 * host_delay; sleep_us() is a test's own where it links the scheduler.
 */
extern uint64_t host_ticks;
extern void (*host_delay)(uint32_t us);
extern unsigned long host_sleeps;  /* calls of sleep_us() */
extern uint64_t host_busy_us;      /* of delay_us() since the last sleep_us() */
extern uint64_t host_busy_us_most; /* the largest that was */

/* Bytes of dma_alloc() memory that was not freed, and the number of allocations yet to succeed. */
extern size_t host_dma_bytes;
extern long host_dma_allocations_left;

/*
 * The last log line; all of them since a test made the text empty, as far as there is room; and how
 * many there were of each level.
 */
extern char host_log_line[256];
extern char host_log_text[8192];
extern unsigned host_log_count[4];
extern void (*host_logged)(enum log_level level); /* called after each, if set */

#endif
