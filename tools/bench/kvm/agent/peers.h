/* SPDX-License-Identifier: BSD-2-Clause */
/* Agents of several guests, whose clocks are one: the first leads the others by datagrams. */
#ifndef SLUICE_TOOLS_BENCH_KVM_AGENT_PEERS_H
#define SLUICE_TOOLS_BENCH_KVM_AGENT_PEERS_H

#include <stdint.h>

/* Snapshots to come: `count` of them, `step` ticks apart, the first at TSC `first`. */
struct peers_plan {
	uint64_t first, step;
	unsigned count;
};

/* The followers are 10.0.2.16 and on; `mhz` ticks are a microsecond. Returns 0 or a negative errno.
 */
int peers_init(unsigned followers, unsigned mhz);

/* Waits for the plan's times and takes its snapshots. */
void peers_take(const struct peers_plan *plan);

/*
 * Leader: has all followers begin anew by the plan, note their snapshots, or run a shell's line. A
 * follower that does not answer is told of by a line FAILED.
 */
void peers_plan(const struct peers_plan *plan);
void peers_note(void);
void peers_run(const char *line);

/* A follower's life. */
void peers_follow(void) __attribute__((noreturn));

#endif
