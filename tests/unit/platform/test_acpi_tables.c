// SPDX-License-Identifier: BSD-2-Clause
/* The guest's ACPI tables, read as an operating system would. */
#include "arch/x86/cpu/rtc_time.h"
#include "arch/x86/platform/acpi_tables.h"

#include <string.h>

#include "arch/x86/platform/platform.h"
#include "arch/x86/platform/ports.h"
#include "tests/unit/platform/fake.h"

#define BASE 0xe0000ull

static uint8_t memory[0x2000];

static uint64_t get(uint64_t address, unsigned bytes)
{
	uint64_t value = 0;

	assert_in_range(address, BASE, BASE + sizeof(memory) - bytes);
	memcpy(&value, memory + (address - BASE), bytes);
	return value;
}

static uint8_t sum(uint64_t address, unsigned bytes)
{
	uint8_t total = 0;

	for (unsigned i = 0; i < bytes; i++)
		total += get(address + i, 1);
	return total;
}

static void check_table(uint64_t address, const char *signature)
{
	assert_memory_equal(memory + (address - BASE), signature, 4);
	assert_int_equal(sum(address, get(address + 4, 4)), 0);
	assert_int_equal(address % 16, 0);
}

static uint64_t xsdt(unsigned vcpus, uint64_t mailbox)
{
	uint64_t rsdp = guest_acpi_write(memory, sizeof(memory), BASE, vcpus, mailbox);

	assert_int_equal(rsdp, BASE);
	assert_memory_equal(memory, "RSD PTR ", 8);
	assert_int_equal(get(rsdp + 15, 1), 2);
	assert_int_equal(sum(rsdp, 20), 0);
	assert_int_equal(sum(rsdp, 36), 0);
	check_table(get(rsdp + 24, 8), "XSDT");
	return get(rsdp + 24, 8);
}

static void check_port(uint64_t address, uint16_t port)
{
	assert_int_equal(get(address, 4), 0x01000801);
	assert_int_equal(get(address + 4, 8), port);
}

static void test_fadt(void **state)
{
	uint64_t fadt = get(xsdt(1, 0) + 36, 8);

	(void)state;
	check_table(fadt, "FACP");
	assert_int_equal(get(fadt + 4, 4), 276);
	assert_int_equal(get(fadt + 108, 1), RTC_CENTURY);
	assert_int_equal(get(fadt + 109, 2), 0x04); /* no VGA; there is a real-time clock */
	assert_true(get(fadt + 112, 4) & 1 << 20);  /* hardware-reduced */
	assert_true(get(fadt + 112, 4) & 1 << 10);  /* reset register */
	check_port(fadt + 116, PORT_RESET);
	assert_int_equal(get(fadt + 128, 1), RESET_VALUE);
	check_port(fadt + 244, PORT_SLEEP_CONTROL);
	check_port(fadt + 256, PORT_SLEEP_STATUS);
	assert_int_equal(get(fadt + 40, 4), get(fadt + 140, 8));
	check_table(get(fadt + 140, 8), "DSDT");
}

static void test_madt(void **state)
{
	for (unsigned vcpus = 1; vcpus <= VM_VCPUS_MOST; vcpus++) {
		uint64_t madt = get(xsdt(vcpus, 0) + 44, 8);
		uint64_t entry = madt + 44;

		check_table(madt, "APIC");
		assert_int_equal(get(madt + 36, 4), PLATFORM_LAPIC);
		assert_int_equal(get(madt + 40, 4), 0);
		for (unsigned i = 0; i < vcpus; i++, entry += 8) {
			assert_int_equal(get(entry, 4), 0x800 | i << 16 | i << 24);
			assert_int_equal(get(entry + 4, 4), 1);
		}
		assert_int_equal(get(entry, 4), 0xc01 | GUEST_IOAPIC_ID << 16);
		assert_int_equal(get(entry + 4, 8), PLATFORM_IOAPIC);
		assert_int_equal(get(madt + 4, 4), entry + 12 - madt);
	}
	(void)state;
}

/* The mailbox follows the I/O APIC. */
static void test_wakeup(void **state)
{
	uint64_t without = get(get(xsdt(3, 0) + 44, 8) + 4, 4);
	uint64_t madt = get(xsdt(3, PLATFORM_MAILBOX) + 44, 8);

	(void)state;
	check_table(madt, "APIC");
	assert_int_equal(get(madt + 4, 4), without + 16);
	assert_int_equal(get(madt + without, 8), 0x1010);
	assert_int_equal(get(madt + without + 8, 8), PLATFORM_MAILBOX);
}

static const uint8_t *find(const void *bytes, size_t length)
{
	return memmem(guest_dsdt, guest_dsdt_bytes, bytes, length);
}

/* The numbers in dsdt.asl are those of the headers. */
static void test_dsdt_addresses(void **state)
{
	const uint32_t window[] = {PLATFORM_PCI_START, PLATFORM_PCI_START + PLATFORM_PCI_BYTES - 1,
				   0, PLATFORM_PCI_BYTES};
	const uint16_t uart[] = {PORT_COM1, PORT_COM1, PORT_COM1_COUNT << 8 | 1};
	const uint16_t config[] = {PORT_PCI_ADDRESS, PORT_PCI_ADDRESS, 8 << 8 | 1};
	const uint8_t pnp0b00[] = {0x0c, 0x41, 0xd0, 0x0b, 0x00};
	const uint16_t clock[] = {PORT_CMOS_INDEX, PORT_CMOS_INDEX, PORT_CMOS_COUNT << 8 | 1};
	const uint8_t interrupt[] = {0x89, 6, 0, 3, 1, COM1_IRQ, 0, 0, 0};
	const uint8_t s5[] = {'_', 'S', '5', '_', 0x12, 7, 4, 0x0a, SLEEP_TYPE_S5};

	(void)state;
	assert_non_null(find(window, sizeof(window)));
	assert_non_null(find(uart, sizeof(uart)));
	assert_non_null(find(config, sizeof(config)));
	assert_non_null(find(interrupt, sizeof(interrupt)));
	assert_non_null(find(pnp0b00, sizeof(pnp0b00)));
	assert_non_null(find(clock, sizeof(clock)));
	assert_non_null(find(s5, sizeof(s5)));
}

static void test_no_room(void **state)
{
	size_t least = 0;

	(void)state;
	while (!guest_acpi_write(memory, least, BASE, 16, 1))
		least++;
	assert_in_range(least, 700, 1200);
	memset(memory, 0xee, sizeof(memory));
	assert_int_equal(guest_acpi_write(memory, least - 1, BASE, 16, 1), 0);
	assert_int_equal(memory[least - 1], 0xee);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fadt),    cmocka_unit_test(test_madt),
		cmocka_unit_test(test_wakeup),  cmocka_unit_test(test_dsdt_addresses),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
