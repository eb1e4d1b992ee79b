// SPDX-License-Identifier: BSD-2-Clause
// The configuration's words for interrupt coalescing.
#include "kernel/config_parser.h"

#define RATE_LEAST 1000 /* a second */
#define RATE_MOST  1000000

#define EXPECTED \
	"adaptive, none, rate:1000 to rate:1000000, or static:USECS:FRAMES (0 to 1000, 0 to 4096)"

_Static_assert(VIO_USECS_MOST == 1000 && VIO_RING_SIZE_MOST == 4096, "EXPECTED says so");

int config_parse_coalescing(struct parser *parser, const struct key *key, struct span value,
			    void *target)
{
	struct vio_coalescing *coalescing = target;
	struct span rest = value, word = span_cut(&rest, ':');
	struct span usecs_word = span_cut(&rest, ':');
	uint64_t number, frames;

	(void)key;
	*coalescing = (struct vio_coalescing){0};
	if (span_is(word, "adaptive") && word.bytes == value.bytes) {
		*coalescing = VIO_COALESCING_DEFAULT;
		return 0;
	}
	if (span_is(word, "none") && word.bytes == value.bytes)
		return 0;
	if (span_is(word, "rate") && !rest.start && config_parse_u64(usecs_word, &number) &&
	    number >= RATE_LEAST && number <= RATE_MOST) {
		coalescing->spacing_us = (uint32_t)(1000000 / number);
		return 0;
	}
	if (span_is(word, "static") && config_parse_u64(usecs_word, &number) &&
	    config_parse_u64(rest, &frames) && number <= VIO_USECS_MOST &&
	    frames <= VIO_RING_SIZE_MOST) {
		coalescing->usecs = (uint32_t)number;
		coalescing->frames = (uint32_t)frames;
		return 0;
	}
	return config_fail(parser, value, EXPECTED);
}
