/* SPDX-License-Identifier: BSD-2-Clause */
/* The consoles: a serial port (8N1) and, where there is one, the VGA text screen. */
#ifndef SLUICE_KERNEL_CONSOLE_H
#define SLUICE_KERNEL_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct serial_setting;

/*
 * Before memory and interrupts. If the boot command line names a port (serial=), output goes there;
 * else it is held. Text may be written before that.
 */
void console_init(const char *command_line);

/*
 * The serial port to use if the command line has not named one. What was held goes there. After
 * memory_init() and acpi_parse().
 */
void console_use_serial(const struct serial_setting *setting);

/* Clears the VGA text screen and shows there, too, what follows. Only if there is such a screen. */
void console_use_screen(void);

/*
 * From now on nobody waits for the consoles: the serial port is served by interrupts on core, if
 * they come, and by console_poll(), which also shows the screen. After ioapic_init().
 */
void console_use_interrupts(struct core *core);

/*
 * Writes bytes as they are to all consoles, from any core. Never waits once the machine is up: what
 * the serial port is too slow for is left out there as a whole, and counted on it.
 */
void console_write(const char *text, size_t bytes);

/* The same for guests' text: left out while it would take the room of others. */
void console_write_spare(const char *text, size_t bytes);

/* Whether there is room for text that can wait. */
bool console_has_room(void);

/*
 * Lets the core's other threads run until there is, at most a second. For threads, before each line
 * of a long list.
 */
void console_wait_room(void);

/*
 * Shows the screen, and keeps the serial port going where its interrupts do not. Returns in how
 * many microseconds it should be called again: 2,000 to 100,000.
 */
uint32_t console_poll(void);

/*
 * Waits, a bounded time, until the serial port has sent everything. If it is not known yet which
 * port is the console's, what was held goes to each of COM1 to COM4 that is there.
 */
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
