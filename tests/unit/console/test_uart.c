// SPDX-License-Identifier: BSD-2-Clause
/* Registers in memory at all distances and widths; which UART is chosen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/uart.h"

static void test_memory(void **state)
{
	static const uint8_t layouts[][2] = {{1, 1}, {2, 1}, {2, 2}, {4, 1}, {4, 2}, {4, 4}};

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		uint32_t memory[8];
		uint8_t *bytes = (uint8_t *)memory;
		uint8_t stride = layouts[i][0], width = layouts[i][1];
		struct uart uart = {
			.memory = true, .stride = stride, .width = width, .registers = memory};

		memset(memory, 0xee, sizeof(memory));
		for (unsigned reg = 0; reg < 8; reg++)
			uart_write(&uart, reg, (uint8_t)(0x10 + reg));
		for (unsigned reg = 0; reg < 8; reg++) {
			assert_int_equal(bytes[reg * stride], 0x10 + reg);
			assert_int_equal(uart_read(&uart, reg), 0x10 + reg);
			for (unsigned j = 1; j < stride; j++)
				assert_int_equal(bytes[reg * stride + j], j < width ? 0 : 0xee);
		}
	}
}

static const struct acpi_serial no_spcr;
static const struct acpi_serial spcr = {
	.there = true, .stride = 1, .width = 1, .irq = 10, .baud = 57600, .address = 0x3e8};

static void test_auto(void **state)
{
	struct serial_setting setting = {.kind = SERIAL_AUTO};
	struct uart uart;

	(void)state;
	assert_true(uart_choose(&setting, &no_spcr, &uart));
	assert_int_equal(uart.address, 0x3f8);
	assert_int_equal(uart.irq, 4);
	assert_int_equal(uart.baud, 115200);
	assert_false(uart.named); /* a guess: it has to show that it is there */
	assert_true(uart_choose(&setting, &spcr, &uart));
	assert_int_equal(uart.address, 0x3e8);
	assert_int_equal(uart.irq, 10);
	assert_int_equal(uart.baud, 57600);
	assert_true(uart.named);
	assert_int_equal(uart.clock, 1843200);
	setting.baud = 9600;
	assert_true(uart_choose(&setting, &spcr, &uart));
	assert_int_equal(uart.baud, 9600);
}

static void test_named(void **state)
{
	struct serial_setting setting = {.kind = SERIAL_NONE};
	struct uart uart;

	(void)state;
	assert_false(uart_choose(&setting, &spcr, &uart));
	setting = (struct serial_setting){.kind = SERIAL_PORT, .address = 0x2f8, .stride = 1};
	assert_true(uart_choose(&setting, &spcr, &uart));
	assert_int_equal(uart.address, 0x2f8);
	assert_int_equal(uart.irq, 3);
	assert_int_equal(uart.baud, 115200);
	/* ACPI knows better where the interrupt goes. */
	setting.address = 0x3e8;
	assert_true(uart_choose(&setting, &spcr, &uart));
	assert_int_equal(uart.irq, 10);
	assert_int_equal(uart.baud, 115200);
	/* Elsewhere nobody knows of an interrupt, and in memory of no clock either. */
	setting.address = 0xe000;
	assert_true(uart_choose(&setting, &spcr, &uart));
	assert_int_equal(uart.irq, 0);
	setting = (struct serial_setting){.kind = SERIAL_MMIO, .address = 0xfe032000, .stride = 4};
	assert_true(uart_choose(&setting, &spcr, &uart));
	assert_true(uart.memory);
	assert_int_equal(uart.width, 4);
	assert_int_equal(uart.baud, 0);
	assert_int_equal(uart.irq, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
