// SPDX-License-Identifier: BSD-2-Clause
/* All memory that the e820 map names is there, each piece once, and zero: also beyond 4 GB. */
#include "guest/bare/bare.h"

#define E820_ENTRIES 0x1e8 /* in boot_params */
#define E820_TABLE   0x2d0
#define E820_RAM     1
#define OWN_END      (32ul << 20) /* this guest and its page tables are below */
#define STEP         (2ul << 20)
#define WORD         8

struct e820_entry {
	uint64_t address, bytes;
	uint32_t type;
} __attribute__((packed));

static uint64_t checked, wrong;

/* Calls visit for a word in every 2 MB of every range of memory, and for its last one. */
static void walk(void (*visit)(volatile uint64_t *word))
{
	const uint8_t *params = bare_boot_params;
	const struct e820_entry *table = (const void *)(params + E820_TABLE);

	for (unsigned i = 0; i < params[E820_ENTRIES]; i++) {
		uint64_t start = table[i].address, end = start + table[i].bytes;

		if (table[i].type != E820_RAM || end <= OWN_END)
			continue;
		if (start < OWN_END)
			start = OWN_END;
		for (; start < end; start += STEP)
			visit((volatile uint64_t *)start);
		visit((volatile uint64_t *)(end - WORD));
	}
}

static void expect_zero(volatile uint64_t *word)
{
	wrong += *word != 0;
	checked++;
}

static void write_address(volatile uint64_t *word)
{
	*word = (uint64_t)word;
}

static void expect_address(volatile uint64_t *word)
{
	wrong += *word != (uint64_t)word;
}

static void print_range(const struct e820_entry *entry)
{
	if (entry->type == E820_RAM)
		print("memory from %lx to %lx\n", entry->address, entry->address + entry->bytes);
}

void test(void)
{
	const uint8_t *params = bare_boot_params;

	for (unsigned i = 0; i < params[E820_ENTRIES]; i++)
		print_range((const struct e820_entry *)(params + E820_TABLE) + i);
	walk(expect_zero);
	check(checked && !wrong, "zero at the start");
	walk(write_address);
	walk(expect_address);
	check(!wrong, "each address is memory of its own");
	print("memory: %lu places\n", checked);
}
