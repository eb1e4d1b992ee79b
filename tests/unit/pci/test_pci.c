// SPDX-License-Identifier: BSD-2-Clause
/* The PCI scan and its helpers on configuration spaces made up here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/paging.h"
#include "drivers/pci/config.h"
#include "drivers/pci/pci.h"
#include "fake_config.h"
#include "kernel/errno.h"
#include "machine_host.h"

static uint8_t bar_memory[0x4000] __attribute__((aligned(16)));
static uint64_t mapped_address;
static size_t mapped_bytes;

void *mmio_map(uint64_t physical, size_t bytes)
{
	mapped_address = physical;
	mapped_bytes = bytes;
	return bar_memory;
}

static void write_bar(volatile void *reg, uint32_t value)
{
	*(volatile uint32_t *)reg = value;
}

static int setup(void **state)
{
	(void)state;
	fake_clear();
	fake_add(0, 0, 0, 0x12378086, 0);
	memset(bar_memory, 0, sizeof(bar_memory));
	host_mmio_write = write_bar;
	return 0;
}

static bool is_82599(uint16_t vendor, uint16_t device_id)
{
	return vendor == 0x8086 && device_id == 0x10fb;
}

static void test_identity(void **state)
{
	struct pci_device *dev;

	(void)state;
	fake_add_card(0, 5);
	pci_scan();
	assert_int_equal(pci_device_count, 2);
	dev = pci_find(NULL, is_82599);
	assert_ptr_equal(dev, &pci_devices[1]);
	assert_string_equal(dev->name, "00:05.0");
	assert_int_equal(dev->revision, 7);
	assert_int_equal(dev->class, 0x020000);
	assert_int_equal(dev->subsystem_vendor, 0x8086);
	assert_int_equal(dev->subsystem, 3);
	assert_null(pci_find(dev, is_82599));
}

static void test_bars(void **state)
{
	struct fake_function *f = fake_add_card(0, 1);
	const struct pci_bar *bar;

	(void)state;
	fake_set_bar(f, 2, 0xc001, 0xffe0);
	fake_set_bar(f, 3, 0xfebf0000, 0xffff0000);
	fake_set_bar(f, 5, 0xffe00000 | PCI_BAR_WIDE,
		     0xfffff000); /* nothing left for its upper half */
	pci_scan();
	bar = pci_devices[1].bar;
	assert_int_equal(bar[0].address, 0x38e0000000);
	assert_int_equal(bar[0].bytes, 0x4000);
	assert_true(bar[0].wide && bar[0].prefetchable && !bar[0].io);
	assert_int_equal(bar[1].bytes, 0);
	assert_int_equal(bar[2].address, 0xc000);
	assert_int_equal(bar[2].bytes, 0x20);
	assert_true(bar[2].io);
	assert_int_equal(bar[3].address, 0xfebf0000);
	assert_int_equal(bar[3].bytes, 0x10000);
	assert_false(bar[3].wide);
	assert_int_equal(bar[4].bytes, 0);
	assert_int_equal(bar[5].bytes, 0x1000);
	/* All is as the firmware left it. */
	assert_int_equal(f->value[4], 0xe0000000 | PCI_BAR_WIDE | PCI_BAR_PREFETCHABLE);
	assert_int_equal(f->value[5], 0x38);
	assert_int_equal(f->value[1] & 0xffff, PCI_COMMAND_MEMORY);
}

static void test_huge_bar(void **state)
{
	struct fake_function *f = fake_add(0, 1, 0, 0x11112222, 0);

	(void)state;
	fake_set_bar(f, 0, PCI_BAR_WIDE, 0);
	fake_set_bar(f, 1, 0x40, 0xfffffffc);
	pci_scan();
	assert_int_equal(pci_devices[1].bar[0].bytes, 16ull << 30);
	assert_int_equal(pci_devices[1].bar[0].address, 256ull << 30);
}

static void test_functions(void **state)
{
	(void)state;
	fake_add(0, 3, 0, 0x11112222, PCI_HEADER_MULTI);
	fake_add(0, 3, 7, 0x11112222, 0);
	fake_add(0, 4, 0, 0x11112222, 0);
	fake_add(0, 4, 1, 0x11112222, 0); /* not looked at: function 0 is not multi-function */
	pci_scan();
	assert_int_equal(pci_device_count, 3 + 1);
	assert_int_equal(pci_devices[2].at.function, 7);
}

/* Behind bridges, on root buses that no bridge names, and in other segments. */
static void test_buses(void **state)
{
	struct fake_function *f;

	(void)state;
	fake_add(0, 2, 0, 0x33334444, PCI_HEADER_BRIDGE)->value[6] = 0x00090900;
	fake_add(9, 0, 0, 0x33334444, PCI_HEADER_BRIDGE)->value[6] = 0x00000409;
	fake_add(4, 1, 0, 0x33334444, PCI_HEADER_BRIDGE)->value[6] = 0x00000904; /* a loop */
	fake_add_card(4, 0);
	fake_add_card(0xd7, 0);
	f = fake_add_card(0x41, 3);
	f->at.segment = 2;
	fake_add(0x80, 0, 0, 0x11112222, 0)->at.segment = 2; /* not to be reached */
	pci_scan();
	assert_int_equal(pci_device_count, 7);
	assert_string_equal(pci_devices[2].name, "04:00.0");
	assert_string_equal(pci_devices[5].name, "d7:00.0");
	assert_string_equal(pci_devices[6].name, "0002:41:03.0");
	assert_int_equal(pci_devices[6].bar[0].bytes, 0x4000);
	assert_int_equal(pci_find(NULL, is_82599)->at.bus, 4);
}

