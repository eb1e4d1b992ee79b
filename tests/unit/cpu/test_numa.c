// SPDX-License-Identifier: BSD-2-Clause
/* From which node memory is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/numa.h"
#include "drivers/pci/pci.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/memory.h"
#include "kernel/numa.h"
#include "machine_host.h"

struct acpi_info acpi_info;
struct config host_config;
struct core cores[CORES_MOST];

static struct memory_range preferred[MEMORY_PREFERRED_MOST];
static unsigned preferred_count;
static jmp_buf refusal;
static const struct pci_device *bridge;

void memory_prefer(const struct memory_range *ranges, unsigned count)
{
	memcpy(preferred, ranges, count * sizeof(*ranges));
	preferred_count = count;
}

_Noreturn void boot_refuse(const char *format, ...)
{
	(void)format;
	longjmp(refusal, 1);
}

const struct pci_device *pci_bridge_above(const struct pci_device *dev)
{
	return dev == bridge ? NULL : bridge;
}

/* Two processors, the boot core on node 1; node 0 has memory in two pieces. */
static int setup(void **state)
{
	(void)state;
	acpi_info = (struct acpi_info){
		.near_cores = 2,
		.near_core = {{0, 1}, {16, 0}},
		.near_memories = 3,
		.near_memory = {{0, 0x80000000, 0},
				{0x100000000, 0x180000000, 1},
				{0x180000000, 0x200000000, 0}},
		.drhds = 1,
		.drhd = {{.address = 1, .rest = true, .has_node = true, .node = 0}},
	};
	host_config.node = CONFIG_NODE_CHOSEN;
	cores[0].apic_id = 0;
	preferred_count = 0;
	bridge = NULL;
	memset(host_log_count, 0, sizeof(host_log_count));
	return 0;
}

static void test_boot_core(void **state)
{
	(void)state;
	numa_init();
	assert_int_equal(preferred_count, 1);
	assert_int_equal(preferred[0].start, 0x100000000);
	assert_int_equal(preferred[0].end, 0x180000000);
	assert_int_equal(host_log_count[2], 1);
}

static void test_configured(void **state)
{
	(void)state;
	host_config.node = 0;
	numa_init();
	assert_int_equal(preferred_count, 2);
	assert_int_equal(preferred[1].start, 0x180000000);
	host_config.node = 2;
	if (!setjmp(refusal)) {
		numa_init();
		fail_msg("a node that does not exist was taken");
	}
}

static void test_one_node(void **state)
{
	(void)state;
	acpi_info.near_memory[0].node = acpi_info.near_memory[2].node = 1;
	numa_init();
	assert_int_equal(preferred_count, 3);
	assert_int_equal(host_log_count[2], 0);
	acpi_info = (struct acpi_info){0};
	preferred_count = 0;
	numa_init();
	assert_int_equal(preferred_count, 0);
}

/* The node of the root bus above the card, as the DMAR tells it. */
static void test_card(void **state)
{
	const struct pci_device port = {.at = {.bus = 0x80}, .name = "80:02.0"};
	const struct pci_device card = {.at = {.bus = 0x81}, .name = "81:00.0"};

	(void)state;
	bridge = &port;
	numa_init();
	numa_prefer_device(&card);
	assert_int_equal(preferred_count, 2);
	assert_int_equal(host_log_count[1], 1);
	acpi_info.drhd[0].rest = false;
	acpi_info.drhd[0].buses[0x81 / 8] = 1 << 1; /* the card's bus is no root bus */
	setup(NULL);
	acpi_info.drhd[0].rest = false;
	bridge = &port;
	numa_init();
	numa_prefer_device(&card);
	assert_int_equal(preferred_count, 1);
	assert_non_null(strstr(host_log_line, "is not told"));
	acpi_info.drhd[0].buses[0x80 / 8] = 1;
	numa_prefer_device(&card);
	assert_int_equal(preferred_count, 2);
}

static void test_card_and_configuration(void **state)
{
	const struct pci_device card = {.name = "01:00.0"};

	(void)state;
	host_config.node = 1;
	numa_init();
	numa_prefer_device(&card);
	assert_int_equal(preferred_count, 1);
	assert_int_equal(host_log_count[1], 1);
	acpi_info.drhd[0].node = 1;
	numa_prefer_device(&card);
	assert_int_equal(host_log_count[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_boot_core, setup),
		cmocka_unit_test_setup(test_configured, setup),
		cmocka_unit_test_setup(test_one_node, setup),
		cmocka_unit_test_setup(test_card, setup),
		cmocka_unit_test_setup(test_card_and_configuration, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
