// SPDX-License-Identifier: BSD-2-Clause
/* The DMAR table, and what is switched off in the units it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/vtd.h"
#include "kernel/address_space.h"
#include "machine_host.h"

#define UNIT       0xfed90000ull
#define TES        (1u << 31)
#define QIES       (1u << 26)
#define IRES       (1u << 25)
#define RTPS       (1u << 30)
#define ONE_SHOT   0x69000000u
#define PERSISTENT (TES | 1u << 28 | QIES | IRES | 1u << 23)

struct acpi_info acpi_info;

/* A unit that obeys some reads late, or never, and takes one command at a time. */
static struct {
	uint32_t version, cap, status, pmen, wanted;
	unsigned reads_left;
	bool stuck;
	unsigned commands;
} unit;

void *mmio_map(uint64_t physical, size_t bytes)
{
	(void)bytes;
	return physical == UNIT ? (void *)physical : NULL;
}

static uint32_t read(const volatile void *reg)
{
	if (unit.reads_left && !unit.stuck && --unit.reads_left == 0) {
		unit.status = (unit.status & ~PERSISTENT) | unit.wanted;
		unit.pmen = unit.pmen >> 31 << 31 | unit.pmen >> 31;
	}
	switch ((uint64_t)reg - UNIT) {
	case 0x00:
		return unit.version;
	case 0x08:
		return unit.cap;
	case 0x1c:
		return unit.status;
	case 0x64:
		return unit.pmen;
	default:
		fail_msg("read of register %#lx", (uint64_t)reg - UNIT);
		return 0;
	}
}

static void write(volatile void *reg, uint32_t value)
{
	uint32_t changed = value ^ (unit.status & PERSISTENT);

	unit.reads_left = 5;
	if ((uint64_t)reg == UNIT + 0x64) {
		unit.pmen = (unit.pmen & 1) | (value & 1u << 31);
		unit.wanted = unit.status & PERSISTENT;
		return;
	}
	assert_int_equal((uint64_t)reg, UNIT + 0x18);
	assert_int_equal(value & ONE_SHOT, 0);
	assert_int_equal(changed & (changed - 1), 0);
	unit.wanted = value;
	unit.commands++;
}

static int setup(void **state)
{
	(void)state;
	memset(&unit, 0, sizeof(unit));
	memset(&acpi_info, 0, sizeof(acpi_info));
	memset(host_log_count, 0, sizeof(host_log_count));
	unit.version = 0x10;
	unit.cap = 0x60;
	acpi_info.has_dmar = true;
	acpi_info.drhds = 1;
	acpi_info.drhd[0].address = UNIT;
	host_mmio_read = read;
	host_mmio_write = write;
	return 0;
}

static void test_all_left_on(void **state)
{
	(void)state;
	unit.status = TES | IRES | QIES | RTPS;
	unit.pmen = 1u << 31 | 1;
	vtd_take_over();
	assert_int_equal(unit.status, QIES | RTPS);
	assert_int_equal(unit.pmen, 0);
	assert_int_equal(unit.commands, 2);
	assert_int_equal(host_log_count[0], 0);
	assert_int_equal(host_log_count[2], 4);
}

static void test_left_off(void **state)
{
	(void)state;
	unit.status = RTPS;
	vtd_take_over();
	assert_int_equal(unit.commands, 0);
	assert_non_null(strstr(host_log_line, "left them off"));
}

/* Without protected regions the register may read as anything. */
static void test_no_protected_regions(void **state)
{
	(void)state;
	unit.cap = 0;
	unit.pmen = UINT32_MAX;
	vtd_take_over();
	assert_int_equal(unit.pmen, UINT32_MAX);
}

static void test_stuck(void **state)
{
	uint64_t start = host_ticks;

	(void)state;
	unit.stuck = true;
	unit.status = TES;
	unit.pmen = 1;
	vtd_take_over();
	assert_int_equal(host_log_count[0], 2);
	assert_true(host_ticks - start < 1000000ull * 1000);
}

static void test_no_unit(void **state)
{
	static const uint64_t addresses[] = {UNIT + 0x10, UNIT + 0x1000, 1ull << 60};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		acpi_info.drhd[0].address = addresses[i];
		vtd_take_over();
		assert_int_equal(host_log_count[1], i + 1);
	}
	acpi_info.drhd[0].address = UNIT;
	unit.version = UINT32_MAX;
	unit.status = UINT32_MAX;
	vtd_take_over();
	assert_int_equal(host_log_count[1], 4);
	assert_int_equal(unit.commands, 0);
}

