// SPDX-License-Identifier: BSD-2-Clause
/* Memory and string functions, without vector registers. */
#include "kernel/string.h"

#include <stdint.h>

#if !__STDC_HOSTED__ /* The functions themselves are wanted here. */
#undef memcpy
#undef memset
#endif

/* From here on a rep instruction beats a loop of 8-byte moves. */
#define REP_BYTES 192

static inline uint64_t load8(const uint8_t *from)
{
	uint64_t value;

	__builtin_memcpy(&value, from, 8);
	return value;
}

static inline void store8(uint8_t *to, uint64_t value)
{
	/* The barrier keeps the compiler from taking the loops below for calls of memcpy. */
	__asm__ volatile("" : "+r"(value));
	__builtin_memcpy(to, &value, 8);
}

/* Any number, from the front. */
static void copy_rep(uint8_t *to, const uint8_t *from, size_t bytes)
{
	size_t words = bytes / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
	bytes %= 8;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes)::"memory");
}

/* From 9 bytes on, to memory apart. */
static void copy_long(uint8_t *to, const uint8_t *from, size_t bytes)
{
	uint64_t last = load8(from + bytes - 8);
	size_t words = (bytes - 1) / 8;

	store8(to + bytes - 8, last);
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
}

/* Up to 15 bytes. */
static void copy_short(uint8_t *to, const uint8_t *from, size_t bytes)
{
	if (bytes >= 8) {
		uint64_t first = load8(from), last = load8(from + bytes - 8);

		store8(to, first);
		store8(to + bytes - 8, last);
		return;
	}
	for (size_t i = 0; i < bytes; i++) {
		uint8_t value = from[i];

		__asm__ volatile("" : "+r"(value));
		to[i] = value;
	}
}

static inline void copy16(uint8_t *to, const uint8_t *from)
{
	uint64_t a = load8(from), b = load8(from + 8);

	store8(to, a);
	store8(to + 8, b);
}

static inline void copy32(uint8_t *to, const uint8_t *from)
{
	copy16(to, from);
	copy16(to + 16, from + 16);
}

/* The last piece may overlap what was copied before it: no length needs single bytes. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (bytes - 32 <= 32) {
		copy32(out, in);
		copy32(out + bytes - 32, in + bytes - 32);
	} else if (bytes < 16) {
		copy_short(out, in, bytes);
	} else if (bytes < 32) {
		copy16(out, in);
		copy16(out + bytes - 16, in + bytes - 16);
	} else if (bytes < REP_BYTES) {
		for (size_t at = 0; at < bytes - 32; at += 32)
			copy32(out + at, in + at);
		copy32(out + bytes - 32, in + bytes - 32);
	} else {
		copy_long(out, in, bytes);
	}
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if ((uintptr_t)out - (uintptr_t)in >= bytes) {
		copy_rep(out, in, bytes);
		return to;
	}
	while (bytes >= 8) {
		bytes -= 8;
		store8(out + bytes, load8(in + bytes));
	}
	while (bytes--) {
		uint8_t value = in[bytes];

		__asm__ volatile("" : "+r"(value));
		out[bytes] = value;
	}
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	uint64_t pattern = (uint8_t)value * 0x0101010101010101ull;
	uint8_t *out = to;
	size_t words = bytes / 8;

	__asm__ volatile("rep stosq" : "+D"(out), "+c"(words) : "a"(pattern) : "memory");
	bytes %= 8;
	__asm__ volatile("rep stosb" : "+D"(out), "+c"(bytes) : "a"(pattern) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *x = a;
	const uint8_t *y = b;

	for (size_t i = 0; i < bytes; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *s)
{
	size_t length = 0;

	while (s[length]) {
		__asm__ volatile("" : "+r"(length));
		length++;
	}
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t most)
{
	for (size_t i = 0; i < most; i++)
		if (a[i] != b[i] || !a[i])
			return (uint8_t)a[i] - (uint8_t)b[i];
	return 0;
}
