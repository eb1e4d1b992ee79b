// SPDX-License-Identifier: BSD-2-Clause
/* Both consoles behind one lock. */
#include "kernel/console.h"

#include <stdarg.h>
#include <stdbool.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/ioapic.h"
#include "arch/x86/cpu/serial.h"
#include "arch/x86/cpu/vga.h"
#include "kernel/address_space.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"

#define PRINTF_BYTES 1000
#define ROOM_WAIT_US 1000000
#define SLOW_POLLS   5 /* without the interrupt that should have come: then it is said */

/* Between polls: while output waits and no interrupt comes; commonly; with nothing to do. */
#define POLL_SOON_US  2000
#define POLL_US       20000
#define POLL_QUIET_US 100000

/* Protects the UART and the screen. */
static struct spinlock lock;
static bool lock_broken;

static struct uart uart;
static bool opened, interrupts_used;
static bool waits = true; /* writers wait for both consoles: at boot and in a panic */
static unsigned slow_polls;

static bool console_lock(void)
{
	if (lock_broken)
		return irq_save();
	return spin_lock_irq(&lock);
}

static void console_unlock(bool interrupts)
{
	if (lock_broken)
		irq_restore(interrupts);
	else
		spin_unlock_irq(&lock, interrupts);
}

static void put(const char *text, size_t bytes, bool spare)
{
	serial_write(text, bytes, spare);
	for (size_t i = 0; i < bytes; i++)
		vga_put(text[i]);
}

/* Says which port it is: on that port, or on those others that there are. */
static void open_serial(const struct serial_setting *setting, const char *who)
{
	bool wanted = uart_choose(setting, &acpi_info.serial, &uart);
	bool interrupts, answers;

	opened = true;
	if (wanted && uart.memory)
		uart.registers = mmio_map(uart.address, (size_t)UART_REGISTERS * uart.stride);
	if (uart.memory && !uart.registers)
		wanted = false;
	interrupts = console_lock();
	answers = serial_open(wanted ? &uart : NULL);
	console_unlock(interrupts);
	if (!wanted)
		log_info("console: no serial port, by %s", who);
	else
		log_info("console: serial port %#lx%s, %u baud, by %s%s", uart.address,
			 uart.memory ? " in memory" : "", uart.baud, who,
			 answers ? "" : ": nothing answers there");
}

static void show_screen(void)
{
	for (unsigned row = 0; row < VGA_ROWS; row++)
		vga_show(row);
}

/* What was put is on its way. */
static void start(void)
{
	serial_start();
	if (waits)
		show_screen();
}

void console_init(const char *command_line)
{
	struct serial_setting setting;

	/* What is in memory can be mapped later only. */
	if (serial_setting_find(command_line, &setting) &&
	    (setting.kind == SERIAL_PORT || setting.kind == SERIAL_NONE))
		open_serial(&setting, "the command line");
}

void console_use_serial(const struct serial_setting *setting)
{
	const char *who = setting->kind != SERIAL_AUTO ? "the configuration"
			  : acpi_info.serial.there     ? "ACPI's SPCR"
						       : "default";

	if (!opened)
		open_serial(setting, who);
}

void console_use_screen(void)
{
	vga_init();
}

static void write_text(const char *text, size_t bytes, bool spare)
{
	bool interrupts = console_lock();

	put(text, bytes, spare);
	start();
	console_unlock(interrupts);
}

void console_write(const char *text, size_t bytes)
{
	write_text(text, bytes, false);
}

void console_write_spare(const char *text, size_t bytes)
{
	write_text(text, bytes, true);
}

void console_flush(void)
{
	bool interrupts = console_lock();

	serial_flush();
	show_screen();
	console_unlock(interrupts);
}

void console_write_nmi(const char *text, size_t bytes)
{
	if (spin_is_free(&lock)) {
		console_write(text, bytes);
		console_flush();
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		serial_put_now(text[i]);
}

int console_read(void)
{
	bool interrupts = console_lock();
	int c = serial_get();

	console_unlock(interrupts);
	return c;
}

/* The lock is held for one row at a time. */
static void show_rows(void)
{
	for (unsigned row = 0; row < VGA_ROWS; row++) {
		bool interrupts;

		if (!vga_has_changed(row))
			continue;
		interrupts = console_lock();
		vga_show(row);
		console_unlock(interrupts);
	}
}

uint32_t console_poll(void)
{
	bool interrupts = console_lock();
	bool slow = serial_poll();
	bool quiet = serial_is_quiet();

	console_unlock(interrupts);
	show_rows();
	if (slow && interrupts_used && slow_polls++ == SLOW_POLLS)
		log_warning("console: the serial port's interrupt does not come: it is polled");
	return slow ? POLL_SOON_US : quiet ? POLL_QUIET_US : POLL_US;
}

bool console_has_room(void)
{
	return serial_has_room();
}

void console_wait_room(void)
{
	uint64_t end = ticks_now() + ROOM_WAIT_US * ticks_per_us();

	while (!console_has_room() && ticks_now() < end) {
		console_write("", 0); /* pushes on */
		thread_yield();
	}
}

void console_printf(const char *format, ...)
{
	char text[PRINTF_BYTES];
	va_list arguments;
	bool interrupts;

	va_start(arguments, format);
	format_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	interrupts = console_lock();
	for (const char *rest = text, *c = text; *rest; rest = c) {
		while (*c && *c != '\n')
			c++;
		put(rest, (size_t)(c - rest), false);
		if (*c) {
			put("\r\n", 2, false);
			c++;
		}
	}
	start();
	console_unlock(interrupts);
}

static void take_interrupt(void *argument)
{
	bool interrupts = console_lock();

	(void)argument;
	serial_interrupt();
	console_unlock(interrupts);
}

void console_use_interrupts(struct core *core)
{
	struct interrupt_message message;
	bool interrupts;

	interrupts_used = uart.irq &&
			  !interrupt_alloc(core, "console", take_interrupt, NULL, &message) &&
			  !ioapic_route_isa(uart.irq, &message);
	if (!interrupts_used)
		log_info("console: without interrupts, polled");
	interrupts = console_lock();
	waits = false;
	serial_stop_waiting(interrupts_used);
	console_unlock(interrupts);
}

void console_break_lock(void)
{
	lock_broken = true;
	waits = true;
	serial_wait_again();
}
