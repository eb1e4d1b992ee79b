/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clearing and copying of much memory in a thread: in pieces, between which other threads of the
 * core have their turn.
 */
#ifndef SLUICE_KERNEL_BULK_H
#define SLUICE_KERNEL_BULK_H

#include <stddef.h>

void bulk_clear(void *to, size_t bytes);

/* The ranges do not overlap. */
void bulk_copy(void *restrict to, const void *restrict from, size_t bytes);

#endif
