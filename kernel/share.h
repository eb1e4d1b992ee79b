/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proportional shares of a core. Consumers are the leaves of a tree; at each inner node the time
 * goes to the children that want it, in proportion to their weights, however many leaves each has
 * below it. Who does not want it leaves it to the others, and saves up next to nothing.
 *
 * Each node has a virtual time: its ticks, times 100, divided by its weight. The child that is
 * behind runs, until it is a lead ahead of one that waits. One that has slept starts two leads
 * behind, if it was that far, and so runs at once. Not locked: a tree belongs to its core.
 */
#ifndef SLUICE_KERNEL_SHARE_H
#define SLUICE_KERNEL_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_WEIGHT_MOST 1000

struct share {
	struct share *parent, *children, *next;
	uint32_t weight;  /* 1 to SHARE_WEIGHT_MOST */
	uint32_t lead_us; /* inner: how far a child gets ahead of another one that waits, virtual */
	bool active;      /* wants the core; inner: a child does */
	uint64_t time;    /* virtual; wraps */
	uint64_t clock;   /* inner: least virtual time of the active children, never going back */
};

/* Makes node, which has no children and does not want the core, a child of parent (NULL: none). */
void share_add(struct share *parent, struct share *node, uint32_t weight, uint32_t lead_us);

/* Takes node, which has no children and does not want the core, out of the tree. */
void share_remove(struct share *node);

/* From now on leaf wants the core, or does not. */
void share_set_active(struct share *leaf, bool active);

/* Leaf has used ticks of the core. */
void share_charge(struct share *leaf, uint64_t ticks);

/*
 * The leaf that is to run now, NULL if none wants to; current: the one that has run until now,
 * which keeps the core until it has its lead, or NULL. *stay: the ticks after which this has to be
 * asked again, UINT64_MAX while nobody else wants the core.
 */
struct share *share_pick(struct share *root, const struct share *current, uint64_t *stay);

/*
 * True if leaf may run next out of turn: it wants the core, and neither it nor a node above it is
 * ahead of a waiting sibling by more than a lead.
 */
bool share_may_lead(const struct share *leaf);

/* Puts leaf behind its sibling other in the order: it gives its turn away. */
void share_give_way(struct share *leaf, const struct share *other);

#endif
