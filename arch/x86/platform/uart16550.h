/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's serial port: a 16550A UART (National Semiconductor PC16550D datasheet). */
#ifndef SLUICE_ARCH_X86_PLATFORM_UART16550_H
#define SLUICE_ARCH_X86_PLATFORM_UART16550_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/spinlock.h"

#define UART_INPUT_BYTES 256 /* a power of two */
#define UART_LINE_BYTES  200

struct uart16550 {
	struct spinlock lock; /* protects everything below but line_high_argument's target */
	const char *name;     /* of the VM, before each logged line */
	bool console;         /* output goes to the host's console, not to the log */

	/* Sets the interrupt line; called with the lock held. */
	void (*set_line)(void *argument, bool high);
	void *set_line_argument;

	uint8_t ier, fcr, lcr, mcr, scr;
	uint8_t divisor[2];
	bool transmit_empty;  /* transmitter-empty interrupt not yet acknowledged */
	uint8_t msr_delta;    /* modem status changes (loop-back only) not yet read */
	bool overrun;         /* input was lost since the line status was read */
	unsigned input_head;  /* free-running: where the next byte goes */
	unsigned input_tail;  /* free-running: the oldest byte */
	unsigned line_length; /* of line */
	uint8_t input[UART_INPUT_BYTES];
	char line[UART_LINE_BYTES]; /* output not yet logged */
};

/* Brings the UART into its reset state. name must outlive it. */
void uart16550_init(struct uart16550 *uart, const char *name, bool console,
		    void (*set_line)(void *argument, bool high), void *set_line_argument);

/* Access to register reg, 0 to 7. */
uint8_t uart16550_read(struct uart16550 *uart, unsigned reg);
void uart16550_write(struct uart16550 *uart, unsigned reg, uint8_t value);

/* A character comes in; from any core and from interrupt handlers. A full buffer drops it. */
void uart16550_receive(struct uart16550 *uart, uint8_t character);

/* Logs an output line that was not finished. */
void uart16550_flush(struct uart16550 *uart);

#endif
