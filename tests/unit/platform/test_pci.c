// SPDX-License-Identifier: BSD-2-Clause
/* The guest's PCI bus: configuration space, BARs, MSI-X registers. */
#include "arch/x86/platform/pci.h"

#include <string.h>

#include "arch/x86/platform/platform.h"
#include "tests/unit/platform/fake.h"

#define DEVICE    3
#define BAR_BYTES 0x4000u
#define TABLE     0x2000u
#define PENDING   0x3000u
#define VECTORS   17
#define ABSENT    0xffffffffu

static struct vpci_bus bus;
static struct vpci_function bridge, function;
static uint32_t last_offset;
static uint64_t last_value;
static unsigned last_bytes, writes;

static uint64_t read_bar(struct vpci_function *of, unsigned bar, uint32_t offset, unsigned bytes)
{
	assert_ptr_equal(of, &function);
	assert_int_equal(bar, 0);
	last_offset = offset;
	last_bytes = bytes;
	return 0x1122334455667788;
}

static void write_bar(struct vpci_function *of, unsigned bar, uint32_t offset, unsigned bytes,
		      uint64_t value)
{
	assert_ptr_equal(of, &function);
	assert_int_equal(bar, 0);
	last_offset = offset;
	last_bytes = bytes;
	last_value = value;
	writes++;
}

static const struct vpci_ops ops = {.read = read_bar, .write = write_bar};

static int setup(void **state)
{
	static const struct vpci_identity bridge_identity = {0x51ce, 0, 0, 0x060000};
	static const struct vpci_identity identity = {0x51ce, 1, 2, 0x020000};

	(void)state;
	fake_reset(4096);
	writes = 0;
	vpci_bus_init(&bus);
	vpci_function_init(&bridge, &bridge_identity, NULL);
	vpci_bus_attach(&bus, 0, &bridge);
	vpci_function_init(&function, &identity, &ops);
	vpci_add_bar(&function, 0, BAR_BYTES);
	vpci_add_msix(&function, FAKE_VM, VECTORS, 0, TABLE, PENDING);
	vpci_bus_attach(&bus, DEVICE, &function);
	return 0;
}

static void select_register(unsigned device, unsigned offset)
{
	vpci_io_write(&bus, 0xcf8, 4, 0x80000000 | device << 11 | offset);
}

static uint32_t config_read(unsigned device, unsigned offset, unsigned bytes)
{
	select_register(device, offset & 0xfc);
	return vpci_io_read(&bus, 0xcfc + (offset & 3), bytes) &
	       (bytes == 4 ? ABSENT : (1u << 8 * bytes) - 1);
}

static void config_write(unsigned offset, unsigned bytes, uint32_t value)
{
	select_register(DEVICE, offset & 0xfc);
	vpci_io_write(&bus, 0xcfc + (offset & 3), bytes, value);
}

static void enable(void)
{
	config_write(4, 2, 6);
	config_write(0x42, 2, 0x8000);
}

static void test_detection(void **state)
{
	(void)state;
	vpci_io_write(&bus, 0xcf8, 4, 0x80000000);
	assert_int_equal(vpci_io_read(&bus, 0xcf8, 4), 0x80000000);
	assert_int_equal(config_read(0, 0, 4), 0x000051ce);
	assert_int_equal(config_read(0, 10, 2), 0x0600);
	assert_int_equal(config_read(0, 0x34, 1), 0);
	assert_int_equal(config_read(DEVICE, 0, 4), 0x000151ce);
	assert_int_equal(config_read(DEVICE, 8, 4), 0x02000002);
	assert_int_equal(config_read(DEVICE, 2, 2), 1);
	assert_int_equal(config_read(DEVICE, 1, 1), 0x51);
	assert_int_equal(config_read(DEVICE, 0x2c, 4), 0x000151ce);
	assert_int_equal(config_read(DEVICE, 0x0e, 1), 0);
	assert_int_equal(config_read(DEVICE, 0x3d, 1), 0);
}

