/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: kept in memory, and printed on every console. */
#ifndef SLUICE_KERNEL_LOG_H
#define SLUICE_KERNEL_LOG_H

#include <stddef.h>

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG
};

/*
 * Adds one line (without a newline) to the log, from any core and from interrupt handlers.
 * Conversions: %s %c %d %u %x %p %% with flags 0, - and #, width, .precision for %s, and length
 * modifiers l, ll and z. Lines have at most 243 characters: longer ones are cut as in
 * kernel/format.h.
 */
void log_printf(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line of a guest's, like log_info(); left out on consoles that are too slow for it. */
void log_guest(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define log_error(...)   log_printf(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_printf(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_printf(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_printf(LOG_DEBUG, __VA_ARGS__)

/*
 * For the hypervisor's own broken invariants only: stops every core, prints where and why with
 * registers and the log's tail on every console.
 */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Lines of this level and of more urgent ones appear on the consoles (LOG_INFO at first). */
void log_set_console_level(enum log_level level);

/*
 * Calls line for every line in memory, or for the newest, at most most of them; oldest first, as
 * the consoles show them, with \r\n. From any core.
 */
void log_visit(void (*line)(const char *text, size_t bytes));
void log_visit_tail(void (*line)(const char *text, size_t bytes), unsigned most);

/* From now on the log ignores its lock: its holder has been stopped. */
void log_break_lock(void);

#define ASSERT(condition)                                                   \
	do {                                                                \
		if (!(condition))                                           \
			panic("%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

#endif
