/* SPDX-License-Identifier: BSD-2-Clause */
/* Text formatting, with the conversions that kernel/log.h lists. */
#ifndef SLUICE_KERNEL_FORMAT_H
#define SLUICE_KERNEL_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Formats into buffer, at most bytes with the closing zero (bytes at least 1). What does not fit is
 * cut off its longest strings (%s), which then end in "...", so that the text around a long value
 * stays; if that is not enough, off the end. Returns the length of what stands in buffer.
 */
size_t format_string(char *buffer, size_t bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t format_list(char *buffer, size_t bytes, const char *format, va_list arguments);

#endif