static void test_absent(void **state)
{
	(void)state;
	assert_int_equal(config_read(1, 0, 4), ABSENT);
	assert_int_equal(config_read(31, 0, 4), ABSENT);
	select_register(DEVICE, 0x100);
	assert_int_equal(vpci_io_read(&bus, 0xcfc, 4), ABSENT); /* function 1 */
	vpci_io_write(&bus, 0xcf8, 4, 0x80010000 | DEVICE << 11);
	assert_int_equal(vpci_io_read(&bus, 0xcfc, 4), ABSENT); /* bus 1 */
	vpci_io_write(&bus, 0xcf8, 4, DEVICE << 11);
	assert_int_equal(vpci_io_read(&bus, 0xcfc, 4), ABSENT); /* not enabled */
	vpci_io_write(&bus, 0xcf8, 4, 0x81000000 | DEVICE << 11);
	assert_int_equal(vpci_io_read(&bus, 0xcfc, 4), ABSENT);
	/* Narrow accesses to CONFIG_ADDRESS, and accesses across the dword's end. */
	select_register(DEVICE, 0);
	vpci_io_write(&bus, 0xcf8, 1, 0xff);
	vpci_io_write(&bus, 0xcfa, 4, 0xff);
	assert_int_equal(vpci_io_read(&bus, 0xcf8, 2), ABSENT);
	assert_int_equal(vpci_io_read(&bus, 0xcff, 2), ABSENT);
	assert_int_equal(vpci_io_read(&bus, 0xcfd, 4), ABSENT);
	assert_int_equal(vpci_io_read(&bus, 0xcfc, 4), 0x000151ce);
}

