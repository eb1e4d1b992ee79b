/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The serial console: a UART of the 8250's family (PC16550D datasheet), whose output goes through
 * a buffer. Until serial_open() the buffer holds it. During boot the writer waits for the UART;
 * from serial_stop_waiting() on nobody does: output leaves by interrupts and by serial_poll(), and
 * what does not fit into the buffer is lost and counted. A panic waits again. A UART that does not
 * answer (reads all ones: a management controller restarts) is set up anew when it does. The caller
 * sees to it that one core at a time is in here.
 */
#ifndef SLUICE_ARCH_X86_CPU_SERIAL_H
#define SLUICE_ARCH_X86_CPU_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86/cpu/uart.h"

/*
 * The console is this UART; NULL: none. Sends what was held. Returns whether there is one: it
 * answers, and shows that it is a UART unless it is a named one.
 */
bool serial_open(const struct uart *uart);

/* Nobody waits any more. interrupts: the UART's are passed to serial_interrupt(). */
void serial_stop_waiting(bool interrupts);

/* Everybody waits again, without interrupts: the machine is about to end. */
void serial_wait_again(void);

/*
 * Puts text into the buffer, whole or not at all; spare: only if a quarter of the buffer stays
 * free. After the last in a row serial_start() makes sure that it leaves.
 */
void serial_write(const char *text, size_t bytes, bool spare);
void serial_start(void);

/* Sends a character at once, past the buffer, and waits a bounded time until it has left. */
void serial_put_now(char c);

/*
 * Waits, a bounded time, until all has left the wire. What is still held goes to each of COM1 to
 * COM4 that is there.
 */
void serial_flush(void);

/* Whether text may be written that can wait: a quarter of the buffer is free, or it would be lost.
 */
bool serial_has_room(void);

/* A received character, or -1. */
int serial_get(void);

/* Serves the UART until it has no reason left to interrupt, a bounded time. */
void serial_interrupt(void);

/*
 * To be called every 20 ms, or less often while serial_is_quiet(), whatever the interrupts do:
 * receives, sends on, finds out that the UART went or came back. Returns whether the transmitter
 * stood still, with output waiting, and without an interrupt since the last call: then to be called
 * soon again.
 */
bool serial_poll(void);

/* Whether no output waits and the UART's interrupts, which tell of input, have come before. */
bool serial_is_quiet(void);

#endif
