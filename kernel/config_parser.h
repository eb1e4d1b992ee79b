/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the configuration parser's own sources. */
#ifndef SLUICE_KERNEL_CONFIG_PARSER_H
#define SLUICE_KERNEL_CONFIG_PARSER_H

#include "kernel/config.h"
#include "kernel/string.h"

/* A stretch of the text: nothing is copied until it is known to fit. */
struct span {
	const char *start;
	size_t bytes;
};

struct parser {
	struct config *config;
	struct config_vm *vm; /* the section we are in; NULL in [host] */
	unsigned line;        /* 0: the command line */
	char *error;
	size_t error_bytes;
};

/* What a key takes. The parser function writes through target. */
struct key {
	const char *name;
	int (*parse)(struct parser *parser, const struct key *key, struct span value, void *target);
	size_t offset;
	uint64_t least, most;
};

static inline bool span_is(struct span span, const char *text)
{
	return span.bytes == strlen(text) && !memcmp(span.start, text, span.bytes);
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static inline struct span span_trim(struct span span)
{
	while (span.bytes && is_blank(span.start[0])) {
		span.start++;
		span.bytes--;
	}
	while (span.bytes && is_blank(span.start[span.bytes - 1]))
		span.bytes--;
	return span;
}

/* Cuts off and returns what is before the first `end`, or all. */
static inline struct span span_cut(struct span *rest, char end)
{
	struct span head = {rest->start, 0};

	while (head.bytes < rest->bytes && head.start[head.bytes] != end)
		head.bytes++;
	rest->start += head.bytes;
	rest->bytes -= head.bytes;
	if (rest->bytes) {
		rest->start++;
		rest->bytes--;
	}
	return head;
}

/* Says where what was found is, and what was expected there. Returns -EINVAL. */
int config_fail(const struct parser *parser, struct span found, const char *expected);

/* A decimal number; with `size`, a suffix K, M or G multiplies. False if it is none. */
bool config_parse_u64(struct span span, bool size, uint64_t *value);

/* Parser functions of keys. Each returns 0, or -EINVAL after saying what is wrong. */
int config_parse_number(struct parser *parser, const struct key *key, struct span value,
			void *target);
int config_parse_boolean(struct parser *parser, const struct key *key, struct span value,
			 void *target);

/* A network device: target is the struct config_vm. */
int config_parse_net(struct parser *parser, const struct key *key, struct span value, void *target);

/* Interrupt coalescing: target is a struct vio_coalescing. */
int config_parse_coalescing(struct parser *parser, const struct key *key, struct span value,
			    void *target);

/* VLANs of a port: target is a struct vio_vlan_config. */
int config_parse_vlans(struct parser *parser, const struct key *key, struct span value,
		       void *target);

#endif
