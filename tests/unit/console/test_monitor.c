// SPDX-License-Identifier: BSD-2-Clause
/* What is typed at the monitor, and how much of it at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <machine_control.h>

#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/monitor.h"
#include "kernel/monitor_switch.h"
#include "kernel/network.h"
#include "kernel/uplink.h"
#include "kernel/vm.h"

static const char *typed;
static unsigned reads;
static char printed[4000];

int console_read(void)
{
	if (++reads > 100000)
		abort(); /* for ever */
	if (!typed)
		return 'x';
	return *typed ? (uint8_t)*typed++ : -1;
}

void console_printf(const char *format, ...)
{
	size_t length = strlen(printed);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(printed + length, sizeof(printed) - length, format, arguments);
	va_end(arguments);
}

/* What the commands under test do not reach. */
struct netdev *host_uplink;
struct vm *vms[1];
unsigned vm_count;

void console_wait_room(void)
{
}

void console_write(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
}

void uplink_report(void)
{
}

void cores_report(void)
{
}

void counters_visit_host(counter_visit *visit, void *context)
{
	(void)visit;
	(void)context;
}

void counters_visit_vm(struct vm *vm, counter_visit *visit, void *context)
{
	(void)vm;
	(void)visit;
	(void)context;
}

void log_visit(void (*print)(const char *text, size_t bytes))
{
	(void)print;
}

_Noreturn void machine_power_off(void)
{
	abort();
}

_Noreturn void machine_reboot(void)
{
	abort();
}

uint64_t memory_available(void)
{
	return 1 << 20;
}

uint64_t memory_total(void)
{
	return 2 << 20;
}

void monitor_addresses(const char *argument)
{
	(void)argument;
}

void monitor_ports(const char *argument)
{
	(void)argument;
}

void vm_console_input(struct vm *vm, uint8_t character)
{
	(void)vm;
	(void)character;
}

int vm_start(struct vm *vm)
{
	(void)vm;
	return 0;
}

void vm_stop(struct vm *vm, bool reboot, const char *format, ...)
{
	(void)vm;
	(void)reboot;
	(void)format;
}

static int setup(void **state)
{
	(void)state;
	typed = "\r";
	monitor_poll();
	printed[0] = 0;
	reads = 0;
	return 0;
}

/* However many characters there are, a round is short: others of this core have their turn. */
static void test_round_is_short(void **state)
{
	(void)state;
	typed = NULL;
	monitor_poll();
	assert_int_equal(reads, 64);
	monitor_poll();
	assert_int_equal(reads, 128);
}

static void test_lines(void **state)
{
	(void)state;
	typed = "frobnix\b\bicate\rmemory\r";
	monitor_poll();
	assert_non_null(strstr(printed, "unknown command \"frobnicate\": try \"help\"\n"));
	assert_non_null(strstr(printed, "2048 KB, 1024 KB available\nsluice> "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, setup),
		cmocka_unit_test_setup(test_round_is_short, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
