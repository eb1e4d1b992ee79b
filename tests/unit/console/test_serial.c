// SPDX-License-Identifier: BSD-2-Clause
/* The serial console on a UART that works, and on those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/serial.h"
#include "fake_uart.h"
#include "machine_host.h"

#define BUFFER_BYTES 32768

static struct uart where;

static void write_text(const char *text)
{
	serial_write(text, strlen(text), false);
	serial_start();
}

static void expect_wire(const char *text)
{
	assert_int_equal(fake_uart.wire_bytes, strlen(text));
	assert_memory_equal(fake_uart.wire, text, strlen(text));
}

/* ... once all has left the FIFO. */
static void expect_sent(const char *text)
{
	serial_flush();
	expect_wire(text);
}

static void serve_interrupts(void)
{
	for (unsigned i = 0; i < 100000; i++) {
		fake_uart_send();
		if (!fake_uart_interrupts())
			return;
		serial_interrupt();
	}
}

/* A console in boot, all of whose output has left. */
static int setup(void **state)
{
	(void)state;
	where = uart_com(0);
	fake_uart_reset(where.address);
	serial_wait_again();
	serial_open(&where);
	serial_flush();
	while (serial_get() >= 0)
		;
	fake_uart_reset(where.address);
	assert_true(serial_open(&where));
	return 0;
}

/* The first test: nobody has chosen a port. */
static void test_held(void **state)
{
	(void)state;
	fake_uart_reset(0x2f8);
	write_text("early");
	assert_int_equal(fake_uart.accesses, 0);
	serial_flush(); /* the end of a boot: to each of COM1 to COM4 that is there */
	expect_sent("early");
	write_text(", held");
	where = uart_com(1);
	assert_true(serial_open(&where));
	expect_sent("early, held");
	write_text(", sent");
	expect_sent("early, held, sent");
}

static void test_speed(void **state)
{
	(void)state;
	where.baud = 57600;
	assert_true(serial_open(&where));
	assert_int_equal(fake_uart.divisor[0], 2);
	assert_int_equal(fake_uart.divisor[1], 0);
	assert_int_equal(fake_uart.lcr, 3);
	where.baud = 300;
	serial_open(&where);
	assert_int_equal(fake_uart.divisor[0] | fake_uart.divisor[1] << 8, 384);
	/* As the firmware left it; 0 is no speed. */
	where.baud = 0;
	serial_open(&where);
	assert_int_equal(fake_uart.divisor[0] | fake_uart.divisor[1] << 8, 384);
	fake_uart_reset(where.address);
	serial_open(&where);
	assert_int_equal(fake_uart.divisor[0], 1);
	/* Another clock. */
	where.baud = 115200;
	where.clock = 48000000;
	serial_open(&where);
	assert_int_equal(fake_uart.divisor[0], 26);
}

/* A port with nothing behind it costs nothing. */
static void test_absent(void **state)
{
	unsigned accesses;

	(void)state;
	fake_uart.accesses = 0;
	fake_uart.gone = true;
	assert_false(serial_open(&where));
	accesses = fake_uart.accesses;
	assert_true(accesses < 10);
	for (unsigned i = 0; i < 1000; i++)
		write_text("a line of a hundred characters or so\r\n");
	assert_false(serial_poll());
	serial_flush();
	assert_int_equal(fake_uart.accesses, accesses);
	assert_true(serial_has_room());
	/* Something else than a UART. */
	fake_uart.gone = false;
	fake_uart.old = fake_uart.no_loopback = true;
	assert_false(serial_open(&where));
}

/* Who names a port knows: it is used without a test, and as soon as it answers. */
static void test_named(void **state)
{
	(void)state;
	where.named = true;
	fake_uart.gone = true;
	assert_false(serial_open(&where));
	write_text("wait");
	fake_uart.gone = false;
	fake_uart.old = fake_uart.no_loopback = true;
	serial_poll();
	serial_flush();
	expect_wire("wait");
}

/* An 8250 takes one character at a time; the fake aborts on a second. */
static void test_without_fifo(void **state)
{
	(void)state;
	fake_uart.old = true;
	assert_true(serial_open(&where));
	write_text("one by one");
	expect_sent("one by one");
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	write_text(", by interrupts");
	serve_interrupts();
	expect_wire("one by one, by interrupts");
}

static void test_stuck(void **state)
{
	unsigned accesses;

	(void)state;
	fake_uart.stuck = true;
	write_text("boot goes on");
	accesses = fake_uart.accesses;
	write_text("for ever");
	serial_flush();
	assert_int_equal(fake_uart.accesses, accesses);
	/* It sends again. */
	fake_uart.stuck = false;
	serial_poll();
	expect_sent("boot goes onfor ever");
}