/* The table in an allocation of its own, so that the sanitizer sees every read beyond it. */
static void parse(const uint8_t *table, size_t bytes)
{
	uint8_t *copy = malloc(bytes);

	memcpy(copy, table, bytes);
	memset(&acpi_info, 0, sizeof(acpi_info));
	acpi_parse_dmar(copy, bytes, &acpi_info);
	free(copy);
}

static const uint8_t dmar[] = {
	'D',
	'M',
	'A',
	'R',
	[36] = 46,
	0x02,
	[48] = /* X2APIC_OPT_OUT */
	/* Unit of the second processor: a root port on bus 80h, an endpoint on bus 85h, an I/O
	   APIC. */
	0,
	0,
	40,
	0,
	0,
	0,
	0,
	0,
	0,
	0xc0,
	0xfb,
	0xfb,
	0,
	0,
	0,
	0,
	2,
	8,
	0,
	0,
	0,
	0x80,
	2,
	0,
	1,
	8,
	0,
	0,
	0,
	0x85,
	0,
	0,
	3,
	8,
	0,
	0,
	0,
	0xf0,
	0,
	0,
	/* The first one's, for the rest. */
	0,
	0,
	16,
	0,
	1,
	0,
	0,
	0,
	0,
	0xc0,
	0xff,
	0xfb,
	0,
	0,
	0,
	0,
	/* Reserved memory: of no interest. */
	1,
	0,
	8,
	0,
	0,
	0,
	0,
	0,
	/* Where the units are, and one that is not. */
	3,
	0,
	20,
	0,
	0,
	0,
	0,
	0,
	0,
	0xc0,
	0xfb,
	0xfb,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	3,
	0,
	20,
	0,
	0,
	0,
	0,
	0,
	0,
	0xc0,
	0xff,
	0xfb,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	3,
	0,
	20,
	0,
	0,
	0,
	0,
	0,
	0,
	0xc0,
	0xf0,
	0xfb,
	0,
	0,
	0,
	0,
	7,
	0,
	0,
	0,
};

static void expect_node(uint16_t segment, uint8_t bus, int expected)
{
	uint32_t node = 99;

	assert_int_equal(acpi_find_pci_node(&acpi_info, segment, bus, &node), expected >= 0);
	if (expected >= 0)
		assert_int_equal(node, expected);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t bytes = 1; bytes <= sizeof(dmar); bytes++)
		parse(dmar, bytes);
	assert_true(acpi_info.has_dmar);
	assert_true(acpi_info.x2apic_opt_out);
	assert_int_equal(acpi_info.drhds, 2);
	assert_int_equal(acpi_info.drhd[0].address, 0xfbfbc000);
	assert_int_equal(acpi_info.drhd[1].address, 0xfbffc000);
	expect_node(0, 0x80, 1);
	expect_node(0, 0x85, 1);
	expect_node(0, 0xf0, 0);
	expect_node(0, 0, 0);
	expect_node(1, 0, -1);
}

static void test_impossible_lengths(void **state)
{
	uint8_t table[sizeof(dmar)];

	(void)state;
	memcpy(table, dmar, sizeof(dmar));
	for (unsigned length = 0; length < 256; length++) {
		table[48 + 2] = (uint8_t)length;
		parse(table, sizeof(table));
	}
	table[48 + 2] = 0;
	parse(table, sizeof(table));
	assert_int_equal(acpi_info.drhds, 0);
	table[48 + 2] = 40;
	for (unsigned length = 0; length < 256; length++) {
		table[48 + 16 + 1] = (uint8_t)length; /* of a device scope */
		parse(table, sizeof(table));
		assert_int_equal(acpi_info.drhds, 2);
	}
}

/* More units than are kept, and the same with no address. */
static void test_many_units(void **state)
{
	uint8_t table[48 + 100 * 16] = {0};

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		table[48 + i * 16 + 2] = 16;
		table[48 + i * 16 + 9] = (uint8_t)(i + 1);
	}
	parse(table, sizeof(table));
	assert_int_equal(acpi_info.drhds, ACPI_DRHDS_MOST);
	table[48 + 9] = 0;
	parse(table, 48 + 2 * 16);
	assert_int_equal(acpi_info.drhds, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_left_on, setup),
		cmocka_unit_test_setup(test_left_off, setup),
		cmocka_unit_test_setup(test_no_protected_regions, setup),
		cmocka_unit_test_setup(test_stuck, setup),
		cmocka_unit_test_setup(test_no_unit, setup),
		cmocka_unit_test_setup(test_table, setup),
		cmocka_unit_test_setup(test_impossible_lengths, setup),
		cmocka_unit_test_setup(test_many_units, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
