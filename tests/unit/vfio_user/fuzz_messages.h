/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzzer sends: payloads, descriptors, and what spoils them. */
#ifndef SLUICE_TESTS_UNIT_VFIO_USER_FUZZ_MESSAGES_H
#define SLUICE_TESTS_UNIT_VFIO_USER_FUZZ_MESSAGES_H

#include "tests/unit/vfio_user/fuzz_draw.h"

#define FUZZ_MAX_MESSAGE 1024u /* a header and what fuzz_make_payload() makes */
#define FUZZ_MAX_FDS     20u

/* The payload of a message that could well be a good one; returns its length. */
size_t fuzz_make_payload(struct fuzz *f, uint16_t command, uint8_t *to);
/* The file descriptors that go along; returns how many: mostly as many as there should be. */
unsigned fuzz_choose_fds(struct fuzz *f, uint16_t command, const uint8_t *payload, int *fds);
/* Changes some of the bytes. */
void fuzz_spoil(struct fuzz *f, uint8_t *bytes, size_t len);
/* n transmit descriptors of 16 bytes, most of which make sense. */
void fuzz_make_descriptors(struct fuzz *f, uint64_t *q, uint64_t n);

#endif
