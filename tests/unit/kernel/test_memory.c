// SPDX-License-Identifier: BSD-2-Clause
/* The page allocator and kmalloc, on memory of the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/memory.h"
#include "kernel/memory_pages.h"

#define ARENA_BYTES (32ul << 20)
#define GAP_START   (8ul << 20) /* of the arena; not given to the allocator */
#define GAP_BYTES   (1ul << 20)

static uint8_t *arena;

/* The allocator has no end, so all tests share it; each gives back what it took. */
static int make_arena(void **state)
{
	(void)state;
	arena = aligned_alloc(LARGE_PAGE_BYTES, ARENA_BYTES);
	memset(arena, 0xee, ARENA_BYTES);
	/* Unaligned ends are rounded inwards; less than a page is nothing. */
	memory_add((uint64_t)arena + GAP_START + GAP_BYTES, ARENA_BYTES - GAP_START - GAP_BYTES);
	memory_add((uint64_t)arena + 1, GAP_START);
	memory_add((uint64_t)arena + GAP_START + 100, 5000);
	return 0;
}

static int free_arena(void **state)
{
	(void)state;
	free(arena);
	return 0;
}

static void assert_zero(const void *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(((const uint8_t *)memory)[i], 0);
}

static void test_totals(void **state)
{
	(void)state;
	assert_int_equal(memory_total(), ARENA_BYTES - GAP_BYTES - PAGE_BYTES);
	assert_int_equal(memory_available(), memory_total());
}

static void test_alloc_is_zero_and_aligned(void **state)
{
	uint8_t *a = memory_alloc(1, PAGE_BYTES);
	uint8_t *b = memory_alloc(3 * LARGE_PAGE_BYTES, LARGE_PAGE_BYTES);
	uint8_t *c = memory_alloc(PAGE_BYTES + 1, 4 * PAGE_BYTES);

	(void)state;
	assert_int_equal((uint64_t)b % LARGE_PAGE_BYTES, 0);
	assert_int_equal((uint64_t)c % (4 * PAGE_BYTES), 0);
	assert_zero(a, PAGE_BYTES);
	assert_zero(b, 3 * LARGE_PAGE_BYTES);
	assert_zero(c, 2 * PAGE_BYTES);
	assert_int_equal(memory_available(),
			 memory_total() - 3 * PAGE_BYTES - 3 * LARGE_PAGE_BYTES);
	memory_free(b, 3 * LARGE_PAGE_BYTES);
	memory_free(a, 1);
	memory_free(c, PAGE_BYTES + 1);
	assert_int_equal(memory_available(), memory_total());
}

static void test_nothing_outside(void **state)
{
	void *pages[8200];
	unsigned count = 0;

	(void)state;
	while ((pages[count] = memory_alloc(PAGE_BYTES, PAGE_BYTES))) {
		uint64_t at = (uint64_t)pages[count] - (uint64_t)arena;

		assert_true(at < ARENA_BYTES);
		assert_true(at + PAGE_BYTES <= GAP_START || at >= GAP_START + GAP_BYTES);
		count++;
	}
	assert_int_equal(count, memory_total() / PAGE_BYTES);
	assert_int_equal(memory_available(), 0);
	/* Every second page first, so that neighbours join later from both sides. */
	for (unsigned i = 0; i < count; i += 2)
		memory_free(pages[i], PAGE_BYTES);
	for (unsigned i = 1; i < count; i += 2)
		memory_free(pages[i], PAGE_BYTES);
	assert_int_equal(memory_available(), memory_total());
}

static void test_coalesced(void **state)
{
	size_t most = ARENA_BYTES - GAP_START - GAP_BYTES;
	void *all = memory_alloc(most, PAGE_BYTES);

	(void)state;
	assert_non_null(all);
	memory_free(all, most);
}