static void test_interrupts(void **state)
{
	unsigned accesses;

	(void)state;
	serial_stop_waiting(true);
	assert_int_equal(fake_uart.ier, 3);
	assert_int_equal(fake_uart.mcr, 0x0b);
	fake_uart.reads_each = 0;
	accesses = fake_uart.accesses;
	write_text("more characters than there is room in the FIFO");
	assert_true(fake_uart.accesses - accesses <= 1 + 16);
	serve_interrupts();
	expect_wire("more characters than there is room in the FIFO");
	assert_false(serial_poll());
}

/* The transmitter's interrupt never comes: polls push on, and want to be called soon. */
static void test_no_interrupts(void **state)
{
	unsigned polls = 0;

	(void)state;
	serial_stop_waiting(true);
	fake_uart.mute = true;
	fake_uart.reads_each = 0;
	write_text("mute from the second FIFO on, without polls");
	serve_interrupts();
	assert_int_equal(fake_uart.wire_bytes, 16);
	while (serial_poll()) {
		fake_uart_send();
		assert_true(polls++ < 10);
	}
	fake_uart_send();
	expect_wire("mute from the second FIFO on, without polls");
	assert_true(polls >= 1);
}

/* While interrupts do come nobody need poll soon. */
static void test_polls_are_rare(void **state)
{
	(void)state;
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	serial_poll();
	write_text("more characters than there is room in the FIFO, and then some more of them");
	fake_uart_send();
	serial_interrupt();
	assert_false(serial_poll());
}

/* Rare polls do where interrupts have been seen to come, and nothing waits. */
static void test_quiet(void **state)
{
	(void)state;
	serial_stop_waiting(true);
	serial_poll();
	assert_false(serial_is_quiet());
	fake_uart.reads_each = 0;
	write_text("0123456789abcdef and more");
	assert_false(serial_is_quiet());
	serve_interrupts();
	assert_true(serial_is_quiet());
	fake_uart.gone = true;
	serial_poll();
	assert_false(serial_is_quiet());
	fake_uart.gone = false;
}

/* The writer never waits: what has no room is lost as a whole, and counted. */
static void test_full(void **state)
{
	static const char line[] =
		"0123456789012345678901234567890123456789012345678901234567890\r\n";
	unsigned accesses, lines = BUFFER_BYTES / (sizeof(line) - 1);
	char expected[64];

	(void)state;
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	write_text("0123456789abcdef"); /* the FIFO is full */
	for (unsigned i = 0; i < lines; i++)
		write_text(line);
	assert_false(serial_has_room());
	accesses = fake_uart.accesses;
	for (unsigned i = 0; i < 100; i++)
		write_text("this is lost\r\n");
	assert_int_equal(fake_uart.accesses, accesses + 100); /* looks at the FIFO, waits never */
	serve_interrupts();
	assert_true(serial_has_room());
	write_text("and on\r\n");
	serve_interrupts();
	snprintf(expected, sizeof(expected), "\r\n1400 characters of output lost\r\nand on\r\n");
	assert_int_equal(fake_uart.wire_bytes, 16 + lines * (sizeof(line) - 1) + strlen(expected));
	assert_memory_equal(fake_uart.wire + fake_uart.wire_bytes - strlen(expected), expected,
			    strlen(expected));
}

/* What guests say leaves room for what the machine says. */
static void test_spare(void **state)
{
	static const char line[] =
		"0123456789012345678901234567890123456789012345678901234567890\r\n";
	unsigned accesses = fake_uart.accesses;

	(void)state;
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	for (unsigned i = 0; i < 1000; i++)
		serial_write(line, sizeof(line) - 1, true);
	write_text("important\r\n");
	assert_true(fake_uart.accesses <= accesses + 20);
	serve_interrupts();
	fake_uart.wire[fake_uart.wire_bytes] = 0;
	assert_non_null(strstr(fake_uart.wire, " characters of output lost\r\nimportant\r\n"));
	assert_in_range(fake_uart.wire_bytes, BUFFER_BYTES / 4 * 3 - 100,
			BUFFER_BYTES / 4 * 3 + 100);
}

/* A long list, whose writer waits for room before each line, does not cost guests theirs. */
static void test_list_leaves_room_for_guests(void **state)
{
	static const char line[] =
		"0123456789012345678901234567890123456789012345678901234567890\r\n";

	(void)state;
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	while (serial_has_room())
		write_text(line);
	for (unsigned i = 0; i < 100; i++)
		serial_write(line, sizeof(line) - 1, true);
	serve_interrupts();
	serial_poll();
	serve_interrupts();
	fake_uart.wire[fake_uart.wire_bytes] = 0;
	assert_null(strstr(fake_uart.wire, " characters of output lost"));
}

