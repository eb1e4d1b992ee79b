/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 at COM1. What is sent goes through a buffer: at first it is emptied by waiting, once
 * interrupts are in use by them. The caller sees to it that one core at a time is in here.
 */
#ifndef SLUICE_ARCH_X86_CPU_SERIAL_H
#define SLUICE_ARCH_X86_CPU_SERIAL_H

#include <stdbool.h>

#define SERIAL_IRQ 4

/* Sets 115200 baud, 8N1; notes whether there is a UART at all. */
void serial_init(void);

/* Whether the UART's interrupt, which the caller passes to serial_interrupt(), is in use. */
void serial_use_interrupts(bool use);

/* Puts a character into the buffer; waits only if that is full. */
void serial_put(char c);

/* To be called after the last serial_put() in a row: makes sure that all will be sent. */
void serial_start(void);

/* Sends a character at once, past the buffer, and waits a bounded time until it has left. */
void serial_put_now(char c);

/* Waits, a bounded time, until all has left the wire. */
void serial_flush(void);

/* A received character, or -1. */
int serial_get(void);

/* Serves the UART until it has no reason left to interrupt. */
void serial_interrupt(void);

#endif
