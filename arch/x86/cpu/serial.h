/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16550 at COM1. */
#ifndef SLUICE_ARCH_X86_CPU_SERIAL_H
#define SLUICE_ARCH_X86_CPU_SERIAL_H

/* Sets 115200 baud, 8N1; notes whether there is a UART at all. */
void serial_init(void);

/* Sends a character; drops it if there is no UART or it does not drain. */
void serial_put(char c);

/* Waits, a bounded time, until all has left the wire. */
void serial_flush(void);

/* A received character, or -1. */
int serial_get(void);

#endif