/* Sizing would take the I/O APIC's or the screen's registers away while they are in use. */
static void test_parts_of_the_machine(void **state)
{
	struct fake_function *f = fake_add(0, 1, 0, 0x11112222, 0);

	(void)state;
	f->value[2] = 0x08002000;
	fake_set_bar(f, 0, 0xfec01000, 0xfffff000);
	pci_scan();
	assert_int_equal(pci_devices[1].bar[0].bytes, 0);
	assert_int_equal(f->value[4], 0xfec01000);
}

static void test_too_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FAKE_FUNCTIONS_MOST - 1; i++)
		fake_add((uint8_t)(1 + i / 256), i / 8 % 32, i % 8, 0x11112222, PCI_HEADER_MULTI);
	pci_scan();
	assert_int_equal(pci_device_count, PCI_DEVICES_MOST);
}

static void test_enable_and_disable(void **state)
{
	struct fake_function *f = fake_add_card(0, 1);

	(void)state;
	pci_scan();
	f->value[1] |= PCI_COMMAND_MASTER; /* left by firmware, with a device that runs */
	pci_enable(&pci_devices[1]);
	assert_int_equal(f->value[1] & 0xffff, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
	pci_enable_dma(&pci_devices[1]);
	assert_int_equal(f->value[1] & 0xffff,
			 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	pci_disable(&pci_devices[1]);
	assert_int_equal(f->value[1] & PCI_COMMAND_MASTER, 0);
}

static void test_capability_list_that_never_ends(void **state)
{
	struct fake_function *f = fake_add_card(0, 1);

	(void)state;
	pci_scan();
	assert_int_equal(pci_find_capability(&pci_devices[1], PCI_CAPABILITY_MSIX), FAKE_MSIX);
	f->value[FAKE_MSI / 4] = PCI_CAPABILITY_MSI | FAKE_MSI << 8;
	assert_int_equal(pci_find_capability(&pci_devices[1], PCI_CAPABILITY_MSIX), 0);
	f->value[1] = PCI_COMMAND_MEMORY;
	assert_int_equal(pci_find_capability(&pci_devices[1], 0x01), 0);
}

static void test_msix(void **state)
{
	struct fake_function *f = fake_add_card(0, 1);
	struct pci_msix msix;

	(void)state;
	f->value[FAKE_MSI / 4] |= 0x10000; /* left on by network boot */
	pci_scan();
	assert_int_equal(pci_enable_msix(&pci_devices[1], &msix), 0);
	assert_int_equal(msix.entries, FAKE_ENTRIES);
	assert_ptr_equal(msix.table, bar_memory + FAKE_TABLE);
	assert_ptr_equal(msix.pending, bar_memory + 0x3000);
	assert_int_equal(mapped_address, 0x38e0000000);
	assert_int_equal(mapped_bytes, 0x4000);
	assert_int_equal(f->value[FAKE_MSIX / 4] >> 30, 2); /* enabled, not masked as a whole */
	assert_int_equal(f->value[FAKE_MSI / 4] & 0x10000, 0);
	for (unsigned i = 0; i < FAKE_ENTRIES; i++)
		assert_int_equal(bar_memory[FAKE_TABLE + 16 * i + 12], 1);
	assert_int_equal(bar_memory[FAKE_TABLE + 16 * FAKE_ENTRIES + 12], 0);
}

static void test_msix_mistakes(void **state)
{
	struct fake_function *f = fake_add_card(0, 1);
	struct pci_msix msix;

	(void)state;
	pci_scan();
	f->value[FAKE_MSIX / 4 + 1] = 0x3fe0; /* three entries do not fit */
	assert_int_equal(pci_enable_msix(&pci_devices[1], &msix), -ENODEV);
	assert_non_null(strstr(host_log_line, "does not fit into BAR 0"));
	f->value[FAKE_MSIX / 4 + 1] = 7; /* no such BAR */
	assert_int_equal(pci_enable_msix(&pci_devices[1], &msix), -ENODEV);
	f->value[FAKE_MSIX / 4] = 0x05;
	assert_int_equal(pci_enable_msix(&pci_devices[1], &msix), -ENODEV);
	assert_non_null(strstr(host_log_line, "no MSI-X"));
}

static void test_map_mistakes(void **state)
{
	struct fake_function *f = fake_add_card(0, 1);

	(void)state;
	fake_set_bar(f, 2, 0xc001, 0xffe0);
	fake_set_bar(f, 3, 0, 0xffff0000);
	pci_scan();
	assert_null(pci_map_bar(&pci_devices[1], 1));
	assert_null(pci_map_bar(&pci_devices[1], 2));
	assert_null(pci_map_bar(&pci_devices[1], 3));
	assert_non_null(strstr(host_log_line, "no address"));
	assert_null(pci_map_bar(&pci_devices[1], 6));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity),
		TEST(test_bars),
		TEST(test_huge_bar),
		TEST(test_functions),
		TEST(test_buses),
		TEST(test_parts_of_the_machine),
		TEST(test_too_many),
		TEST(test_enable_and_disable),
		TEST(test_capability_list_that_never_ends),
		TEST(test_msix),
		TEST(test_msix_mistakes),
		TEST(test_map_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
