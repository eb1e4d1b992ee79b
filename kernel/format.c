// SPDX-License-Identifier: BSD-2-Clause
/* Formatted text. */
#include "kernel/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "kernel/string.h"

#define DIGITS_MOST  24
#define ELLIPSIS     "..."
#define STRING_LEAST 16

struct output {
	char *to;
	size_t bytes, length;
	size_t wanted;      /* characters, with those for which there was no room */
	size_t string_most; /* longer strings end in an ellipsis */
};

struct conversion {
	bool left, zero, alternate;
	unsigned width;
	int precision; /* -1: none given */
	unsigned longs;
	bool size;
};

static void put(struct output *out, char c)
{
	out->wanted++;
	if (out->length + 1 < out->bytes)
		out->to[out->length++] = c;
}

static void pad(struct output *out, char c, size_t used, unsigned width)
{
	for (; used < width; used++)
		put(out, c);
}

/* Prefix (sign or 0x) and body, padded to the conversion's width. */
static void put_field(struct output *out, const struct conversion *conversion, const char *prefix,
		      const char *body, size_t length, bool number)
{
	size_t used = strlen(prefix) + length;
	bool zero = conversion->zero && number && !conversion->left;

	if (!conversion->left && !zero)
		pad(out, ' ', used, conversion->width);
	while (*prefix)
		put(out, *prefix++);
	if (zero)
		pad(out, '0', used, conversion->width);
	for (size_t i = 0; i < length; i++)
		put(out, body[i]);
	if (conversion->left)
		pad(out, ' ', used, conversion->width);
}

static void put_number(struct output *out, const struct conversion *conversion, const char *prefix,
		       uint64_t value, unsigned base)
{
	char digits[DIGITS_MOST];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	put_field(out, conversion, prefix, digits + at, sizeof(digits) - at, true);
}

static void put_string(struct output *out, const struct conversion *conversion, const char *s)
{
	size_t length = 0;

	if (!s)
		s = "(null)";
	while ((conversion->precision < 0 || length < (size_t)conversion->precision) && s[length])
		length++;
	if (length <= out->string_most) {
		put_field(out, conversion, "", s, length, false);
		return;
	}
	length = out->string_most - strlen(ELLIPSIS);
	for (size_t i = 0; i < length; i++)
		put(out, s[i]);
	for (const char *c = ELLIPSIS; *c; c++)
		put(out, *c);
}

static const char *parse_number(const char *format, unsigned *number)
{
	*number = 0;
	while (*format >= '0' && *format <= '9')
		*number = *number * 10 + (unsigned)(*format++ - '0');
	return format;
}

/* Parses flags, width, precision and length modifiers; returns where the conversion letter is. */
static const char *parse_conversion(const char *format, struct conversion *conversion,
				    va_list *arguments)
{
	unsigned number;

	*conversion = (struct conversion){.precision = -1};
	for (;; format++) {
		if (*format == '-')
			conversion->left = true;
		else if (*format == '0')
			conversion->zero = true;
		else if (*format == '#')
			conversion->alternate = true;
		else
			break;
	}
	if (*format == '*') {
		int width = va_arg(*arguments, int);

		conversion->left |= width < 0;
		conversion->width = width < 0 ? 0u - (unsigned)width : (unsigned)width;
		format++;
	} else {
		format = parse_number(format, &conversion->width);
	}
	if (*format == '.') {
		if (format[1] == '*') {
			conversion->precision = va_arg(*arguments, int);
			format += 2;
		} else {
			format = parse_number(format + 1, &number);
			conversion->precision = (int)number;
		}
	}
	for (; *format == 'l'; format++)
		conversion->longs++;
	if (*format == 'z') {
		conversion->size = true;
		format++;
	}
	return format;
}

static uint64_t take_unsigned(const struct conversion *conversion, va_list *arguments)
{
	if (conversion->size)
		return va_arg(*arguments, size_t);
	if (conversion->longs >= 2)
		return va_arg(*arguments, unsigned long long);
	if (conversion->longs == 1)
		return va_arg(*arguments, unsigned long);
	return va_arg(*arguments, unsigned);
}

static int64_t take_signed(const struct conversion *conversion, va_list *arguments)
{
	if (conversion->size || conversion->longs == 1)
		return va_arg(*arguments, long);
	if (conversion->longs >= 2)
		return va_arg(*arguments, long long);
	return va_arg(*arguments, int);
}

static void put_signed(struct output *out, const struct conversion *conversion, int64_t value)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	put_number(out, conversion, value < 0 ? "-" : "", magnitude, 10);
}

/* Handles the conversion letter at format; false if it is none. */
static bool convert(struct output *out, char letter, const struct conversion *conversion,
		    va_list *arguments)
{
	char c;

	switch (letter) {
	case 's':
		put_string(out, conversion, va_arg(*arguments, const char *));
		return true;
	case 'c':
		c = (char)va_arg(*arguments, int);
		put_field(out, conversion, "", &c, 1, false);
		return true;
	case 'd':
	case 'i':
		put_signed(out, conversion, take_signed(conversion, arguments));
		return true;
	case 'u':
		put_number(out, conversion, "", take_unsigned(conversion, arguments), 10);
		return true;
	case 'x':
		put_number(out, conversion, conversion->alternate ? "0x" : "",
			   take_unsigned(conversion, arguments), 16);
		return true;
	case 'p':
		put_number(out, conversion, "0x", (uintptr_t)va_arg(*arguments, void *), 16);
		return true;
	case '%':
		put(out, '%');
		return true;
	default:
		return false;
	}
}

/* One pass with strings of at most string_most characters. Returns how many it wanted in all. */
static size_t format_pass(struct output *out, size_t string_most, const char *format,
			  va_list arguments)
{
	struct conversion conversion;
	va_list list;

	out->length = out->wanted = 0;
	out->string_most = string_most;
	va_copy(list, arguments);
	while (*format) {
		const char *start = format;

		if (*format != '%') {
			put(out, *format++);
			continue;
		}
		format = parse_conversion(format + 1, &conversion, &list);
		if (*format && convert(out, *format, &conversion, &list)) {
			format++;
			continue;
		}
		while (start < format)
			put(out, *start++);
	}
	va_end(list);
	out->to[out->length] = 0;
	return out->wanted;
}

size_t format_list(char *to, size_t bytes, const char *format, va_list arguments)
{
	struct output out = {.to = to, .bytes = bytes};
	size_t fits = STRING_LEAST, too_long = bytes;

	if (format_pass(&out, SIZE_MAX, format, arguments) < bytes)
		return out.length;
	while (fits + 1 < too_long) {
		size_t most = fits + (too_long - fits) / 2;

		if (format_pass(&out, most, format, arguments) < bytes)
			fits = most;
		else
			too_long = most;
	}
	format_pass(&out, fits, format, arguments);
	return out.length;
}

size_t format_string(char *to, size_t bytes, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = format_list(to, bytes, format, arguments);
	va_end(arguments);
	return length;
}
