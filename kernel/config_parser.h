/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the configuration parser's own sources. */
#ifndef SLUICE_KERNEL_CONFIG_PARSER_H
#define SLUICE_KERNEL_CONFIG_PARSER_H

#include "kernel/config.h"
#include "kernel/string.h"

/* A stretch of the text: nothing is copied until it is known to fit. */
struct span {
	const char *start; /* NULL: not there at all */
	size_t bytes;
};

#define CONFIG_KEYS_MOST 32 /* in a section, or on a net line */

struct parser {
	struct config *config;
	struct config_vm *vm; /* the section we are in; NULL in [host] */
	unsigned line;        /* 0: the command line */
	/* Lines where [host] and the current [vm NAME] have each key, in the order of their tables.
	 */
	unsigned host_lines[CONFIG_KEYS_MOST], vm_lines[CONFIG_KEYS_MOST];
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

/* --- config_text.c: lines, words, quotes --------------------------------------------------------
 */

bool span_is(struct span span, const char *text);

/* Without blanks (space, tab, carriage return) at either end. */
struct span span_trim(struct span span);

/* Cuts off and returns what is before the first `end`; without one all, and rest->start is NULL. */
struct span span_cut(struct span *rest, char end);

/* Cuts off and returns the next word between blanks, or nothing; quotes keep blanks in a word. */
struct span span_word(struct span *rest);

/*
 * Skips a byte-order mark of UTF-8. Returns 0; -EINVAL, said, if the text is in UTF-16.
 */
int config_check_encoding(struct parser *parser, struct span *text);

/*
 * Takes blanks and a comment off a line: from a # at its beginning or after a blank, outside
 * quotes. Returns 0; -EINVAL, said, for a quote without its second, or a control character.
 */
int config_strip_line(struct parser *parser, struct span *line);

/* Takes off the quotes around a whole value. Returns 0; -EINVAL, said, if there is more to it. */
int config_unquote(struct parser *parser, struct span *value);

/* Says where what was found is, and what was expected there. Returns -EINVAL. */
int config_fail(const struct parser *parser, struct span found, const char *expected);

/*
 * The same, with one of the names expected, which are `count` strings at every `stride` bytes from
 * first on.
 */
int config_fail_names(const struct parser *parser, struct span found, const char *const *first,
		      unsigned count, size_t stride);

/* --- config.c, config_net.c, config_card.c, config_coalescing.c
 * ------------------------------------------------
 */

/* The key of that name in a table that ends with a NULL name; NULL if there is none. */
const struct key *config_find_key(const struct key *keys, struct span name);

/* Refuses a name that none of the keys has. Returns -EINVAL. */
int config_fail_key(const struct parser *parser, struct span name, const struct key *keys);

/* A whole decimal number. False if it is none, or above UINT64_MAX. */
bool config_parse_u64(struct span span, uint64_t *value);

/* The same, times kilo, its square or its cube after K, M or G, in either case. */
bool config_parse_scaled(struct span span, uint64_t kilo, uint64_t *value);

/* Parser functions of keys. Each returns 0, or -EINVAL after saying what is wrong. */
int config_parse_number(struct parser *parser, const struct key *key, struct span value,
			void *target);
int config_parse_boolean(struct parser *parser, const struct key *key, struct span value,
			 void *target);

/* A network device: target is the struct config_vm. */
int config_parse_net(struct parser *parser, const struct key *key, struct span value, void *target);

/* A unicast MAC address such as 52:54:00:12:34:56. */
int config_parse_mac(struct parser *parser, struct span value, uint8_t mac[6]);

/* The network card: target is a struct config_card. */
int config_parse_card(struct parser *parser, const struct key *key, struct span value,
		      void *target);

/* The value of a hexadecimal digit, or -1. */
int config_hex_digit(char c);

/* Interrupt coalescing: target is a struct vio_coalescing. */
int config_parse_coalescing(struct parser *parser, const struct key *key, struct span value,
			    void *target);

/* VLANs of a port: target is a struct vio_vlan_config. */
int config_parse_vlans(struct parser *parser, const struct key *key, struct span value,
		       void *target);

#endif
