/* SPDX-License-Identifier: BSD-2-Clause */
/* A round of the fuzzer, and the random numbers that decide what happens in it. */
#ifndef SLUICE_TESTS_UNIT_VFIO_USER_FUZZ_DRAW_H
#define SLUICE_TESTS_UNIT_VFIO_USER_FUZZ_DRAW_H

#include "tests/unit/vfio_user/client.h"

struct fuzz {
	struct client *client;
	uint64_t random;         /* never 0 */
	int sparse, null, event; /* a huge file, a device, an eventfd */
};

uint64_t draw(struct fuzz *f);
/* From 0 to n - 1; n is not 0. */
uint64_t draw_below(struct fuzz *f, uint64_t n);
/* True once in n times. */
bool one_in(struct fuzz *f, uint64_t n);
/* Mostly one of the numbers at which things go wrong. */
uint64_t draw_edge(struct fuzz *f);
/* Within the client's memory, aligned to some power of two up to a page. */
uint64_t draw_address(struct fuzz *f);

#endif
