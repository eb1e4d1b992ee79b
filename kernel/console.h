/* SPDX-License-Identifier: BSD-2-Clause */
/* The consoles: the first serial port (115200 baud, 8N1) and, where there is one, the VGA text
 * screen. */
#ifndef SLUICE_KERNEL_CONSOLE_H
#define SLUICE_KERNEL_CONSOLE_H

#include <stddef.h>

struct core;

/* Usable right after entry, before memory and interrupts. The serial port only. */
void console_init(void);

/* Clears the VGA text screen and shows there, too, what follows. Only if there is such a screen. */
void console_use_screen(void);

/*
 * From now on the serial port is served by interrupts on core, so that a line of output costs its
 * core no waiting. After ioapic_init(); without a way for the interrupt it stays as it is.
 */
void console_use_interrupts(struct core *core);

/* Writes bytes as they are to all consoles, from any core. */
void console_write(const char *text, size_t bytes);

/* Waits, a bounded time, until the serial port has sent everything. */
void console_flush(void);

/* A character typed on the serial console, or -1. Never waits. */
int console_read(void);

/* Text of a command's answer; conversions of kernel/log.h, \n becomes \r\n. At most 1000 bytes. */
void console_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * From a non-maskable interrupt: bytes as they are, and waits until they are out. To all consoles,
 * or, where the lock is held by who was interrupted, to the serial port, past its buffer.
 */
void console_write_nmi(const char *text, size_t bytes);

/* From now on consoles ignore their lock, whose holder has been stopped, and use no interrupts. */
void console_break_lock(void);

#endif
