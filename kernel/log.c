// SPDX-License-Identifier: BSD-2-Clause
/* The log: a ring of the newest lines, and its way to the consoles. */
#include "kernel/log.h"

#include <stdarg.h>
#include <stdbool.h>

#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/spinlock.h"

#define LOG_LINES      256 /* 64 KB */
#define LOG_LINE_BYTES 244
#define LOG_TEXT_BYTES 300 /* with time stamp and core */

struct log_line {
	uint64_t ticks; /* ticks_now() when it was logged */
	uint16_t core;
	uint8_t level;
	uint8_t bytes; /* of text */
	char text[LOG_LINE_BYTES];
};

/* log_lines and log_next are protected by lock; they can be read in a memory dump. */
static struct spinlock lock;
static struct log_line log_lines[LOG_LINES];
static uint64_t log_next;

static bool lock_broken;
static enum log_level console_level = LOG_INFO;

static bool log_lock(void)
{
	return lock_broken ? irq_save() : spin_lock_irq(&lock);
}

static void log_unlock(bool interrupts)
{
	if (lock_broken)
		irq_restore(interrupts);
	else
		spin_unlock_irq(&lock, interrupts);
}

void log_break_lock(void)
{
	lock_broken = true;
}

static const char *const level_marks[] = {"error: ", "warning: ", "", ""};

/* The line as the consoles show it; text holds LOG_TEXT_BYTES. Returns its length. */
static size_t format_line(char *text, const struct log_line *line)
{
	uint64_t rate = ticks_per_second();
	uint64_t seconds = rate ? line->ticks / rate : 0;
	uint64_t us = rate ? line->ticks % rate * 1000000 / rate : 0;

	return format_string(text, LOG_TEXT_BYTES, "[%5lu.%06lu %u] %s%s\r\n", seconds, us,
			     line->core, level_marks[line->level], line->text);
}

/* Returns the line's length as text, which holds LOG_TEXT_BYTES. */
static size_t add_line(char *text, enum log_level level, const char *format, va_list arguments)
{
	struct log_line line = {.level = (uint8_t)level};
	bool interrupts;

	line.bytes = (uint8_t)format_list(line.text, LOG_LINE_BYTES, format, arguments);
	line.core = (uint16_t)core_this()->id;

	interrupts = log_lock();
	line.ticks = ticks_now();
	log_lines[log_next++ % LOG_LINES] = line;
	log_unlock(interrupts);
	return format_line(text, &line);
}

void log_printf(enum log_level level, const char *format, ...)
{
	char text[LOG_TEXT_BYTES];
	va_list arguments;
	size_t bytes;

	va_start(arguments, format);
	bytes = add_line(text, level, format, arguments);
	va_end(arguments);
	if (level <= console_level)
		console_write(text, bytes);
}

void log_guest(const char *format, ...)
{
	char text[LOG_TEXT_BYTES];
	va_list arguments;
	size_t bytes;

	va_start(arguments, format);
	bytes = add_line(text, LOG_INFO, format, arguments);
	va_end(arguments);
	if (console_level >= LOG_INFO)
		console_write_spare(text, bytes);
}

void log_set_console_level(enum log_level level)
{
	console_level = level;
}

void log_visit_tail(void (*line)(const char *text, size_t bytes), unsigned most)
{
	uint64_t end = log_next;
	uint64_t kept = end < LOG_LINES ? end : LOG_LINES;
	char text[LOG_TEXT_BYTES];

	for (uint64_t i = end - (most < kept ? most : kept); i < end; i++) {
		bool interrupts = log_lock();
		struct log_line copy = log_lines[i % LOG_LINES];
		bool lost = log_next - i > LOG_LINES;

		log_unlock(interrupts);
		if (!lost)
			line(text, format_line(text, &copy));
	}
}

void log_visit(void (*line)(const char *text, size_t bytes))
{
	log_visit_tail(line, LOG_LINES);
}
