// SPDX-License-Identifier: BSD-2-Clause
/* What an NMI says and does, and the names of functions in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/nmi.h"
#include "arch/x86/cpu/panic.h"
#include "arch/x86/cpu/trap.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/symbols.h"
#include "machine_host.h"

#define CORES 4

const char symbol_names[] = "first\0second\0";
const struct symbol symbol_table[] = {{0x200000, 0}, {0x200040, 6}, {0x200100, 12}};
const uint32_t symbol_count = 3;

struct core cores[CORES_MOST];
unsigned core_count;

static unsigned current;
static uint8_t port61;
static bool deaf[CORES], asked[CORES];
static char said[2000];
static jmp_buf fatal;
static char panic_text[200];

struct core *core_this(void)
{
	return &cores[current];
}

uint8_t io_read8(uint16_t port)
{
	assert_int_equal(port, 0x61);
	return port61;
}

void apic_send_nmi(uint32_t destination)
{
	asked[destination / 2] = true;
}

void console_write_nmi(const char *text, size_t bytes)
{
	strncat(said, text, bytes);
}

bool panic_stop_core(void)
{
	return false;
}

_Noreturn void panic_at(const struct trap_frame *frame, const char *format, ...)
{
	va_list arguments;

	(void)frame;
	va_start(arguments, format);
	vsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	longjmp(fatal, 1);
}

static void take_nmi(unsigned core, uint64_t rip)
{
	const struct trap_frame frame = {.vector = 2, .rip = rip};
	unsigned before = current;

	current = core;
	nmi_handle(&frame);
	current = before;
}

/* Cores that were asked take their NMI while the asking one waits. */
static void run_others(uint32_t us)
{
	(void)us;
	for (unsigned i = 0; i < CORES; i++) {
		if (!asked[i] || deaf[i])
			continue;
		asked[i] = false;
		take_nmi(i, 0x200000 + 0x40 * i);
	}
}

static int setup(void **state)
{
	(void)state;
	memset(said, 0, sizeof(said));
	memset(deaf, 0, sizeof(deaf));
	memset(asked, 0, sizeof(asked));
	port61 = 0x20;
	current = 0;
	core_count = CORES;
	host_delay = run_others;
	for (unsigned i = 0; i < CORES; i++)
		cores[i] = (struct core){.id = i, .apic_id = 2 * i, .online = true};
	return 0;
}

static void expect_symbol(uint64_t address, const char *expected)
{
	char text[SYMBOL_TEXT_BYTES];

	symbol_format(text, address);
	assert_string_equal(text, expected);
}

static void test_symbols(void **state)
{
	(void)state;
	expect_symbol(0x1fffff, "1fffff");
	expect_symbol(0x200000, "200000 first+0x0");
	expect_symbol(0x20003f, "20003f first+0x3f");
	expect_symbol(0x200040, "200040 second+0x0");
	expect_symbol(0x2000ff, "2000ff second+0xbf");
	expect_symbol(0x200100, "200100");
	expect_symbol(UINT64_MAX, "ffffffffffffffff");
}

static void test_button(void **state)
{
	(void)state;
	take_nmi(0, 0x200005);
	assert_non_null(strstr(said, "NMI on core 0, port 61h: 0x20"));
	assert_non_null(strstr(said, "core 0: 200005 first+0x5\r\n"));
	assert_non_null(strstr(said, "core 1: 200040 second+0x0\r\n"));
	assert_non_null(strstr(said, "core 2: 200080 second+0x40\r\n"));
	assert_non_null(strstr(said, "core 3: 2000c0 second+0x80\r\n"));
}

/* A core that hangs with NMIs blocked is named, and its late answer disturbs nobody. */
static void test_deaf_core(void **state)
{
	uint64_t start = host_ticks;

	(void)state;
	deaf[2] = true;
	take_nmi(0, 0x200005);
	assert_non_null(strstr(said, "core 2: does not answer\r\n"));
	assert_true(host_ticks - start < 60ull * 1000000 * 1000);
	memset(said, 0, sizeof(said));
	deaf[2] = false;
	run_others(0);
	assert_string_equal(said, "");
	take_nmi(0, 0x200005);
	assert_non_null(strstr(said, "core 2: 200080 second+0x40\r\n"));
}

static void test_offline_core_is_not_asked(void **state)
{
	(void)state;
	cores[3].online = false;
	take_nmi(0, 0x200005);
	assert_false(asked[3]);
}

/* Errors of the chipset are fatal, and named. */
static void test_errors(void **state)
{
	static const struct {
		uint8_t status;
		const char *name;
	} cases[] = {{0xa0, "SERR#"}, {0x60, "IOCHK#"}};

	(void)state;
	for (volatile unsigned i = 0; i < 2; i++) {
		port61 = cases[i].status;
		if (!setjmp(fatal)) {
			take_nmi(0, 0x200005);
			fail_msg("no panic");
		}
		assert_non_null(strstr(panic_text, cases[i].name));
	}
}

/* Where there is no such port, all its bits read as ones. */
static void test_no_port(void **state)
{
	(void)state;
	port61 = 0xff;
	take_nmi(0, 0x200005);
	assert_non_null(strstr(said, "core 3: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_symbols, setup),
		cmocka_unit_test_setup(test_button, setup),
		cmocka_unit_test_setup(test_deaf_core, setup),
		cmocka_unit_test_setup(test_offline_core_is_not_asked, setup),
		cmocka_unit_test_setup(test_errors, setup),
		cmocka_unit_test_setup(test_no_port, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
