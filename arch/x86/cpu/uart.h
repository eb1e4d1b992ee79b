/* SPDX-License-Identifier: BSD-2-Clause */
/* A UART of the 8250's family: where its registers are and how they are reached. */
#ifndef SLUICE_ARCH_X86_CPU_UART_H
#define SLUICE_ARCH_X86_CPU_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu/acpi.h"
#include "kernel/serial_setting.h"

#define UART_REGISTERS 8
#define UART_CLOCK     1843200 /* Hz, on PCs; the divisor divides a sixteenth of it */

struct uart {
	uint64_t address;         /* of register 0: a port, or a physical address */
	bool memory;              /* ... the latter */
	uint8_t stride;           /* bytes from a register to the next: 1, 2 or 4 */
	uint8_t width;            /* bytes of an access: 1, 2 or 4, at most stride */
	uint8_t irq;              /* ISA interrupt; 0: none, it is polled */
	bool named;               /* by somebody who knows: it need not show that it is there */
	unsigned baud;            /* 0: the divisor stays as the firmware left it */
	uint32_t clock;           /* Hz */
	volatile void *registers; /* mapped; NULL for ports */
};

/*
 * The UART of a setting; with SERIAL_AUTO what ACPI's SPCR names, else COM1. False if there is to
 * be none. Registers in memory are yet to be mapped.
 */
bool uart_choose(const struct serial_setting *setting, const struct acpi_serial *spcr,
		 struct uart *uart);

/* COM1 to COM4: number 0 to 3. */
struct uart uart_com(unsigned number);

/* A register, 0 to 7. */
uint8_t uart_read(const struct uart *uart, unsigned reg);
void uart_write(const struct uart *uart, unsigned reg, uint8_t value);

#endif
