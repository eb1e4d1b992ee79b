/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots of counter files, kept in memory until they are printed. */
#ifndef SLUICE_TOOLS_BENCH_KVM_AGENT_SNAPSHOT_H
#define SLUICE_TOOLS_BENCH_KVM_AGENT_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Opens the files that a snapshot has, a list that ends with NULL; `marks`: the profile plugin is
 * told of each snapshot. Returns 0, or a negative errno and has told why.
 */
int snapshot_init(char **paths, bool marks);

/*
 * Takes one: the TSC, all files, and the sink (guest/linux/sink) keeps its counters. Sluice's meter
 * counts from the first on until the `last` one.
 */
void snapshot_take(bool last);

/* All snapshots since the last snapshot_forget(), and the sink's file, under a name. */
void snapshot_print(const char *name, FILE *to);

/* Begins anew, the sink too. */
void snapshot_forget(void);

#endif
