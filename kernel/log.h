/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: kept in memory, and printed on every console. */
#ifndef SLUICE_KERNEL_LOG_H
#define SLUICE_KERNEL_LOG_H

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG
};

/*
 * Adds one line (without a newline) to the log, from any core and from interrupt handlers.
 * Conversions: %s %c %d %u %x %p %% with flags 0 and -, width, .precision for %s, and length
 * modifiers l, ll and z. Lines are cut at 240 characters.
 */
void log_printf(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...)   log_printf(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_printf(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_printf(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_printf(LOG_DEBUG, __VA_ARGS__)

/*
 * For the hypervisor's own broken invariants only: stops every core, prints where and why with
 * registers and the log's tail on every console.
 */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define ASSERT(condition)                                                   \
	do {                                                                \
		if (!(condition))                                           \
			panic("%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

#endif
