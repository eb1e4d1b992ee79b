// SPDX-License-Identifier: BSD-2-Clause
/* Both consoles behind one lock. */
#include "kernel/console.h"

#include <stdarg.h>
#include <stdbool.h>

#include "arch/x86/cpu/ioapic.h"
#include "arch/x86/cpu/serial.h"
#include "arch/x86/cpu/vga.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"

#define PRINTF_BYTES 1000

/* Protects the UART and the screen. */
static struct spinlock lock;
static bool lock_broken;

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

static void put(char c)
{
	serial_put(c);
	vga_put(c);
}

void console_init(void)
{
	serial_init();
}

void console_use_screen(void)
{
	vga_init();
}

void console_write(const char *text, size_t bytes)
{
	bool interrupts = console_lock();

	for (size_t i = 0; i < bytes; i++)
		put(text[i]);
	serial_start();
	console_unlock(interrupts);
}

void console_flush(void)
{
	bool interrupts = console_lock();

	serial_flush();
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

void console_printf(const char *format, ...)
{
	char text[PRINTF_BYTES];
	va_list arguments;
	bool interrupts;

	va_start(arguments, format);
	format_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	interrupts = console_lock();
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			put('\r');
		put(*c);
	}
	serial_start();
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

	if (interrupt_alloc(core, "console", take_interrupt, NULL, &message) ||
	    ioapic_route_isa(SERIAL_IRQ, &message)) {
		log_info("console: without interrupts");
		return;
	}
	interrupts = console_lock();
	serial_use_interrupts(true);
	console_unlock(interrupts);
}

void console_break_lock(void)
{
	lock_broken = true;
	serial_use_interrupts(false);
}
