// SPDX-License-Identifier: BSD-2-Clause
/* Proportional shares: virtual times in a tree. */
#include "kernel/share.h"

#include <stddef.h>

#include "kernel/machine.h"

/* Virtual time counts parts of a tick, so that it advances with any weight. */
#define PARTS         16
#define WEIGHT_NORMAL 100

static uint64_t to_virtual(const struct share *node, uint64_t ticks)
{
	return ticks * (PARTS * WEIGHT_NORMAL) / node->weight;
}

static uint64_t us_to_virtual(uint32_t us)
{
	return us * ticks_per_us() * PARTS;
}

static bool is_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

/* The active child that is behind, but for one that is left out; NULL if there is none. */
static struct share *find_last(const struct share *parent, const struct share *but)
{
	struct share *last = NULL;

	for (struct share *child = parent->children; child; child = child->next) {
		if (!child->active || (but && child == but))
			continue;
		if (!last || is_before(child->time, last->time))
			last = child;
	}
	return last;
}

static void advance_clock(struct share *parent)
{
	const struct share *last = find_last(parent, NULL);

	if (last && is_before(parent->clock, last->time))
		parent->clock = last->time;
}

void share_add(struct share *parent, struct share *node, uint32_t weight, uint32_t lead_us)
{
	*node = (struct share){.parent = parent, .weight = weight, .lead_us = lead_us};
	if (!parent)
		return;
	advance_clock(parent);
	node->time = parent->clock;
	node->next = parent->children;
	parent->children = node;
}

void share_remove(struct share *node)
{
	struct share **link = &node->parent->children;

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
}

static void activate(struct share *node)
{
	for (; !node->active; node = node->parent) {
		uint64_t credit;

		if (node->parent)
			advance_clock(node->parent);
		node->active = true;
		if (!node->parent)
			break;
		credit = 2 * us_to_virtual(node->parent->lead_us);
		if (is_before(node->time + credit, node->parent->clock))
			node->time = node->parent->clock - credit;
	}
}

static void deactivate(struct share *node)
{
	for (; node->active && !find_last(node, NULL); node = node->parent) {
		if (node->parent)
			advance_clock(node->parent);
		node->active = false;
		if (!node->parent)
			break;
	}
}

void share_set_active(struct share *leaf, bool active)
{
	if (active)
		activate(leaf);
	else
		deactivate(leaf);
}

void share_charge(struct share *leaf, uint64_t ticks)
{
	for (struct share *node = leaf; node->parent; node = node->parent)
		node->time += to_virtual(node, ticks);
}

static struct share *ancestor_below(const struct share *leaf, const struct share *parent)
{
	while (leaf && leaf->parent != parent)
		leaf = leaf->parent;
	return (struct share *)leaf;
}

/* The child of parent to run, and the ticks for which it may. */
static struct share *pick_child(struct share *parent, struct share *current, uint64_t *stay)
{
	struct share *child = find_last(parent, NULL);
	uint64_t lead = us_to_virtual(parent->lead_us);
	const struct share *other;
	uint64_t limit;

	if (current && current->active && current != child &&
	    !is_before(child->time + lead, current->time))
		child = current;
	other = find_last(parent, child);
	*stay = UINT64_MAX;
	if (!other)
		return child;
	limit = other->time + lead;
	*stay = 1;
	if (is_before(child->time, limit))
		*stay += (limit - child->time) * child->weight / (PARTS * WEIGHT_NORMAL);
	return child;
}

struct share *share_pick(struct share *root, const struct share *current, uint64_t *stay)
{
	struct share *node = root;

	*stay = UINT64_MAX;
	if (!root->active)
		return NULL;
	while (node->children) {
		struct share *own = ancestor_below(current, node);
		uint64_t here;

		node = pick_child(node, own, &here);
		if (node != own)
			current = NULL;
		if (here < *stay)
			*stay = here;
	}
	return node;
}

bool share_may_lead(const struct share *leaf)
{
	if (!leaf->active)
		return false;
	for (const struct share *node = leaf; node->parent; node = node->parent) {
		const struct share *other = find_last(node->parent, node);

		if (other &&
		    is_before(other->time + us_to_virtual(node->parent->lead_us), node->time))
			return false;
	}
	return true;
}

void share_give_way(struct share *leaf, const struct share *other)
{
	if (leaf->parent == other->parent && is_before(leaf->time, other->time))
		leaf->time = other->time;
}
