// SPDX-License-Identifier: BSD-2-Clause
/*
 * The page allocator: first fit over a list of free ranges, sorted by address, which lives in
 * the free memory itself; first within the preferred ranges.
 */
#include "kernel/memory_pages.h"

#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"

/* At the start of every free range. */
struct free_range {
	struct free_range *next;
	uint64_t bytes;
};

/* Protects free_list, the two totals and what is preferred. */
static struct spinlock lock;
static struct free_range *free_list;
static uint64_t total, available;
static struct memory_range preferred[MEMORY_PREFERRED_MOST];
static unsigned preferred_count;

static uint64_t end_of(const struct free_range *range)
{
	return (uint64_t)range + range->bytes;
}

/* Joins range with its successor if they touch. */
static void join_next(struct free_range *range)
{
	struct free_range *next = range->next;

	if (next && end_of(range) == (uint64_t)next) {
		range->bytes += next->bytes;
		range->next = next->next;
	}
}

static void insert(uint64_t start, uint64_t bytes)
{
	struct free_range *before = NULL;
	struct free_range *range = (struct free_range *)start;
	struct free_range **link = &free_list;

	while (*link && (uint64_t)*link < start) {
		before = *link;
		link = &before->next;
	}
	ASSERT(!before || end_of(before) <= start);
	ASSERT(!*link || start + bytes <= (uint64_t)*link);
	*range = (struct free_range){*link, bytes};
	*link = range;
	join_next(range);
	if (before)
		join_next(before);
	available += bytes;
}

/* Cuts [start, start + bytes) out of the range that *link points to. */
static void cut(struct free_range **link, uint64_t start, uint64_t bytes)
{
	struct free_range *range = *link;
	uint64_t end = end_of(range);
	struct free_range *next = range->next;

	if (start + bytes < end) {
		struct free_range *rest = (struct free_range *)(start + bytes);

		*rest = (struct free_range){next, end - (uint64_t)rest};
		next = rest;
	}
	if ((uint64_t)range < start) {
		range->bytes = start - (uint64_t)range;
		range->next = next;
	} else {
		*link = next;
	}
	available -= bytes;
}

/* The lowest piece that lies in limits; 0 if there is none. */
static uint64_t take_within(uint64_t bytes, uint64_t align, struct memory_range limits)
{
	for (struct free_range **link = &free_list; *link; link = &(*link)->next) {
		uint64_t from = (uint64_t)*link > limits.start ? (uint64_t)*link : limits.start;
		uint64_t end = end_of(*link) < limits.end ? end_of(*link) : limits.end;
		uint64_t start = (from + align - 1) & ~(align - 1);

		if (start < from || start > end || end - start < bytes)
			continue;
		cut(link, start, bytes);
		return start;
	}
	return 0;
}

static uint64_t take(uint64_t bytes, uint64_t align)
{
	const struct memory_range anywhere = {0, UINT64_MAX};
	uint64_t start = 0;

	for (unsigned i = 0; !start && i < preferred_count; i++)
		start = take_within(bytes, align, preferred[i]);
	return start ? start : take_within(bytes, align, anywhere);
}

static size_t round_up(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

void memory_add(uint64_t start, uint64_t bytes)
{
	uint64_t first = (start + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	uint64_t end = (start + bytes) & ~(PAGE_BYTES - 1);
	bool interrupts;

	if (end <= first)
		return;
	interrupts = spin_lock_irq(&lock);
	insert(first, end - first);
	total += end - first;
	spin_unlock_irq(&lock, interrupts);
}

void memory_prefer(const struct memory_range *ranges, unsigned count)
{
	bool interrupts = spin_lock_irq(&lock);

	ASSERT(count <= MEMORY_PREFERRED_MOST);
	for (unsigned i = 0; i < count; i++) {
		preferred[i].start = (ranges[i].start + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
		preferred[i].end = ranges[i].end & ~(PAGE_BYTES - 1);
	}
	preferred_count = count;
	spin_unlock_irq(&lock, interrupts);
}

bool memory_is_preferred(const void *memory, size_t bytes)
{
	uint64_t start = (uint64_t)memory;

	for (unsigned i = 0; i < preferred_count; i++)
		if (start >= preferred[i].start && start + bytes <= preferred[i].end)
			return true;
	return !preferred_count;
}

void *memory_take(size_t bytes, size_t align)
{
	size_t rounded = round_up(bytes);
	bool interrupts;
	void *memory;

	ASSERT(align >= PAGE_BYTES && !(align & (align - 1)));
	if (!bytes || rounded < bytes)
		return NULL;
	interrupts = spin_lock_irq(&lock);
	memory = (void *)take(rounded, align);
	spin_unlock_irq(&lock, interrupts);
	return memory;
}

void *memory_alloc(size_t bytes, size_t align)
{
	void *memory = memory_take(bytes, align);

	return memory ? memset(memory, 0, round_up(bytes)) : NULL;
}

void memory_free(void *memory, size_t bytes)
{
	bool interrupts;

	if (!memory)
		return;
	ASSERT((uint64_t)memory % PAGE_BYTES == 0 && bytes);
	interrupts = spin_lock_irq(&lock);
	insert((uint64_t)memory, round_up(bytes));
	spin_unlock_irq(&lock, interrupts);
}

uint64_t memory_total(void)
{
	return total;
}

uint64_t memory_available(void)
{
	return available;
}
