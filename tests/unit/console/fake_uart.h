/* SPDX-License-Identifier: BSD-2-Clause */
/* A UART for tests: a PC16550D, or one with the faults of others. Aborts if its FIFO is overrun. */
#ifndef SLUICE_TESTS_UNIT_CONSOLE_FAKE_UART_H
#define SLUICE_TESTS_UNIT_CONSOLE_FAKE_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_uart {
	uint64_t address;
	/* Faults. */
	bool gone;           /* nothing drives the bus: all registers read as all ones */
	bool old;            /* an 8250: neither FIFO nor scratch register */
	bool no_loopback;    /* ... nor a loop */
	bool stuck;          /* never sends */
	bool endless;        /* always has a character */
	bool mute;           /* raises no interrupt when its transmitter is empty */
	unsigned gone_after; /* so many accesses it goes; 0: never */
	/* A character time passes after so many reads of the LSR; 0: by fake_uart_send() only. */
	unsigned reads_each;

	unsigned accesses, reads;
	uint8_t ier, lcr, mcr, fcr, scr, divisor[2];
	uint8_t fifo[16];
	unsigned fifo_used;
	bool empty_pending; /* the interrupt */
	char wire[100000];  /* what was sent */
	size_t wire_bytes;
	const char *input;     /* what is to be received */
	const uint8_t *errors; /* with these bits of the LSR, unless NULL */
	unsigned input_left;
};

extern struct fake_uart fake_uart;

/* As after power-on, with nothing on the wire. */
void fake_uart_reset(uint64_t address);

/* Sends what is in the FIFO. */
void fake_uart_send(void);

/* Whether its interrupt line is up. */
bool fake_uart_interrupts(void);

#endif
