/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the JSON of the version message. */
#ifndef SLUICE_TOOLS_VFIO_USER_JSON_H
#define SLUICE_TOOLS_VFIO_USER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind {
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};

struct json_value {
	enum json_kind kind;
	bool whole; /* a number from 0 to 2^64 - 1, in `number` */
	uint64_t number;
};

/*
 * Reads one value (RFC 8259) of len bytes, at most 16 levels deep, and calls `member` for each
 * member of each object that is not within an array, with its name behind the names of the objects
 * around it and dots between, cut to 127 bytes; escapes in names are left as they are. Returns
 * whether the text is JSON, without anything behind it but blanks.
 */
bool json_read(const char *text, size_t len,
	       void (*member)(void *opaque, const char *path, const struct json_value *value),
	       void *opaque);

#endif
