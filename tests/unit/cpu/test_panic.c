// SPDX-License-Identifier: BSD-2-Clause
/* A panic's report, and what comes in its middle: NMIs and machine checks. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/machine_check.h"
#include "arch/x86/cpu/nmi.h"
#include "arch/x86/cpu/paging.h"
#include "arch/x86/cpu/panic.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/log.h"
#include "kernel/symbols.h"
#include "machine_host.h"

#define CORES     3
#define VALID     (1ull << 63)
#define MCG_CAP   0x179
#define MC_STATUS 0x401

struct core cores[CORES_MOST];
unsigned core_count = CORES;

static unsigned current, depth;
static sigjmp_buf halted[4];
static uint64_t bank_status[CORES];
static char said[4000];

struct core *core_this(void)
{
	return &cores[current];
}

uint8_t io_read8(uint16_t port)
{
	(void)port;
	return 0;
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){.edx = CPUID_1_EDX_MCE | CPUID_1_EDX_MCA};
}

uint64_t msr_read(uint32_t msr)
{
	return msr == MC_STATUS ? bank_status[current] : 0;
}

void msr_write(uint32_t msr, uint64_t value)
{
	fail_msg("write of %#llx to MSR %#x", (unsigned long long)value, msr);
}

bool msr_probe(uint32_t msr, uint64_t *value)
{
	*value = 1; /* bank */
	return msr == MCG_CAP;
}

bool paging_is_mapped(uint64_t address)
{
	(void)address;
	return false;
}

void symbol_format(char text[SYMBOL_TEXT_BYTES], uint64_t address)
{
	snprintf(text, SYMBOL_TEXT_BYTES, "%llx", (unsigned long long)address);
}

void trap_capture(struct trap_frame *frame)
{
	memset(frame, 0, sizeof(*frame));
}

void console_write(const char *text, size_t bytes)
{
	strncat(said, text, bytes);
}

void console_write_nmi(const char *text, size_t bytes)
{
	console_write(text, bytes);
}

void console_flush(void)
{
}

void console_break_lock(void)
{
}

void log_break_lock(void)
{
}

/* Runs function(frame) on a core until it returns or the core halts; returns whether it halted. */
static bool halts(unsigned core, void (*function)(const struct trap_frame *frame),
		  const struct trap_frame *frame)
{
	unsigned before = current;
	bool halt = true;

	current = core;
	if (!sigsetjmp(halted[depth++], 1)) {
		function(frame);
		halt = false;
	}
	depth--;
	current = before;
	return halt;
}

/* CLI, before HLT, is a general protection fault in user mode. */
static void take_fault(int number)
{
	(void)number;
	siglongjmp(halted[depth - 1], 1);
}

void apic_send_nmi(uint32_t destination)
{
	const struct trap_frame frame = {.vector = VECTOR_NMI};

	assert_true(halts(destination, nmi_handle, &frame));
}

static void take_machine_check(const struct trap_frame *frame)
{
	machine_check_record();
	panic_at(frame, "#MC");
}

static void break_invariant(const struct trap_frame *frame)
{
	panic_at(frame, "a broken invariant");
}

/* Before it says why: an NMI for this core, and #MC for one that has been stopped. */
void log_visit_tail(void (*line)(const char *text, size_t bytes), unsigned most)
{
	const struct trap_frame nmi = {.vector = VECTOR_NMI}, check = {.vector = VECTOR_MC};

	(void)line;
	(void)most;
	assert_false(halts(0, nmi_handle, &nmi));
	bank_status[2] = VALID | 2;
	assert_true(halts(2, take_machine_check, &check));
}

void console_printf(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(said + strlen(said), sizeof(said) - strlen(said), format, arguments);
	va_end(arguments);
}

static void test_report(void **state)
{
	const struct trap_frame frame = {.vector = 0};

	(void)state;
	signal(SIGSEGV, take_fault); /* cmocka has one of its own */
	bank_status[1] = VALID | 1;
	assert_true(halts(0, break_invariant, &frame));
	assert_null(strstr(said, "other cores stopped"));
	assert_null(strstr(said, "NMI on core"));
	assert_non_null(strstr(said, "PANIC on core 0: a broken invariant"));
	assert_non_null(strstr(said, "core 1: bank 0: status 8000000000000001"));
	assert_non_null(strstr(said, "core 2: bank 0: status 8000000000000002"));
	assert_non_null(strstr(said, "backtrace:\n  0\nhalted\n"));
}

static int setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CORES; i++)
		cores[i] = (struct core){.id = i, .apic_id = i, .online = true};
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_report, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
