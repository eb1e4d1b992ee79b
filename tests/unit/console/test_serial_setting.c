// SPDX-License-Identifier: BSD-2-Clause
/* The value of the key `serial`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/serial_setting.h"

static void expect(const char *text, enum serial_kind kind, uint64_t address, unsigned stride,
		   unsigned baud)
{
	struct serial_setting setting;

	memset(&setting, 0xff, sizeof(setting));
	assert_true(serial_setting_parse(text, strlen(text), &setting));
	assert_int_equal(setting.kind, kind);
	assert_int_equal(setting.baud, baud);
	assert_int_equal(setting.address, address);
	assert_int_equal(setting.stride, stride);
}

static void test_values(void **state)
{
	(void)state;
	expect("auto", SERIAL_AUTO, 0, 0, 0);
	expect("auto,9600", SERIAL_AUTO, 0, 0, 9600);
	expect("no", SERIAL_NONE, 0, 0, 0);
	expect("com1", SERIAL_PORT, 0x3f8, 1, 0);
	expect("com2,57600", SERIAL_PORT, 0x2f8, 1, 57600);
	expect("com3", SERIAL_PORT, 0x3e8, 1, 0);
	expect("com4,300", SERIAL_PORT, 0x2e8, 1, 300);
	expect("0x2F8", SERIAL_PORT, 0x2f8, 1, 0);
	expect("0xe0a0,115200", SERIAL_PORT, 0xe0a0, 1, 115200);
	expect("mmio:0xfe032001", SERIAL_MMIO, 0xfe032001, 1, 0);
	expect("mmio32:0x7fffffffffc0,19200", SERIAL_MMIO, 0x7fffffffffc0, 4, 19200);
}

static void test_mistakes(void **state)
{
	static const char *const wrong[] = {"",
					    "com",
					    "com0",
					    "com5",
					    "com11",
					    "com1,",
					    "com1,1",
					    "com1,230400",
					    "com1,57601",
					    "com1 57600",
					    "com1,57600 ",
					    "760",
					    "0x",
					    "0x0",
					    "0xfffff",
					    "0xfff9",
					    "0x2f8h",
					    "mmio",
					    "mmio:",
					    "mmio:0x0",
					    "mmio:123",
					    "mmio16:0x10",
					    "mmio32:0x1002",
					    "no,9600",
					    "none",
					    "auto9600",
					    "yes",
					    "ttyS0",
					    "com1,n8",
					    "mmio:0x800000000000"};
	struct serial_setting setting = {.baud = 7};

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(serial_setting_parse(wrong[i], strlen(wrong[i]), &setting));
	assert_int_equal(setting.baud, 7);
}

static void test_command_line(void **state)
{
	struct serial_setting setting = {0};

	(void)state;
	assert_false(serial_setting_find("", &setting));
	assert_false(serial_setting_find("log=debug xserial=com2 serial", &setting));
	assert_true(serial_setting_find("log=debug  serial=com2,9600 mtu=1", &setting));
	assert_int_equal(setting.address, 0x2f8);
	assert_true(serial_setting_find("serial=com1 serial=com3 serial=wrong", &setting));
	assert_int_equal(setting.address, 0x3e8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
