// SPDX-License-Identifier: BSD-2-Clause
/* ACPI's serial port console redirection table, of all revisions, and with mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "kernel/log.h"
#include "machine_host.h"

static uint8_t table[88];
static struct acpi_info info;

static void put32(size_t at, uint32_t value)
{
	memcpy(table + at, &value, sizeof(value));
}

static void address(uint8_t space, uint8_t bits, uint8_t access, uint64_t at)
{
	table[40] = space;
	table[41] = bits;
	table[43] = access;
	memcpy(table + 44, &at, sizeof(at));
}

/* COM2 at IRQ 3, 57600 baud, of revision 2. */
static int setup(void **state)
{
	(void)state;
	memset(table, 0, sizeof(table));
	memset(&info, 0, sizeof(info));
	memset(host_log_count, 0, sizeof(host_log_count));
	table[8] = 2;
	address(1, 8, 1, 0x2f8);
	table[52] = 3;
	table[53] = 3;
	put32(54, 3);
	table[58] = 6;
	put32(64, 0xffffffff);
	return 0;
}

static void test_com2(void **state)
{
	(void)state;
	acpi_parse_spcr(table, 80, &info);
	assert_true(info.serial.there);
	assert_false(info.serial.memory);
	assert_int_equal(info.serial.address, 0x2f8);
	assert_int_equal(info.serial.stride, 1);
	assert_int_equal(info.serial.width, 1);
	assert_int_equal(info.serial.irq, 3);
	assert_int_equal(info.serial.baud, 57600);
	assert_int_equal(info.serial.clock, 0);
}

static void test_speeds(void **state)
{
	static const unsigned bauds[] = {0, 0, 0, 9600, 19200, 0, 57600, 115200, 0};

	(void)state;
	for (uint8_t code = 0; code < 9; code++) {
		table[58] = code;
		acpi_parse_spcr(table, 80, &info);
		assert_int_equal(info.serial.baud, bauds[code]);
	}
	/* Revision 4 says it in numbers, and revision 3 the clock. */
	put32(76, 48000000);
	put32(80, 921600);
	table[8] = 3;
	acpi_parse_spcr(table, 88, &info);
	assert_int_equal(info.serial.baud, 0);
	assert_int_equal(info.serial.clock, 48000000);
	table[8] = 4;
	acpi_parse_spcr(table, 88, &info);
	assert_int_equal(info.serial.baud, 921600);
	acpi_parse_spcr(table, 80, &info); /* shorter than its revision */
	assert_int_equal(info.serial.baud, 0);
}

static void test_memory(void **state)
{
	static const struct {
		uint8_t bits, access, stride, width;
	} layouts[] = {{8, 1, 1, 1},  {8, 0, 1, 1},  {32, 3, 4, 4}, {32, 0, 4, 4},
		       {32, 1, 4, 1}, {16, 2, 2, 2}, {8, 3, 1, 1},  {0, 0, 1, 1}};

	(void)state;
	table[36] = 0x12;
	for (unsigned i = 0; i < 8; i++) {
		address(0, layouts[i].bits, layouts[i].access, 0x40fe032000);
		acpi_parse_spcr(table, 80, &info);
		assert_true(info.serial.there);
		assert_true(info.serial.memory);
		assert_int_equal(info.serial.address, 0x40fe032000);
		assert_int_equal(info.serial.stride, layouts[i].stride);
		assert_int_equal(info.serial.width, layouts[i].width);
	}
}

static void test_interrupts(void **state)
{
	(void)state;
	table[52] = 2; /* by the I/O APIC only */
	table[53] = 0;
	put32(54, 10);
	acpi_parse_spcr(table, 80, &info);
	assert_int_equal(info.serial.irq, 10);
	put32(54, 39); /* no ISA interrupt: polled */
	acpi_parse_spcr(table, 80, &info);
	assert_int_equal(info.serial.irq, 0);
	table[52] = 0;
	acpi_parse_spcr(table, 80, &info);
	assert_int_equal(info.serial.irq, 0);
}

static void test_unusable(void **state)
{
	(void)state;
	address(1, 8, 1, 0); /* none */
	acpi_parse_spcr(table, 80, &info);
	assert_false(info.serial.there);
	assert_int_equal(host_log_count[LOG_WARNING], 0);
	address(1, 8, 1, 0x2f8);
	acpi_parse_spcr(table, 75, &info);
	table[36] = 3; /* an ARM PL011 */
	acpi_parse_spcr(table, 80, &info);
	table[36] = 0;
	address(3, 8, 1, 0x2f8);
	acpi_parse_spcr(table, 80, &info);
	assert_false(info.serial.there);
	assert_int_equal(host_log_count[LOG_WARNING], 3);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_com2),       TEST(test_speeds),   TEST(test_memory),
		TEST(test_interrupts), TEST(test_unusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
