/* SPDX-License-Identifier: BSD-2-Clause */
/* A log-linear histogram: 64 equal classes in each octave, so that no value is off by 1 %. */
#ifndef SLUICE_TOOLS_WIRE_HISTOGRAM_H
#define SLUICE_TOOLS_WIRE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_CLASSES (64 * 43) /* values below 2^48 */

struct histogram {
	uint64_t count, min, max;
	uint64_t sum_high, sum_low; /* 128 bits */
	uint64_t classes[HISTOGRAM_CLASSES];
};

/* Adds a value below 2^48. All zero is the empty histogram. */
void histogram_add(struct histogram *h, uint64_t value);

/* The mean; 0 if there is none. */
uint64_t histogram_mean(const struct histogram *h);

/* The smallest value that `permille` of all do not exceed, to the class's middle; 0 if none. */
uint64_t histogram_quantile(const struct histogram *h, unsigned permille);

#endif
