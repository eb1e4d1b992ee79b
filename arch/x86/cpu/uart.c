// SPDX-License-Identifier: BSD-2-Clause
/* The registers of a UART, in I/O space or in memory. */
#include "arch/x86/cpu/uart.h"

#include "arch/x86/cpu/io.h"

uint8_t uart_read(const struct uart *uart, unsigned reg)
{
	const volatile void *at;

	if (!uart->memory)
		return io_read8((uint16_t)(uart->address + reg * uart->stride));
	at = (const volatile uint8_t *)uart->registers + reg * uart->stride;
	if (uart->width == 4)
		return (uint8_t) * (const volatile uint32_t *)at;
	if (uart->width == 2)
		return (uint8_t) * (const volatile uint16_t *)at;
	return *(const volatile uint8_t *)at;
}

void uart_write(const struct uart *uart, unsigned reg, uint8_t value)
{
	volatile void *at;

	if (!uart->memory) {
		io_write8((uint16_t)(uart->address + reg * uart->stride), value);
		return;
	}
	at = (volatile uint8_t *)uart->registers + reg * uart->stride;
	if (uart->width == 4)
		*(volatile uint32_t *)at = value;
	else if (uart->width == 2)
		*(volatile uint16_t *)at = value;
	else
		*(volatile uint8_t *)at = value;
}
