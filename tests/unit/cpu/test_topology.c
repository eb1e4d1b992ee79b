// SPDX-License-Identifier: BSD-2-Clause
/* Packages, cores and threads from CPUID, the order in which cores are used, and the SRAT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/topology.h"
#include "machine_host.h"

/* What a processor answers; leaves that are not listed are zero. */
struct answer {
	uint32_t leaf, subleaf;
	struct cpuid registers;
};

static const struct answer *answers;
static unsigned answer_count;

static struct cpuid read_cpuid(uint32_t leaf, uint32_t subleaf)
{
	for (unsigned i = 0; i < answer_count; i++)
		if (answers[i].leaf == leaf && answers[i].subleaf == subleaf)
			return answers[i].registers;
	return (struct cpuid){0};
}

#define USE(list) (answers = (list), answer_count = sizeof(list) / sizeof((list)[0]))

static void expect_place(uint32_t id, uint32_t package, uint32_t core, uint32_t thread)
{
	struct topology topology = topology_read(read_cpuid);

	assert_int_equal(topology_package(topology, id), package);
	assert_int_equal(topology_core(topology, id), core);
	assert_int_equal(topology_thread(topology, id), thread);
}

/* Xeon E5 v3: leaf 0BH, two threads, up to 16 cores. */
static void test_leaf_0b(void **state)
{
	static const struct answer e5[] = {
		{0x0b, 0, {1, 2, 0x100, 0}},
		{0x0b, 1, {5, 24, 0x201, 0}},
		{0x0b, 2, {0, 0, 2, 0}},
	};

	(void)state;
	USE(e5);
	expect_place(0, 0, 0, 0);
	expect_place(1, 0, 0, 1);
	expect_place(0x1b, 0, 13, 1);
	expect_place(0x20, 1, 0, 0);
	expect_place(0x135, 9, 10, 1);
}

/* Leaf 1FH with modules and dies wins. */
static void test_leaf_1f(void **state)
{
	static const struct answer wide[] = {
		{0x1f, 0, {1, 2, 0x100, 0}},  {0x1f, 1, {6, 40, 0x201, 0}},
		{0x1f, 2, {7, 80, 0x502, 0}}, {0x0b, 0, {1, 2, 0x100, 0}},
		{0x0b, 1, {6, 40, 0x201, 0}},
	};

	(void)state;
	USE(wide);
	expect_place(0x7f, 0, 0x3f, 1);
	expect_place(0x80, 1, 0, 0);
}

static void test_without_threads(void **state)
{
	static const struct answer plain[] = {
		{0x0b, 0, {0, 1, 0x100, 0}},
		{0x0b, 1, {3, 6, 0x201, 0}},
	};

	(void)state;
	USE(plain);
	expect_place(5, 0, 5, 0);
	expect_place(9, 1, 1, 0);
}

/* Before Nehalem: leaves 1 and 4. */
static void test_legacy(void **state)
{
	static const struct answer threads[] = {
		{1, 0, {0, 4u << 16, 0, 1u << 28}},
		{4, 0, {1u << 26, 0, 0, 0}},
	};
	static const struct answer cores[] = {
		{1, 0, {0, 6u << 16, 0, 1u << 28}},
		{4, 0, {7u << 26, 0, 0, 0}},
	};
	static const struct answer one[] = {
		{1, 0, {0, 200u << 16, 0, 0}},
	};

	(void)state;
	USE(threads);
	expect_place(3, 0, 1, 1);
	expect_place(6, 1, 1, 0);
	USE(cores);
	expect_place(5, 0, 5, 0);
	expect_place(13, 1, 5, 0);
	USE(one);
	expect_place(2, 2, 0, 0);
}

/* A processor that tells nonsense ends nothing. */
static void test_impossible(void **state)
{
	struct answer bad[10];

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		bad[i] = (struct answer){0x0b, i, {31, 1, 0x200, 0}};
	USE(bad);
	expect_place(UINT32_MAX, 1, 0x7fffffff, 0);
}

