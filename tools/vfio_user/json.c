/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the JSON of the version message (RFC 8259). */
#include "tools/vfio_user/json.h"

#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 16

struct reader {
	const char *at, *end;
	unsigned depth, arrays;
	char path[128];
	void (*member)(void *opaque, const char *path, const struct json_value *value);
	void *opaque;
};

static bool read_value(struct reader *r, struct json_value *value);

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && *r->at && strchr(" \t\r\n", *r->at))
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool read_escape(struct reader *r)
{
	char c;

	if (r->at == r->end)
		return false;
	c = *r->at++;
	if (c != 'u')
		return c && strchr("\"\\/bfnrt", c);
	for (int i = 0; i < 4; i++, r->at++) {
		if (r->at == r->end || !is_hex(*r->at))
			return false;
	}
	return true;
}

/* A string behind its first quote; the text between the quotes is at *start, *len bytes. */
static bool read_string(struct reader *r, const char **start, size_t *len)
{
	*start = r->at;
	while (r->at < r->end) {
		const char c = *r->at++;

		if (c == '"') {
			*len = (size_t)(r->at - 1 - *start);
			return true;
		}
		if ((unsigned char)c < 0x20 || (c == '\\' && !read_escape(r)))
			return false;
	}
	return false;
}

static bool skip_digits(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > start;
}

static bool skip_one(struct reader *r, const char *of)
{
	if (r->at == r->end || !*r->at || !strchr(of, *r->at))
		return false;
	r->at++;
	return true;
}

static bool read_number(struct reader *r, struct json_value *value)
{
	const bool negative = skip_one(r, "-");
	const char *start = r->at;

	value->kind = JSON_NUMBER;
	if (!skip_digits(r) || (*start == '0' && r->at - start > 1))
		return false;
	value->whole = !negative;
	for (const char *p = start; p < r->at; p++) {
		if (__builtin_mul_overflow(value->number, 10u, &value->number) ||
		    __builtin_add_overflow(value->number, (unsigned)(*p - '0'), &value->number))
			value->whole = false;
	}
	if (skip_one(r, ".")) {
		value->whole = false;
		if (!skip_digits(r))
			return false;
	}
	if (skip_one(r, "eE")) {
		value->whole = false;
		skip_one(r, "+-");
		return skip_digits(r);
	}
	return true;
}

static bool read_word(struct reader *r, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len))
		return false;
	r->at += len;
	return true;
}

/* One member of an object; its path is there while its value is read. */
static bool read_member(struct reader *r)
{
	const size_t before = strlen(r->path);
	struct json_value value;
	const char *name;
	size_t len;
	bool ok;

	if (!take(r, '"') || !read_string(r, &name, &len) || !take(r, ':'))
		return false;
	if (len > sizeof(r->path))
		len = sizeof(r->path);
	snprintf(r->path + before, sizeof(r->path) - before, "%s%.*s", before ? "." : "", (int)len,
		 name);
	ok = read_value(r, &value);
	if (ok && !r->arrays)
		r->member(r->opaque, r->path, &value);
	r->path[before] = 0;
	return ok;
}

static bool read_element(struct reader *r)
{
	struct json_value value;

	return read_value(r, &value);
}

static bool read_list(struct reader *r, char end, bool (*read_one)(struct reader *r))
{
	if (take(r, end))
		return true;
	do {
		if (!read_one(r))
			return false;
	} while (take(r, ','));
	return take(r, end);
}

static bool read_container(struct reader *r, bool array)
{
	bool ok;

	if (++r->depth > MAX_DEPTH)
		return false;
	r->arrays += array;
	ok = array ? read_list(r, ']', read_element) : read_list(r, '}', read_member);
	r->arrays -= array;
	r->depth--;
	return ok;
}

static bool read_value(struct reader *r, struct json_value *value)
{
	const char *text;
	size_t len;

	memset(value, 0, sizeof(*value));
	skip_blanks(r);
	if (r->at == r->end)
		return false;
	switch (*r->at) {
	case '{':
	case '[':
		value->kind = *r->at++ == '[' ? JSON_ARRAY : JSON_OBJECT;
		return read_container(r, value->kind == JSON_ARRAY);
	case '"':
		value->kind = JSON_STRING;
		r->at++;
		return read_string(r, &text, &len);
	case 't':
		value->kind = JSON_TRUE;
		return read_word(r, "true");
	case 'f':
		value->kind = JSON_FALSE;
		return read_word(r, "false");
	case 'n':
		value->kind = JSON_NULL;
		return read_word(r, "null");
	default:
		return read_number(r, value);
	}
}

bool json_read(const char *text, size_t len,
	       void (*member)(void *opaque, const char *path, const struct json_value *value),
	       void *opaque)
{
	struct reader r = {.at = text, .end = text + len, .member = member, .opaque = opaque};
	struct json_value value;

	if (!read_value(&r, &value))
		return false;
	skip_blanks(&r);
	return r.at == r.end;
}
