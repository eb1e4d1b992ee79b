// SPDX-License-Identifier: BSD-2-Clause
/* What ACPI and the boot loader say of machines with sparse APIC ids, several PCI segments, and
 * without the registers of a PC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/boot/multiboot.h"
#include "arch/x86/cpu/acpi.h"
#include "machine_host.h"

static struct acpi_info info;
static uint8_t table[64 * 1024];
static size_t bytes;

static void put(const void *data, size_t size)
{
	memcpy(table + bytes, data, size);
	bytes += size;
}

static void put_xapic(uint8_t id, uint8_t flags)
{
	const uint8_t entry[8] = {0, 8, 0, id, flags};

	put(entry, sizeof(entry));
}

static void put_x2apic(uint32_t id, uint8_t flags)
{
	uint8_t entry[16] = {9, 16, 0, 0, 0, 0, 0, 0, flags};

	memcpy(entry + 4, &id, sizeof(id));
	put(entry, sizeof(entry));
}

static int setup(void **state)
{
	(void)state;
	info = (struct acpi_info){0};
	memset(table, 0, sizeof(table));
	bytes = 44;
	return 0;
}

static void test_sparse_ids(void **state)
{
	static const uint32_t expected[] = {0, 2, 16, 18, 254, 255, 4096};

	(void)state;
	put_xapic(0, 1);
	put_xapic(2, 1);
	put_xapic(1, 0);   /* disabled */
	put_xapic(3, 2);   /* disabled, but may be plugged in */
	put_xapic(255, 1); /* everybody's */
	put_xapic(16, 1);
	put_xapic(18, 3);
	put_x2apic(254, 1);
	put_x2apic(255, 1);
	put_x2apic(4096, 1);
	put_x2apic(4098, 2);
	put_x2apic(16, 1); /* listed above */
	put_x2apic(UINT32_MAX, 1);
	acpi_parse_madt(table, bytes, &info);
	assert_int_equal(info.cores, 7);
	assert_memory_equal(info.apic_id, expected, sizeof(expected));
	assert_int_equal(info.cores_disabled, 3);
	assert_int_equal(info.cores_dropped, 0);
}

static void test_too_many_cores(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ACPI_CORES_MOST + 5; i++)
		put_x2apic(2 * i, 1);
	acpi_parse_madt(table, bytes, &info);
	assert_int_equal(info.cores, ACPI_CORES_MOST);
	assert_int_equal(info.cores_dropped, 5);
}

static void put_ecam(uint64_t address, uint16_t segment, uint8_t first, uint8_t last)
{
	uint8_t entry[16] = {0};

	memcpy(entry, &address, sizeof(address));
	memcpy(entry + 8, &segment, sizeof(segment));
	entry[10] = first;
	entry[11] = last;
	put(entry, sizeof(entry));
}

static void test_segments(void **state)
{
	(void)state;
	put_ecam(0xb0000000, 0, 0, 255);
	put_ecam(0, 1, 0, 255);       /* no address */
	put_ecam(0x1000000, 1, 5, 4); /* no bus */
	put_ecam(0x80000000000, 2, 0x40, 0x7f);
	acpi_parse_mcfg(table, bytes, &info);
	assert_int_equal(info.ecams, 2);
	assert_int_equal(info.ecam[0].address, 0xb0000000);
	assert_int_equal(info.ecam[0].last_bus, 255);
	assert_int_equal(info.ecam[1].address, 0x80000000000);
	assert_int_equal(info.ecam[1].segment, 2);
	assert_int_equal(info.ecam[1].first_bus, 0x40);
	/* Cut anywhere: whole entries count. */
	info.ecams = 0;
	acpi_parse_mcfg(table, bytes - 1, &info);
	assert_int_equal(info.ecams, 1);
	info.ecams = 0;
	acpi_parse_mcfg(table, 36, &info);
	assert_int_equal(info.ecams, 0);
}

static void test_too_many_segments(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < ACPI_ECAMS_MOST + 1; i++)
		put_ecam(0xb0000000, i, 0, 1);
	acpi_parse_mcfg(table, bytes, &info);
	assert_int_equal(info.ecams, ACPI_ECAMS_MOST);
	assert_non_null(strstr(host_log_line, "more than"));
}

static void put_generic(size_t at, uint8_t space, uint64_t address)
{
	table[at] = space;
	memcpy(table + at + 4, &address, sizeof(address));
}

static void set_flags(uint32_t flags)
{
	memcpy(table + 112, &flags, sizeof(flags));
}

/* Newer firmware fills the generic addresses only; in memory, where we do not look. */
static void test_extended_fadt(void **state)
{
	(void)state;
	table[64] = 0x44;
	table[91] = 4;
	put_generic(172, 1, 0x1804);
	put_generic(184, 1, 0x1904);
	put_generic(208, 1, 0x1808);
	acpi_parse_fadt(table, 276, &info);
	assert_int_equal(info.pm1a_control, 0x1804);
	assert_int_equal(info.pm1b_control, 0x1904);
	assert_int_equal(info.pm_timer_port, 0x1808);
	put_generic(172, 0, 0xfed00000);
	put_generic(208, 0, 0xfed00000);
	acpi_parse_fadt(table, 276, &info);
	assert_int_equal(info.pm1a_control, 0x44);
	assert_int_equal(info.pm_timer_port, 0);
}

static void test_hardware_reduced(void **state)
{
	(void)state;
	set_flags(1u << 20 | 1u << 10);
	table[64] = table[76] = 0x44; /* to be ignored */
	table[91] = 4;
	put_generic(116, 1, 0xcf9);
	put_generic(244, 1, 0x600);
	acpi_parse_fadt(table, 276, &info);
	assert_int_equal(info.pm1a_control, 0);
	assert_int_equal(info.pm_timer_port, 0);
	assert_int_equal(info.sleep_control, 0x600);
	assert_true(info.has_reset);
}

/* Neighbours are joined; what does not fit is counted. */
static void test_memory_map(void **state)
{
	static struct boot_info boot;

	(void)state;
	boot_add_range(&boot, 0x100000, 0x1000, true);
	boot_add_range(&boot, 0x101000, 0x1000, true);
	boot_add_range(&boot, 0x102000, 0x1000, false);
	boot_add_range(&boot, 0x104000, 0x1000, false);
	boot_add_range(&boot, UINT64_MAX - 0xfff, 0x2000, true);
	assert_int_equal(boot.ranges, 3);
	assert_int_equal(boot.range[0].bytes, 0x2000);
	for (uint64_t i = 0; i < BOOT_RANGES_MOST; i++)
		boot_add_range(&boot, (1 + i) << 32, 0x1000, true);
	assert_int_equal(boot.ranges, BOOT_RANGES_MOST);
	assert_int_equal(boot.ranges_dropped, 3);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sparse_ids),       TEST(test_too_many_cores),    TEST(test_segments),
		TEST(test_memory_map),       TEST(test_too_many_segments), TEST(test_extended_fadt),
		TEST(test_hardware_reduced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