static void test_read_only(void **state)
{
	uint32_t before[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		before[i] = config_read(DEVICE, 4 * i, 4);
	for (unsigned i = 0; i < 256; i++)
		config_write(i, 1, 0xff);
	for (unsigned i = 0; i < 64; i++) {
		uint32_t changed = config_read(DEVICE, 4 * i, 4) ^ before[i];
		uint32_t may = i == 1      ? 0x406
			       : i == 3    ? 0xff
			       : i == 4    ? ~(BAR_BYTES - 1)
			       : i == 0xf  ? 0xff
			       : i == 0x10 ? 0xc0000000
					   : 0;

		assert_int_equal(changed & ~may, 0);
	}
}

static void test_bar(void **state)
{
	uint32_t address = config_read(DEVICE, 0x10, 4);
	uint64_t value = 0;

	(void)state;
	assert_int_equal(address, PLATFORM_PCI_START);
	assert_false(vpci_memory_read(&bus, address, 4, &value)); /* not enabled */
	config_write(4, 2, 2);
	assert_true(vpci_memory_read(&bus, address + 0x10, 4, &value));
	assert_int_equal(last_offset, 0x10);
	config_write(0x10, 4, ABSENT);
	assert_int_equal(config_read(DEVICE, 0x10, 4), ~(BAR_BYTES - 1));
	config_write(0x10, 4, 0xd1234567);
	assert_int_equal(config_read(DEVICE, 0x10, 4), 0xd1234000);
	assert_false(vpci_memory_read(&bus, address, 4, &value));
	assert_true(vpci_memory_write(&bus, 0xd1235ffc, 4, 7));
	assert_int_equal(last_offset, 0x1ffc);
	assert_int_equal(last_value, 7);
	assert_false(vpci_memory_write(&bus, 0xd1233fff, 1, 7));
	assert_true(vpci_memory_write(&bus, 0xd1237fff, 1, 7));
	assert_false(vpci_memory_write(&bus, 0xd1237ffe, 4, 7)); /* across the end */
	assert_false(vpci_memory_write(&bus, 0xd1238000, 4, 7));
	assert_false(vpci_memory_write(&bus, 0x1d1234000, 4, 7));
	assert_int_equal(config_read(DEVICE, 0x14, 4), 0);
	config_write(0x14, 4, ABSENT);
	assert_int_equal(config_read(DEVICE, 0x14, 4), 0);
	config_write(4, 2, 0);
	assert_false(vpci_memory_read(&bus, 0xd1234000, 4, &value));
}

static void test_msix_capability(void **state)
{
	(void)state;
	assert_int_equal(config_read(DEVICE, 6, 2) & 0x10, 0x10);
	assert_int_equal(config_read(DEVICE, 0x34, 1), 0x40);
	assert_int_equal(config_read(DEVICE, 0x40, 4), (VECTORS - 1) << 16 | 0x11);
	assert_int_equal(config_read(DEVICE, 0x44, 4), TABLE);
	assert_int_equal(config_read(DEVICE, 0x48, 4), PENDING);
	config_write(0x40, 4, ABSENT);
	assert_int_equal(config_read(DEVICE, 0x40, 4), 0xc0000011 | (VECTORS - 1) << 16);
}

static uint64_t table_read(uint32_t offset, unsigned bytes)
{
	uint64_t value = 0x55;

	assert_true(vpci_memory_read(&bus, PLATFORM_PCI_START + TABLE + offset, bytes, &value));
	return value;
}

static void table_write(uint32_t offset, unsigned bytes, uint64_t value)
{
	assert_true(vpci_memory_write(&bus, PLATFORM_PCI_START + TABLE + offset, bytes, value));
}

static void test_msix_table(void **state)
{
	uint64_t pending = 0;

	(void)state;
	enable();
	assert_int_equal(table_read(12, 4), 1);
	assert_int_equal(table_read(16 * 16 + 12, 4), 1);
	table_write(32, 4, 0xfee0100f);
	table_write(36, 4, 0);
	table_write(40, 4, 0x4041);
	assert_int_equal(table_read(32, 8), 0xfee0100c);
	vpci_msix_post(&function.msix, 2);
	assert_int_equal(fake.messages, 0);
	assert_true(vpci_memory_read(&bus, PLATFORM_PCI_START + PENDING, 4, &pending));
	assert_int_equal(pending, 4);
	table_write(44, 4, 0xfffffffe);
	assert_int_equal(table_read(44, 4), 0);
	assert_int_equal(fake.messages, 1);
	assert_int_equal(fake.message[0].address, 0xfee0100c);
	assert_int_equal(fake.message[0].data, 0x4041);
	table_write(32, 8, 0xfee02000);
	table_write(40, 8, 0x42);
	vpci_msix_post(&function.msix, 2);
	assert_int_equal(fake.messages, 2);
	assert_int_equal(fake.message[1].address, 0xfee02000);
	assert_int_equal(fake.message[1].data, 0x42);
	assert_int_equal(writes, 0);
}

/* Narrow, unaligned and overlong accesses do nothing; behind the table is the device's own. */
static void test_msix_bad_access(void **state)
{
	uint64_t value = 0;

	(void)state;
	enable();
	table_write(0, 4, 0xfee00000);
	table_write(0, 1, 0x77);
	table_write(2, 2, 0x77);
	table_write(4, 8, 0x77);
	assert_int_equal(table_read(0, 8), 0xfee00000);
	assert_int_equal(table_read(1, 1), 0);
	table_write(16 * VECTORS - 4, 8, 0);
	assert_int_equal(table_read(16 * VECTORS - 4, 4), 1);
	assert_true(vpci_memory_write(&bus, PLATFORM_PCI_START + PENDING, 4, ABSENT));
	assert_true(vpci_memory_read(&bus, PLATFORM_PCI_START + PENDING, 8, &value));
	assert_int_equal(value, 0);
	assert_int_equal(writes, 0);
	table_write(16 * VECTORS, 4, 1);
	assert_int_equal(last_offset, TABLE + 16 * VECTORS);
	assert_int_equal(writes, 1);
}

/* Each of the four ways to mask keeps the interrupt pending. */
static void test_msix_masks(void **state)
{
	(void)state;
	enable();
	table_write(0, 8, 0xfee00000);
	table_write(8, 8, 0x31);
	config_write(0x42, 2, 0xc000);
	vpci_msix_post(&function.msix, 0);
	vpci_msix_post(&function.msix, 0);
	config_write(0x42, 2, 0x8000);
	assert_int_equal(fake.messages, 1);
	config_write(0x42, 2, 0);
	vpci_msix_post(&function.msix, 0);
	config_write(0x42, 2, 0x8000);
	assert_int_equal(fake.messages, 2);
	config_write(4, 2, 2);
	vpci_msix_post(&function.msix, 0);
	config_write(4, 2, 6);
	assert_int_equal(fake.messages, 3);
	table_write(12, 4, 1);
	vpci_msix_post(&function.msix, 0);
	assert_int_equal(fake.messages, 3);
	table_write(12, 4, 0);
	assert_int_equal(fake.messages, 4);
	vpci_msix_post(&function.msix, VECTORS);
	vpci_msix_post(&function.msix, UINT32_MAX);
	assert_int_equal(fake.messages, 4);
}

/* Messages elsewhere than to local APICs are no interrupts. */
static void test_msix_foreign_address(void **state)
{
	static const uint64_t addresses[] = {0, 0x1000, 0xfed00000, 0xfef00000, 0x1fee00000};

	(void)state;
	enable();
	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		table_write(0, 8, addresses[i]);
		table_write(8, 8, 0x31);
		vpci_msix_post(&function.msix, 0);
	}
	assert_int_equal(fake.messages, 0);
	table_write(0, 8, 0xfee00000);
	assert_int_equal(fake.messages, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_detection, setup),
		cmocka_unit_test_setup(test_absent, setup),
		cmocka_unit_test_setup(test_read_only, setup),
		cmocka_unit_test_setup(test_bar, setup),
		cmocka_unit_test_setup(test_msix_capability, setup),
		cmocka_unit_test_setup(test_msix_table, setup),
		cmocka_unit_test_setup(test_msix_bad_access, setup),
		cmocka_unit_test_setup(test_msix_masks, setup),
		cmocka_unit_test_setup(test_msix_foreign_address, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