/* Near memory first, only whole pieces of it, then any. */
static void test_preferred(void **state)
{
	const uint64_t near = (uint64_t)arena + (16ul << 20);
	const struct memory_range ranges[] = {{near + 1, near + (2ul << 20) + PAGE_BYTES},
					      {near + (4ul << 20), near + (5ul << 20)}};
	uint8_t *a, *b, *c, *d;

	(void)state;
	a = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	assert_true((uint64_t)a < near);
	assert_true(memory_is_preferred(a, PAGE_BYTES));
	memory_prefer(ranges, 2);
	assert_false(memory_is_preferred(a, PAGE_BYTES));
	b = memory_alloc(LARGE_PAGE_BYTES, PAGE_BYTES);
	assert_int_equal((uint64_t)b, near + PAGE_BYTES);
	assert_true(memory_is_preferred(b, LARGE_PAGE_BYTES));
	c = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	assert_int_equal((uint64_t)c, near + (4ul << 20));
	/* No piece of that size is near. */
	d = memory_alloc(LARGE_PAGE_BYTES, LARGE_PAGE_BYTES);
	assert_non_null(d);
	assert_false(memory_is_preferred(d, LARGE_PAGE_BYTES));
	memory_free(a, PAGE_BYTES);
	memory_free(b, LARGE_PAGE_BYTES);
	memory_free(c, PAGE_BYTES);
	memory_free(d, LARGE_PAGE_BYTES);
	assert_int_equal(memory_available(), memory_total());
	/* All of it can still be had. */
	test_nothing_outside(state);
	memory_prefer(NULL, 0);
}

static void test_too_much(void **state)
{
	(void)state;
	assert_null(memory_alloc(ARENA_BYTES, PAGE_BYTES));
	assert_null(memory_alloc(0, PAGE_BYTES));
	assert_null(memory_alloc(SIZE_MAX, PAGE_BYTES));
	assert_null(memory_alloc(PAGE_BYTES, 1ul << 62));
	assert_null(kmalloc(SIZE_MAX));
	assert_null(kmalloc(SIZE_MAX - 32));
	memory_free(NULL, PAGE_BYTES);
	kfree(NULL);
}

static void test_random(void **state)
{
	struct {
		uint8_t *memory;
		size_t bytes;
	} held[64] = {0};

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = (unsigned)rand() % 64;

		if (held[i].memory) {
			assert_int_equal(held[i].memory[0], i + 1);
			assert_int_equal(held[i].memory[held[i].bytes - 1], i + 1);
			memory_free(held[i].memory, held[i].bytes);
			held[i].memory = NULL;
			continue;
		}
		held[i].bytes = 1 + (unsigned)rand() % 40000;
		held[i].memory = memory_alloc(held[i].bytes, PAGE_BYTES << rand() % 4);
		if (!held[i].memory)
			continue;
		held[i].memory[0] = held[i].memory[held[i].bytes - 1] = (uint8_t)(i + 1);
	}
	for (unsigned i = 0; i < 64; i++)
		memory_free(held[i].memory, held[i].bytes);
	assert_int_equal(memory_available(), memory_total());
}

static void test_kmalloc_sizes(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < 3 * PAGE_BYTES; bytes += bytes < 1100 ? 1 : 509) {
		uint8_t *object = kmalloc(bytes);

		assert_non_null(object);
		assert_int_equal((uint64_t)object % (bytes < 64 ? 16 : 64), 0);
		assert_zero(object, bytes);
		memset(object, 0xcc, bytes);
		kfree(object);
	}
	assert_int_equal(memory_available(), memory_total());
}

static void test_kmalloc_many(void **state)
{
	static uint8_t *objects[3000];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		size_t bytes = 1 + i * 37 % 1500;

		objects[i] = kmalloc(bytes);
		assert_non_null(objects[i]);
		assert_zero(objects[i], bytes);
		memset(objects[i], (int)i, bytes);
	}
	for (unsigned i = 0; i < 3000; i++) {
		unsigned victim = i * 7 % 3000;
		size_t bytes = 1 + victim * 37 % 1500;

		assert_int_equal(objects[victim][0], (uint8_t)victim);
		assert_int_equal(objects[victim][bytes - 1], (uint8_t)victim);
		kfree(objects[victim]);
	}
	assert_int_equal(memory_available(), memory_total());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_alloc_is_zero_and_aligned),
		cmocka_unit_test(test_nothing_outside),
		cmocka_unit_test(test_coalesced),
		cmocka_unit_test(test_preferred),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_kmalloc_sizes),
		cmocka_unit_test(test_kmalloc_many),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
