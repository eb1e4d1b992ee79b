/* SPDX-License-Identifier: BSD-2-Clause */
/* Repeatable random numbers: the same seed gives the same numbers on every machine. */
#ifndef SLUICE_TOOLS_WIRE_RANDOM_H
#define SLUICE_TOOLS_WIRE_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

void random_seed(struct random *random, uint64_t seed);

/* A number below `limit`, which is 1 to 2^32. */
uint32_t random_below(struct random *random, uint64_t limit);

/*
 * An exponentially distributed number of mean 1, with 32 fractional bits (0 to 45 * 2^32):
 * the time between events of a Poisson process. No floating point.
 */
uint64_t random_exponential(struct random *random);

#endif
