// SPDX-License-Identifier: BSD-2-Clause
/* kernel/machine.h and kernel/log.h for unit tests. */
#include "machine_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/machine.h"

uint32_t (*host_mmio_read)(const volatile void *reg);
void (*host_mmio_write)(volatile void *reg, uint32_t value);
uint64_t host_ticks;
void (*host_delay)(uint32_t us);
unsigned long host_sleeps;
uint64_t host_busy_us;
uint64_t host_busy_us_most;
size_t host_dma_bytes;
long host_dma_allocations_left = -1;
char host_log_line[256];
char host_log_text[8192];
unsigned host_log_count[4];
void (*host_logged)(enum log_level level);

uint32_t mmio_read32(const volatile void *reg)
{
	if (!host_mmio_read)
		abort();
	return host_mmio_read(reg);
}

void mmio_write32(volatile void *reg, uint32_t value)
{
	if (!host_mmio_write)
		abort();
	host_mmio_write(reg, value);
}

uint64_t ticks_now(void)
{
	return host_ticks;
}

uint64_t ticks_per_us(void)
{
	return 1000;
}

static void pass(uint32_t us)
{
	host_ticks += us * ticks_per_us();
	if (host_delay)
		host_delay(us);
}

void delay_us(uint32_t us)
{
	host_busy_us += us;
	if (host_busy_us > host_busy_us_most)
		host_busy_us_most = host_busy_us;
	pass(us);
}

__attribute__((weak)) void sleep_us(uint32_t us)
{
	host_sleeps++;
	host_busy_us = 0;
	pass(us);
}

void *dma_alloc(size_t bytes, size_t align)
{
	size_t page = align < 4096 ? 4096 : align;
	size_t rounded = (bytes + page - 1) & ~(page - 1);
	void *memory;

	if (host_dma_allocations_left == 0)
		return NULL;
	if (host_dma_allocations_left > 0)
		host_dma_allocations_left--;
	memory = aligned_alloc(page, rounded);
	if (!memory)
		return NULL;
	host_dma_bytes += bytes;
	return memset(memory, 0, rounded);
}

void dma_free(void *memory, size_t bytes)
{
	if (memory)
		host_dma_bytes -= bytes;
	free(memory);
}

dma_addr_t dma_address(const void *memory)
{
	return (uintptr_t)memory;
}

static void add_line(enum log_level level, const char *format, va_list arguments)
{
	vsnprintf(host_log_line, sizeof(host_log_line), format, arguments);
	host_log_count[level]++;
	strncat(host_log_text, host_log_line, sizeof(host_log_text) - strlen(host_log_text) - 1);
	if (host_logged)
		host_logged(level);
	if (getenv("TEST_VERBOSE"))
		fprintf(stderr, "log: %s\n", host_log_line);
}

void log_printf(enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_line(level, format, arguments);
	va_end(arguments);
}

void log_guest(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_line(LOG_INFO, format, arguments);
	va_end(arguments);
}

__attribute__((weak)) _Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	abort();
}
