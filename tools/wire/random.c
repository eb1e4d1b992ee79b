/* SPDX-License-Identifier: BSD-2-Clause */
/* Repeatable random numbers: SplitMix64 (Steele, Lea, Flood 2014) and what is made of it. */
#include "tools/wire/random.h"

#define LN2_Q32 2977044472u /* ln 2 * 2^32 */

void random_seed(struct random *random, uint64_t seed)
{
	random->state = seed;
}

/* 64 random bits. */
static uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint32_t random_below(struct random *random, uint64_t limit)
{
	return (uint32_t)((random_next(random) >> 32) * limit >> 32);
}

/* log2 with 32 fractional bits, bit by bit: squaring a mantissa doubles its logarithm. */
static uint64_t log2_q32(uint64_t value)
{
	const unsigned whole = 63u - (unsigned)__builtin_clzll(value);
	uint64_t mantissa = value << (63 - whole) >> 32; /* 1 is 2^31 */
	uint64_t result = whole;

	for (int i = 0; i < 32; i++) {
		mantissa = mantissa * mantissa >> 31;
		result <<= 1;
		if (mantissa >> 32) {
			mantissa >>= 1;
			result |= 1;
		}
	}
	return result;
}

uint64_t random_exponential(struct random *random)
{
	const uint64_t uniform = random_next(random) | 1;
	const uint64_t bits = (64ull << 32) - log2_q32(uniform);

	return (uint64_t)((unsigned __int128)bits * LN2_Q32 >> 32);
}
