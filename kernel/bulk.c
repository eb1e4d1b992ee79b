// SPDX-License-Identifier: BSD-2-Clause
/* Clearing and copying of much memory. */
#include "kernel/bulk.h"

#include <stdint.h>

#include "kernel/string.h"
#include "kernel/thread.h"

#define PIECE_BYTES ((size_t)256 << 10)

static size_t piece(size_t bytes)
{
	return bytes < PIECE_BYTES ? bytes : PIECE_BYTES;
}

void bulk_clear(void *to, size_t bytes)
{
	uint8_t *at = to;

	for (size_t count; bytes; at += count, bytes -= count) {
		count = piece(bytes);
		memset(at, 0, count);
		thread_yield();
	}
}

void bulk_copy(void *restrict to, const void *restrict from, size_t bytes)
{
	const uint8_t *source = from;
	uint8_t *at = to;

	for (size_t count; bytes; at += count, source += count, bytes -= count) {
		count = piece(bytes);
		memcpy(at, source, count);
		thread_yield();
	}
}
