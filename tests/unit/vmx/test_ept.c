// SPDX-License-Identifier: BSD-2-Clause
/* Extended page tables: what a guest's memory is mapped as. */
#include "arch/x86/vmx/ept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/vmx/controls.h"
#include "kernel/memory.h"

#define LEAF_BITS (EPT_READ | EPT_WRITE | EPT_EXECUTE | EPT_TYPE_WB | BIT(6)) /* ignore PAT */
#define MB        (1ull << 20)

void *memory_alloc(size_t bytes, size_t align)
{
	void *memory = aligned_alloc(align, bytes);

	return memory ? memset(memory, 0, bytes) : NULL;
}

void memory_free(void *memory, size_t bytes)
{
	(void)bytes;
	free(memory);
}

static uint64_t walk(const uint64_t *table, uint64_t address)
{
	for (unsigned level = 4;; level--) {
		uint64_t entry = table[address >> (12 + 9 * (level - 1)) & 511];

		if (level == 1 || !entry || (entry & EPT_LARGE))
			return entry;
		table = (const uint64_t *)(entry & EPT_ADDRESS);
	}
}

/* Write-back whatever the guest's PAT says: it cannot have another type of a page than the host. */
static void test_memory_type(void **state)
{
	uint64_t *root = ept_create();

	(void)state;
	assert_int_equal(ept_map(root, 2 * MB - 4096, 6 * MB - 4096, 4096 + 2 * MB, true), 0);
	assert_int_equal(ept_map(root, 1ull << 40, 16 * MB, 4096, false), 0);
	assert_true(walk(root, 2 * MB - 4096) == (LEAF_BITS | (6 * MB - 4096)));
	assert_true(walk(root, 2 * MB) == (LEAF_BITS | EPT_LARGE | 6 * MB));
	assert_true(walk(root, 1ull << 40) == (LEAF_BITS | 16 * MB));
	assert_true(walk(root, 4 * MB) == 0);
	ept_destroy(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
