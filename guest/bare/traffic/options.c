// SPDX-License-Identifier: BSD-2-Clause
/* The words of the traffic guest's command line. */
#include <stddef.h>

#include "guest/bare/bare.h"
#include "guest/bare/traffic/traffic.h"

#define BYTES_LEAST 64
#define BYTES_MOST  1518

struct options options = {
	.role = ROLE_SINK,
	.poll = true,
	.ring = 1024,
	.bytes = BYTES_LEAST,
	.flows = 64,
	.pin = TRAFFIC_NONE,
	.stall = TRAFFIC_NONE,
	.ip = 0x0a00020f,
	.dst_ip = 0x0a000264,
	.dst_mac = {2, 0, 0, 0, 0x10, 1},
	.idle = 2000000,
	.supervise = 200000,
	.windows = 1,
	.limit = 4000000000,
	.begin = 2000000,
	.window = 10000000,
};

static const struct {
	const char *key;
	uint32_t *value;
} numbers[] = {
	{"queues", &options.queues}, {"ring", &options.ring},
	{"bytes", &options.bytes},   {"flows", &options.flows},
	{"pin", &options.pin},       {"flow_base", &options.flow_base},
	{"stall", &options.stall},   {"windows", &options.windows},
};

static const struct {
	const char *key;
	uint64_t *value;
} times[] = {
	{"send", &options.send},           {"pace", &options.pace},   {"idle", &options.idle},
	{"limit", &options.limit},         {"begin", &options.begin}, {"window", &options.window},
	{"supervise", &options.supervise},
};

/* If text begins with word and then end (a space ends a word like a zero), what follows. */
static const char *skip_word(const char *text, const char *word, char end)
{
	while (*word && *text == *word)
		text++, word++;
	if (*word || (*text != end && !(end == '\0' && *text == ' ')))
		return NULL;
	return end ? text + 1 : text;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return 16;
}

/* A number up to the character end, or the end of the word; what follows, or NULL. */
static const char *parse_number(const char *text, unsigned base, char end, uint64_t *value)
{
	const char *start = text;

	for (*value = 0; digit_value(*text) < base; text++)
		*value = *value * base + digit_value(*text);
	if (text == start)
		return NULL;
	return skip_word(text, "", end);
}

static bool parse_last(const char *text, uint64_t *value)
{
	return parse_number(text, 10, '\0', value) != NULL;
}

/* `count` numbers below 256 with the separator between them. */
static bool parse_bytes(const char *text, unsigned base, char separator, uint8_t *bytes,
			unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t value;

		text = parse_number(text, base, i + 1 < count ? separator : '\0', &value);
		if (!text || value > 255)
			return false;
		bytes[i] = (uint8_t)value;
	}
	return true;
}

static bool parse_ip(const char *text, uint32_t *ip)
{
	uint8_t bytes[4];

	if (!parse_bytes(text, 10, '.', bytes, 4))
		return false;
	*ip = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	      bytes[3];
	return true;
}

static bool parse_role(const char *text)
{
	static const struct {
		const char *name;
		unsigned role;
	} roles[] = {
		{"sink", ROLE_SINK}, {"source", ROLE_SOURCE}, {"both", ROLE_SINK | ROLE_SOURCE},
		{"echo", ROLE_ECHO}, {"meter", ROLE_METER},
	};

	for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (skip_word(text, roles[i].name, '\0')) {
			options.role = roles[i].role;
			return true;
		}
	}
	return false;
}

static bool parse_choice(const char *text, const char *no, const char *yes, bool *value)
{
	*value = skip_word(text, yes, '\0') != NULL;
	return *value || skip_word(text, no, '\0');
}

static bool parse_numbers(const char *text)
{
	const char *value;
	uint64_t number;

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		value = skip_word(text, numbers[i].key, '=');
		if (!value)
			continue;
		if (!parse_last(value, &number) || number >= TRAFFIC_NONE)
			return false;
		*numbers[i].value = (uint32_t)number;
		return true;
	}
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		value = skip_word(text, times[i].key, '=');
		if (value)
			return parse_last(value, times[i].value);
	}
	return false;
}

static bool parse_word(const char *text)
{
	const char *value;

	if ((value = skip_word(text, "role", '=')))
		return parse_role(value);
	if ((value = skip_word(text, "wait", '=')))
		return parse_choice(value, "interrupt", "poll", &options.poll);
	if ((value = skip_word(text, "proto", '=')))
		return parse_choice(value, "udp", "tcp", &options.tcp);
	if ((value = skip_word(text, "go", '=')))
		return parse_choice(value, "no", "yes", &options.go);
	if ((value = skip_word(text, "ip", '=')))
		return parse_ip(value, &options.ip);
	if ((value = skip_word(text, "dst_ip", '=')))
		return parse_ip(value, &options.dst_ip);
	if ((value = skip_word(text, "dst_mac", '=')))
		return parse_bytes(value, 16, ':', options.dst_mac, 6);
	return parse_numbers(text);
}

bool options_parse(const char *text)
{
	bool fine = true;

	while (*text) {
		if (*text != ' ' && !parse_word(text)) {
			check(false, "a word of the command line that this guest knows");
			print("%s\n", text);
			fine = false;
		}
		while (*text == ' ')
			text++;
		while (*text && *text != ' ')
			text++;
		while (*text == ' ')
			text++;
	}
	if (options.bytes < BYTES_LEAST || options.bytes > BYTES_MOST || !options.flows ||
	    options.flows + options.flow_base > 65536) {
		check(false, "bytes from 64 to 1518, 1 to 65536 flows");
		fine = false;
	}
	return fine;
}
