// SPDX-License-Identifier: BSD-2-Clause
/*
 * Small objects: pages of equal slots for sizes up to KMALLOC_SLOT_MOST, whole pages above. Either
 * way a header stands at the start of the page that the object begins in.
 */
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/memory.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"

#define KMALLOC_MAGIC      0x6b6d616c6c6f6321ull
#define KMALLOC_SLOT_LEAST 16
#define KMALLOC_SLOT_MOST  1024
#define KMALLOC_CLASSES    7
#define KMALLOC_BIG        KMALLOC_CLASSES /* class of objects with pages of their own */

struct slot {
	struct slot *next;
};

struct page_header {
	uint64_t magic;
	uint32_t class;
	uint32_t used;                   /* slots in use */
	uint64_t bytes;                  /* of the allocation, header included, if big */
	struct slot *free;               /* free slots of this page */
	struct page_header *next, *prev; /* pages of this class with free slots */
} CACHE_ALIGNED;

/* Protects partial and the headers of all slot pages. */
static struct spinlock lock;
static struct page_header *partial[KMALLOC_CLASSES];

static size_t class_bytes(unsigned class)
{
	return (size_t)KMALLOC_SLOT_LEAST << class;
}

static unsigned class_of(size_t bytes)
{
	unsigned class = 0;

	while (class_bytes(class) < bytes)
		class ++;
	return class;
}

static void link_page(struct page_header *page)
{
	struct page_header *first = partial[page->class];

	page->prev = NULL;
	page->next = first;
	if (first)
		first->prev = page;
	partial[page->class] = page;
}

static void unlink_page(struct page_header *page)
{
	if (page->prev)
		page->prev->next = page->next;
	else
		partial[page->class] = page->next;
	if (page->next)
		page->next->prev = page->prev;
}

static struct page_header *add_page(unsigned class)
{
	struct page_header *page = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	size_t bytes = class_bytes(class);

	if (!page)
		return NULL;
	page->magic = KMALLOC_MAGIC;
	page->class = class;
	for (size_t at = sizeof(*page); at + bytes <= PAGE_BYTES; at += bytes) {
		struct slot *slot = (struct slot *)((uint8_t *)page + at);

		slot->next = page->free;
		page->free = slot;
	}
	link_page(page);
	return page;
}

static void *alloc_slot(unsigned class)
{
	bool interrupts = spin_lock_irq(&lock);
	struct page_header *page = partial[class];
	struct slot *slot = NULL;

	if (!page)
		page = add_page(class);
	if (page) {
		slot = page->free;
		page->free = slot->next;
		page->used++;
		if (!page->free)
			unlink_page(page);
	}
	spin_unlock_irq(&lock, interrupts);
	return slot ? memset(slot, 0, class_bytes(class)) : NULL;
}

static void *alloc_big(size_t bytes)
{
	struct page_header *page;

	if (bytes + sizeof(*page) < bytes)
		return NULL;
	page = memory_alloc(bytes + sizeof(*page), PAGE_BYTES);
	if (!page)
		return NULL;
	page->magic = KMALLOC_MAGIC;
	page->class = KMALLOC_BIG;
	page->bytes = bytes + sizeof(*page);
	return page + 1;
}

void *kmalloc(size_t bytes)
{
	return bytes <= KMALLOC_SLOT_MOST ? alloc_slot(class_of(bytes)) : alloc_big(bytes);
}

static void free_slot(struct page_header *page, struct slot *slot)
{
	bool interrupts = spin_lock_irq(&lock);
	bool was_full = !page->free;

	ASSERT(page->used);
	slot->next = page->free;
	page->free = slot;
	page->used--;
	if (was_full)
		link_page(page);
	if (!page->used)
		unlink_page(page);
	else
		page = NULL;
	spin_unlock_irq(&lock, interrupts);
	if (page) {
		page->magic = 0;
		memory_free(page, PAGE_BYTES);
	}
}

void kfree(void *object)
{
	struct page_header *page = (struct page_header *)((uint64_t)object & ~(PAGE_BYTES - 1));

	if (!object)
		return;
	ASSERT(page->magic == KMALLOC_MAGIC && page->class <= KMALLOC_BIG);
	if (page->class < KMALLOC_BIG) {
		free_slot(page, object);
		return;
	}
	page->magic = 0;
	memory_free(page, page->bytes);
}
