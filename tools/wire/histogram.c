/* SPDX-License-Identifier: BSD-2-Clause */
/* A log-linear histogram: 64 equal classes in each octave. */
#include "tools/wire/histogram.h"

#define CLASS_BITS 6

static unsigned get_class(uint64_t value)
{
	unsigned shift;

	if (value < 1u << CLASS_BITS)
		return (unsigned)value;
	shift = 63u - CLASS_BITS - (unsigned)__builtin_clzll(value);
	return (shift << CLASS_BITS) + (unsigned)(value >> shift);
}

static uint64_t get_middle(unsigned class)
{
	unsigned shift;

	if (class < 2u << CLASS_BITS)
		return class;
	shift = (class >> CLASS_BITS) - 1;
	return ((uint64_t)(class - (shift << CLASS_BITS)) << shift) + (1ull << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	const unsigned __int128 sum = ((unsigned __int128)h->sum_high << 64 | h->sum_low) + value;

	if (!h->count || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->count++;
	h->sum_high = (uint64_t)(sum >> 64);
	h->sum_low = (uint64_t)sum;
	h->classes[get_class(value)]++;
}

uint64_t histogram_mean(const struct histogram *h)
{
	const unsigned __int128 sum = (unsigned __int128)h->sum_high << 64 | h->sum_low;

	return h->count ? (uint64_t)(sum / h->count) : 0;
}

uint64_t histogram_quantile(const struct histogram *h, unsigned permille)
{
	const uint64_t rank = (uint64_t)(((unsigned __int128)h->count * permille + 999) / 1000);
	uint64_t seen = 0, value;

	if (!h->count)
		return 0;
	for (unsigned i = 0; i < HISTOGRAM_CLASSES; i++) {
		seen += h->classes[i];
		if (seen < rank || !seen)
			continue;
		value = get_middle(i);
		return value < h->min ? h->min : value > h->max ? h->max : value;
	}
	return h->max;
}
