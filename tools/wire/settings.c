/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of an endpoint as key=value, from a file or one word, and their values' text forms. */
#include "tools/wire/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536

static char *trim(char *text)
{
	char *end;

	text[strcspn(text, "#\n")] = '\0';
	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int take(char *line, const struct setting *known, size_t n, void *target, char *why,
		size_t why_len)
{
	char *equals = strchr(line, '=');
	const char *expected = "";
	int used;

	if (equals) {
		*equals = '\0';
		for (size_t i = 0; i < n; i++) {
			if (strcmp(known[i].key, line) != 0)
				continue;
			if (known[i].parse(target, equals + 1, &expected))
				return 0;
			snprintf(why, why_len, "%s=%s: expected %s", line, equals + 1, expected);
			return -EINVAL;
		}
		*equals = '=';
	}
	used = snprintf(why, why_len, "%s: expected", line);
	for (size_t i = 0; i < n && used > 0 && (size_t)used < why_len; i++)
		used += snprintf(why + used, why_len - (size_t)used, " %s=", known[i].key);
	return -EINVAL;
}

/* The file's text, to be freed; NULL with errno. */
static char *read_file(const char *path)
{
	char *text = calloc(1, TEXT_MAX + 1);
	FILE *f = fopen(path, "r");

	if (f && text && (fread(text, 1, TEXT_MAX, f), !ferror(f))) {
		fclose(f);
		return text;
	}
	if (f)
		fclose(f);
	free(text);
	return NULL;
}

int settings_read(const char *text, const struct setting *known, size_t n, void *target, char *why,
		  size_t why_len)
{
	const bool inline_text = strchr(text, '=') != NULL;
	char *copy = inline_text ? strdup(text) : read_file(text);
	char *line, *rest;
	int err = 0;

	if (!copy) {
		err = errno;
		snprintf(why, why_len, "%s: cannot read: %s", text, strerror(err));
		return -err;
	}
	rest = copy;
	while (!err && (line = strsep(&rest, inline_text ? ";" : "\n")) != NULL) {
		line = trim(line);
		if (*line)
			err = take(line, known, n, target, why, why_len);
	}
	free(copy);
	return err;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && !*end && *value >= min && *value <= max;
}

bool parse_time(const char *text, wire_time_t *value)
{
	static const struct {
		const char *name;
		wire_time_t ps;
	} units[] = {{"ns", WIRE_PS_PER_NS},
		     {"us", WIRE_PS_PER_US},
		     {"ms", WIRE_PS_PER_MS},
		     {"s", 1000 * WIRE_PS_PER_MS}};
	const size_t digits = strspn(text, "0123456789");
	char number[24];
	uint64_t n;

	if (!digits || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + digits, units[i].name) != 0)
			continue;
		if (!parse_number(number, 0, 1000000000000000000u / units[i].ps, &n))
			return false;
		*value = n * units[i].ps;
		return true;
	}
	return false;
}

bool parse_mac_address(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++) {
		char pair[3] = "";

		if (i && *text++ != ':')
			return false;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		memcpy(pair, text, 2);
		mac[i] = (uint8_t)strtoul(pair, NULL, 16);
		text += 2;
	}
	return !*text;
}

bool split_count(const char *text, char *base, size_t size, uint64_t max, uint32_t *count)
{
	const char *plus = strrchr(text, '+');
	const size_t len = plus ? (size_t)(plus - text) : strlen(text);
	uint64_t n = 1;

	if (len >= size || (plus && !parse_number(plus + 1, 1, max, &n)))
		return false;
	memcpy(base, text, len);
	base[len] = '\0';
	*count = (uint32_t)n;
	return true;
}