/* That something was lost is said even if nothing follows. */
static void test_loss_is_told(void **state)
{
	char text[BUFFER_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	write_text("0123456789abcdef");
	serial_write(text, sizeof(text), false);
	write_text("lost");
	serve_interrupts();
	assert_int_equal(fake_uart.wire_bytes, 16 + sizeof(text));
	serial_poll();
	serve_interrupts();
	assert_memory_equal(fake_uart.wire + 16 + sizeof(text), "\r\n4 characters of output lost",
			    29);
}

/* Who can wait does not wait for a UART that does not go on. */
static void test_stalled(void **state)
{
	char text[BUFFER_BYTES];

	(void)state;
	memset(text, 'x', sizeof(text));
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	serial_write(text, sizeof(text), false);
	serial_start();
	assert_false(serial_has_room());
	host_ticks += 900000000;
	assert_false(serial_has_room());
	host_ticks += 200000000;
	assert_true(serial_has_room());
}

/* All ones are no characters, and nothing to wait for; what comes back is set up anew. */
static void test_goes_and_comes_back(void **state)
{
	(void)state;
	serial_stop_waiting(true);
	fake_uart.gone = true;
	serial_interrupt();
	assert_false(serial_poll());
	assert_int_equal(serial_get(), -1);
	write_text("meanwhile");
	assert_false(serial_poll());
	fake_uart_reset(where.address);
	fake_uart.reads_each = 0;
	serial_poll();
	assert_int_equal(fake_uart.ier, 3);
	assert_int_equal(fake_uart.lcr, 3);
	assert_int_equal(fake_uart.divisor[0], 1);
	serve_interrupts();
	expect_wire("meanwhile");
}

/* It was away for so short a time that nobody saw it. */
static void test_reset_unseen(void **state)
{
	(void)state;
	serial_stop_waiting(true);
	fake_uart_reset(where.address);
	serial_poll();
	assert_int_equal(fake_uart.ier, 3);
	assert_int_equal(fake_uart.lcr, 3);
}

static void test_goes_while_waiting(void **state)
{
	unsigned accesses = fake_uart.accesses;

	(void)state;
	fake_uart.gone = true;
	write_text("boot goes on");
	serial_flush();
	assert_true(fake_uart.accesses - accesses <= 2);
}

static void test_receive(void **state)
{
	static const uint8_t errors[] = {0, 0x02, 0x18, 0x04, 0, 0};

	(void)state;
	fake_uart.input = "ab\0?c";
	fake_uart.errors = errors; /* an overrun before b, a break, a wrong parity */
	fake_uart.input_left = 5;
	serial_poll();
	assert_int_equal(serial_get(), 'a');
	assert_int_equal(serial_get(), 'b');
	assert_int_equal(serial_get(), 'c');
	assert_int_equal(serial_get(), -1);
}

/* However many come, a round is short. */
static void test_receive_is_bounded(void **state)
{
	unsigned got = 0;

	(void)state;
	serial_stop_waiting(true);
	fake_uart.endless = true;
	serial_poll();
	while (serial_get() >= 0)
		got++;
	assert_int_equal(got, 64);
	for (unsigned i = 0; i < 1000; i++)
		serial_poll();
	for (got = 0; serial_get() >= 0; got++)
		;
	assert_int_equal(got, 4096);
}

static void test_goes_while_receiving(void **state)
{
	(void)state;
	serial_stop_waiting(true);
	fake_uart.endless = true;
	fake_uart.gone_after = fake_uart.accesses + 20;
	serial_poll();
	assert_true(fake_uart.accesses <= fake_uart.gone_after + 3);
	for (int c = serial_get(); c >= 0; c = serial_get())
		assert_int_equal(c, 'e');
}

/* A panic waits for all that is in the buffer. */
static void test_panic(void **state)
{
	(void)state;
	serial_stop_waiting(true);
	fake_uart.reads_each = 0;
	write_text("more characters than there is room in the FIFO");
	fake_uart.reads_each = 3;
	serial_wait_again();
	write_text(", and the panic");
	expect_sent("more characters than there is room in the FIFO, and the panic");
	assert_int_equal(fake_uart.ier, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
		TEST(test_speed),
		TEST(test_absent),
		TEST(test_named),
		TEST(test_without_fifo),
		TEST(test_stuck),
		TEST(test_interrupts),
		TEST(test_no_interrupts),
		TEST(test_quiet),
		TEST(test_polls_are_rare),
		TEST(test_full),
		TEST(test_spare),
		TEST(test_list_leaves_room_for_guests),
		TEST(test_loss_is_told),
		TEST(test_stalled),
		TEST(test_goes_and_comes_back),
		TEST(test_reset_unseen),
		TEST(test_goes_while_waiting),
		TEST(test_receive),
		TEST(test_receive_is_bounded),
		TEST(test_goes_while_receiving),
		TEST(test_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
