// SPDX-License-Identifier: BSD-2-Clause
/* Starting cores: what those find that come late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/apic_timer.h"
#include "arch/x86/cpu/descriptors.h"
#include "arch/x86/cpu/paging.h"
#include "arch/x86/cpu/park.h"
#include "arch/x86/cpu/smp.h"
#include "arch/x86/cpu/tsc.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/memory.h"
#include "kernel/stack.h"
#include "machine_host.h"

#define PAGE ((uint8_t *)0x8f000)

__asm__(".pushsection .rodata\n"
	".global trampoline_start, trampoline_fields, trampoline_end\n"
	"trampoline_start: .skip 64\n"
	"trampoline_fields: .skip 24\n"
	"trampoline_end: .popsection");

struct acpi_info acpi_info;
struct boot_info boot_info;
struct config host_config;
struct core cores[CORES_MOST];
unsigned core_count;
uint32_t parked_cores;

static bool executable, deaf;
static uint8_t storage[65536] __attribute__((aligned(4096)));

void apic_init_core(void)
{
}

void apic_timer_init_core(void)
{
}

void descriptors_load(struct core *core)
{
	(void)core;
}

void core_account_start(void)
{
}

void tsc_join(void)
{
}

bool tsc_sync(unsigned core)
{
	(void)core;
	return true;
}

_Noreturn void park_core(void)
{
	panic("parked in the test's own thread");
}

uint32_t apic_id(void)
{
	return 0;
}

bool apic_is_x2apic(void)
{
	return false;
}

void apic_send_init(uint32_t destination)
{
	(void)destination;
}

/* The core comes online, or finds no ticket and parks, unless nothing hears. */
void apic_send_startup(uint32_t destination, uint8_t start_page)
{
	assert_ptr_equal(PAGE, (uint64_t)start_page << 12);
	assert_true(executable);
	if (deaf)
		return;
	if (cores[1].apic_id == destination)
		cores[1].online = true;
	else
		parked_cores++;
}

bool acpi_find_core_node(const struct acpi_info *info, uint32_t apic, uint32_t *node)
{
	(void)info;
	(void)apic;
	(void)node;
	return false;
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid){0};
}

uint64_t msr_read(uint32_t msr)
{
	(void)msr;
	return 0;
}

uint64_t paging_root(void)
{
	return 0;
}

void paging_set_executable(void *page, bool value)
{
	assert_ptr_equal(page, PAGE);
	executable = value;
}

void *memory_alloc(size_t bytes, size_t align)
{
	(void)align;
	assert_true(bytes <= sizeof(storage));
	return storage;
}

void memory_free(void *memory, size_t bytes)
{
	(void)memory;
	(void)bytes;
}

void *stack_alloc(void)
{
	return storage;
}

void stack_free(void *stack)
{
	(void)stack;
}

void *stack_end(void *stack)
{
	return stack;
}

static void run(void)
{
}

static int setup(void **state)
{
	(void)state;
	memset(cores, 0, sizeof(cores));
	core_count = 1;
	cores[0].online = true;
	acpi_info.cores = 2;
	acpi_info.apic_id[0] = 0;
	acpi_info.apic_id[1] = 1;
	boot_info.ranges = 1;
	boot_info.range[0] = (struct boot_range){.start = 0, .bytes = 0x9f000, .usable = true};
	host_config.smt = true;
	deaf = false;
	return 0;
}

static void test_all_come(void **state)
{
	(void)state;
	smp_start(run);
	assert_int_equal(core_count, 2);
	assert_false(executable);
}

/* One that comes later still executes the trampoline, and finds the way to park_core(). */
static void test_late_core(void **state)
{
	(void)state;
	deaf = true;
	smp_start(run);
	assert_int_equal(core_count, 1);
	assert_non_null(strstr(host_log_text, "the core with APIC id 1 does not start: left out"));
	assert_true(executable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_come, setup),
		cmocka_unit_test_setup(test_late_core, setup),
	};

	if (mmap(PAGE, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != PAGE)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
