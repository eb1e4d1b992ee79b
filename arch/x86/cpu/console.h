/* SPDX-License-Identifier: BSD-2-Clause */
/* The consoles: the first serial port (115200 baud, 8N1) and the VGA text screen. */
#ifndef SLUICE_ARCH_X86_CPU_CONSOLE_H
#define SLUICE_ARCH_X86_CPU_CONSOLE_H

#include <stddef.h>

/* Usable right after entry, before memory and interrupts. */
void console_init(void);

/* Writes bytes as they are to all consoles, from any core. */
void console_write(const char *text, size_t bytes);

/* Waits, a bounded time, until the serial port has sent everything. */
void console_flush(void);

/* A character typed on the serial console, or -1. Never waits. */
int console_read(void);

/* Text of a command's answer; conversions of kernel/log.h, \n becomes \r\n. At most 1000 bytes. */
void console_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on consoles ignore their lock: its holder has been stopped. */
void console_break_lock(void);

#endif
