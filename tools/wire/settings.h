/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of an endpoint as key=value, from a file or one word, and their values' text forms. */
#ifndef SLUICE_TOOLS_WIRE_SETTINGS_H
#define SLUICE_TOOLS_WIRE_SETTINGS_H

#include "tools/wire/wire.h"

/* Takes one setting. False: `value` is not what `*expected` is set to. */
typedef bool (*setting_parser)(void *target, const char *value, const char **expected);

struct setting {
	const char *key;
	setting_parser parse;
};

/*
 * Reads settings: `text` is the name of a file with one key=value a line (# begins a comment), or,
 * if it has a '=', the settings themselves with ';' between them. Returns 0, or a negative errno
 * with what was wrong and expected in `why`.
 */
int settings_read(const char *text, const struct setting *known, size_t n, void *target, char *why,
		  size_t why_len);

/* Text forms of values. All return false if the text is not one, or out of range. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* A number with ns, us, ms or s behind it, in ps; at most 10^6 s. */
bool parse_time(const char *text, wire_time_t *value);
bool parse_mac_address(const char *text, uint8_t mac[6]);
/* Splits "text+N" at its last '+'; the count is 1 without it. The text has `size` bytes. */
bool split_count(const char *text, char *base, size_t size, uint64_t max, uint32_t *count);

#endif
