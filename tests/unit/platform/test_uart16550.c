// SPDX-License-Identifier: BSD-2-Clause
/* The guest's serial port. */
#include "arch/x86/platform/uart16550.h"

#include <string.h>

#include "kernel/log.h"
#include "tests/unit/host/machine_host.h"
#include "tests/unit/platform/fake.h"

enum {
	DATA,
	IER,
	IIR,
	LCR,
	MCR,
	LSR,
	MSR,
	SCR
};

static struct uart16550 uart;
static bool line;
static unsigned edges;

static void set_line(void *argument, bool high)
{
	(void)argument;
	edges += high && !line;
	line = high;
}

static int setup(void **state)
{
	(void)state;
	fake_reset(4096);
	line = false;
	edges = 0;
	uart16550_init(&uart, "test", false, set_line, NULL);
	return 0;
}

static uint8_t get(unsigned reg)
{
	return uart16550_read(&uart, reg);
}

static void set(unsigned reg, uint8_t value)
{
	uart16550_write(&uart, reg, value);
}

static void print(const char *text)
{
	while (*text)
		set(DATA, *text++);
}

static void test_output_to_log(void **state)
{
	(void)state;
	print("hello ");
	assert_int_equal(host_log_count[LOG_INFO], 0);
	print("world\r\n");
	assert_int_equal(host_log_count[LOG_INFO], 1);
	assert_string_equal(host_log_line, "test: hello world");
	print("\n\x1b[1mbold\n");
	assert_int_equal(host_log_count[LOG_INFO], 2);
	assert_string_equal(host_log_line, "test: [1mbold");
	print("login: ");
	uart16550_flush(&uart);
	assert_string_equal(host_log_line, "test: login: ");
	for (unsigned i = 0; i < UART_LINE_BYTES + 1; i++)
		print("x");
	assert_int_equal(host_log_count[LOG_INFO], 4);
	assert_int_equal(fake.console_bytes, 0);
}

static void test_output_to_console(void **state)
{
	unsigned logged = host_log_count[LOG_INFO];

	(void)state;
	uart16550_init(&uart, "test", true, set_line, NULL);
	print("# \x1b[K\r\n");
	assert_string_equal(fake.console, "# \x1b[K\r\n");
	set(LCR, 0x80);
	set(DATA, 12);
	set(IER, 1);
	assert_int_equal(get(DATA), 12);
	assert_int_equal(get(IER), 1);
	set(LCR, 0x03);
	assert_int_equal(fake.console_bytes, 7);
	assert_int_equal(host_log_count[LOG_INFO], logged);
}

/* The steps by which Linux's 8250 driver tells a 16550A from the others. */
static void test_detection(void **state)
{
	(void)state;
	set(IER, 0x0f);
	assert_int_equal(get(IER), 0x0f);
	set(IER, 0xff);
	assert_int_equal(get(IER), 0x0f);
	set(IER, 0);
	set(MCR, 0x1a);
	assert_int_equal(get(MSR) & 0xf0, 0x90);
	set(MCR, 0);
	assert_int_equal(get(MSR) & 0xf0, 0xb0);
	assert_int_equal(get(IIR) >> 6, 0);
	set(IIR, 1);
	assert_int_equal(get(IIR) >> 6, 3);
	set(IIR, 0x21);
	assert_int_equal(get(IIR) >> 5, 6); /* no 16750 */
	set(SCR, 0xa5);
	assert_int_equal(get(SCR), 0xa5);
	assert_int_equal(get(LSR), 0x60);
}

static void test_loopback(void **state)
{
	(void)state;
	uart16550_init(&uart, "test", true, set_line, NULL);
	set(MCR, 0x18);
	set(IER, 1);
	print("L");
	assert_int_equal(get(LSR) & 1, 1);
	assert_false(line); /* disconnected in loop-back mode */
	assert_int_equal(get(DATA), 'L');
	assert_int_equal(fake.console_bytes, 0);
}

static void test_transmit_interrupt(void **state)
{
	(void)state;
	set(MCR, 0x08);
	set(IIR, 1);
	set(IER, 2); /* empty already */
	assert_true(line);
	assert_int_equal(get(IIR), 0xc2);
	assert_false(line);
	assert_int_equal(get(IIR), 0xc1);
	print("x");
	assert_true(line);
	print("y"); /* not acknowledged: falls and rises */
	assert_int_equal(edges, 3);
	set(IER, 0);
	assert_false(line);
	assert_int_equal(get(IIR), 0xc1);
	set(IER, 2);
	assert_true(line);
	set(MCR, 0); /* OUT2 off */
	assert_false(line);
}

static void test_input(void **state)
{
	(void)state;
	set(MCR, 0x08);
	set(IIR, 0x81); /* FIFO, trigger level 8 */
	uart16550_receive(&uart, 'a');
	assert_int_equal(get(LSR) & 1, 1);
	assert_false(line);
	set(IER, 1);
	assert_true(line);
	assert_int_equal(get(IIR), 0xcc);
	for (unsigned i = 0; i < 7; i++)
		uart16550_receive(&uart, 'b' + i);
	assert_int_equal(get(IIR), 0xc4);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(get(DATA), 'a' + i);
	assert_false(line);
	assert_int_equal(get(LSR) & 1, 0);
	assert_int_equal(get(DATA), 0);
	assert_int_equal(get(IIR), 0xc1);
	uart16550_receive(&uart, 'x');
	set(IIR, 0x83); /* clears it */
	assert_int_equal(get(LSR) & 1, 0);
	assert_false(line);
}

static void test_overrun(void **state)
{
	(void)state;
	set(MCR, 0x08);
	set(IER, 4);
	for (unsigned i = 0; i < UART_INPUT_BYTES; i++)
		uart16550_receive(&uart, i);
	assert_false(line);
	uart16550_receive(&uart, 'x');
	assert_true(line);
	assert_int_equal(get(IIR), 0x06);
	assert_int_equal(get(LSR), 0x63);
	assert_int_equal(get(LSR), 0x61);
	assert_false(line);
	for (unsigned i = 0; i < UART_INPUT_BYTES; i++)
		assert_int_equal(get(DATA), i & 0xff);
	assert_int_equal(get(LSR), 0x60);
}

static void test_modem_delta(void **state)
{
	(void)state;
	set(MCR, 0x10);
	get(MSR);
	set(MCR, 0x12);
	assert_int_equal(get(MSR), 0x11);
	assert_int_equal(get(MSR), 0x10);
	set(MCR, 0x14);
	get(MSR);
	set(MCR, 0x10);
	assert_int_equal(get(MSR), 0x04); /* ring indicator: trailing edge */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_output_to_log, setup),
		cmocka_unit_test_setup(test_output_to_console, setup),
		cmocka_unit_test_setup(test_detection, setup),
		cmocka_unit_test_setup(test_loopback, setup),
		cmocka_unit_test_setup(test_transmit_interrupt, setup),
		cmocka_unit_test_setup(test_input, setup),
		cmocka_unit_test_setup(test_overrun, setup),
		cmocka_unit_test_setup(test_modem_delta, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