static void expect_order(uint32_t boot, const uint32_t *ids, unsigned count, unsigned cores,
			 const uint32_t *expected)
{
	const struct topology topology = {.thread_bits = 1, .package_shift = 3};
	uint32_t order[16];

	assert_int_equal(topology_order(topology, boot, ids, count, order), cores);
	assert_memory_equal(order, expected, count * sizeof(*expected));
}

static void test_order(void **state)
{
	static const uint32_t mixed[] = {0, 1, 2, 3, 8, 9, 10, 11};
	static const uint32_t mixed_order[] = {0, 2, 8, 10, 1, 3, 9, 11};
	static const uint32_t sorted[] = {0, 2, 8, 10, 1, 3, 9, 11};
	/* The boot core is a second thread, and not the first in the list. */
	static const uint32_t boot_order[] = {1, 2, 8, 10, 0, 3, 9, 11};
	static const uint32_t boot_list_order[] = {1, 2, 8, 10, 0, 3, 9, 11};

	(void)state;
	expect_order(0, mixed, 8, 4, mixed_order);
	expect_order(0, sorted, 8, 4, sorted);
	expect_order(1, mixed, 8, 4, boot_list_order);
	expect_order(1, boot_order, 8, 4, boot_order);
	expect_order(0, NULL, 0, 0, mixed);
}

/* The table in an allocation of its own, so that the sanitizer sees every read beyond it. */
static void parse(struct acpi_info *info, const uint8_t *table, size_t bytes)
{
	uint8_t *copy = malloc(bytes);

	memcpy(copy, table, bytes);
	memset(info, 0, sizeof(*info));
	acpi_parse_srat(copy, bytes, info);
	free(copy);
}

static const uint8_t srat[] = {
	[8] = 2,
	[48] = /* revision */
	0,
	16,
	1,
	4,
	1,
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0, /* APIC id 4: node 10001h */
	0,
	16,
	1,
	5,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0, /* disabled */
	2,
	24,
	0,
	0,
	1,
	0,
	0,
	0,
	0x34,
	0x12,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	/* 2 GB from 4 GB on: node 1; disabled; empty; beyond the end of addresses. */
	1,
	40,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0x80,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	40,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	2,
	0,
	0,
	0,
	0,
	0,
	0,
	0x80,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	40,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	2,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	40,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	2,
	0,
	0,
	0xff,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0xff,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
};

static void test_srat(void **state)
{
	uint8_t table[sizeof(srat)];
	struct acpi_info info;
	uint32_t node = 0;

	(void)state;
	for (size_t bytes = 36; bytes <= sizeof(srat); bytes++)
		parse(&info, srat, bytes);
	assert_int_equal(info.near_cores, 2);
	assert_true(acpi_find_core_node(&info, 4, &node));
	assert_int_equal(node, 0x10001);
	assert_true(acpi_find_core_node(&info, 0x1234, &node));
	assert_int_equal(node, 1);
	assert_false(acpi_find_core_node(&info, 5, &node));
	assert_int_equal(info.near_memories, 1);
	assert_int_equal(info.near_memory[0].start, 0x100000000);
	assert_int_equal(info.near_memory[0].end, 0x180000000);
	assert_int_equal(info.near_memory[0].node, 1);
	memcpy(table, srat, sizeof(srat));
	table[8] = 1; /* revision 1: 8 bits of domain */
	parse(&info, table, sizeof(table));
	assert_true(acpi_find_core_node(&info, 4, &node));
	assert_int_equal(node, 1);
	for (unsigned length = 0; length < 256; length++) {
		table[48 + 16 + 1] = (uint8_t)length;
		parse(&info, table, sizeof(table));
		assert_true(info.near_cores >= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaf_0b),
		cmocka_unit_test(test_leaf_1f),
		cmocka_unit_test(test_without_threads),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_impossible),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_srat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
