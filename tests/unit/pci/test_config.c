// SPDX-License-Identifier: BSD-2-Clause
/* Which way to configuration space is taken: ECAM, ports, or both for different segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "drivers/pci/config.h"
#include "kernel/address_space.h"
#include "kernel/boot.h"
#include "machine_host.h"

#define ECAM0 0xb0000000ull
#define ECAM1 0x80000000000ull /* above 4 GB */
#define BUS   0x100000ull

struct acpi_info acpi_info;
struct boot_info boot_info;

static bool ports;
static uint32_t port_address, written_by_port;
static uint32_t written_by_memory;
static uint64_t written_at;
static bool memory_lies;
static uint64_t mapped, mapped_bytes;
static unsigned port_reads;

/* Device 3 of every bus; the value tells the way it was read by. */
static uint32_t value_of(uint64_t bus, uint64_t device)
{
	return device == 3 ? 0x10fb8086 + (uint32_t)bus * 0x10000 : UINT32_MAX;
}

uint32_t io_read32(uint16_t port)
{
	if (!ports)
		return UINT32_MAX;
	if (port == 0xcf8)
		return port_address;
	port_reads++;
	return value_of(port_address >> 16 & 0xff, port_address >> 11 & 31);
}

void io_write32(uint16_t port, uint32_t value)
{
	if (port == 0xcf8)
		port_address = value;
	else
		written_by_port = value;
}

void io_write16(uint16_t port, uint16_t value)
{
	written_by_port = (uint32_t)port << 16 | value;
}

/* An address that only the hooks below look at. */
void *mmio_map(uint64_t physical, size_t bytes)
{
	mapped = physical;
	mapped_bytes = bytes;
	return (void *)physical;
}

static uint32_t read_memory(const volatile void *reg)
{
	uint64_t offset = (uint64_t)reg & (256 * BUS - 1);

	return memory_lies ? 0x12345678 : value_of(offset >> 20, offset >> 15 & 31);
}

static void write_memory(volatile void *reg, uint32_t value)
{
	written_at = (uint64_t)reg;
	written_by_memory = value;
}

static void ecam(uint64_t address, uint16_t segment, uint8_t first, uint8_t last)
{
	acpi_info.ecam[acpi_info.ecams++] = (struct acpi_ecam){address, segment, first, last};
}

static int setup(void **state)
{
	(void)state;
	acpi_info = (struct acpi_info){0};
	boot_info.ranges = 1;
	boot_info.range[0] = (struct boot_range){0x100000, 0x7ff00000, true};
	ports = true;
	memory_lies = false;
	mapped = port_reads = 0;
	host_mmio_read = read_memory;
	host_mmio_write = write_memory;
	return 0;
}

static const struct pci_address card = {0, 7, 3, 1};

static void test_ports_alone(void **state)
{
	struct pci_buses buses[PCI_BUSES_MOST];

	(void)state;
	port_address = 0x1234;
	assert_int_equal(pci_config_init(buses), 1);
	assert_int_equal(port_address, 0x1234);
	assert_int_equal(buses[0].first, 0);
	assert_int_equal(buses[0].last, 255);
	assert_int_equal(pci_config_read(card, 0x10), value_of(7, 3));
	assert_int_equal(port_address, 0x80071910);
	pci_config_write(card, 0x14, 0x55667788);
	assert_int_equal(port_address, 0x80071914);
	assert_int_equal(written_by_port, 0x55667788);
	pci_config_write16(card, 0x06, 0x99);
	assert_int_equal(port_address, 0x80071904);
	assert_int_equal(written_by_port, 0x0cfe0099);
}

static void test_ecam_and_ports(void **state)
{
	struct pci_buses buses[PCI_BUSES_MOST];

	(void)state;
	ecam(ECAM0, 0, 0, 63);
	assert_int_equal(pci_config_init(buses), 1);
	assert_int_equal(mapped, ECAM0);
	assert_int_equal(mapped_bytes, 64 * BUS);
	assert_int_equal(buses[0].last, 255);
	port_reads = 0;
	assert_int_equal(pci_config_read(card, 0x10), value_of(7, 3));
	assert_int_equal(port_reads, 0);
	pci_config_write(card, 0x14, 1);
	assert_int_equal(written_at, ECAM0 + 7 * BUS + 0x19014);
	assert_int_equal(written_by_memory, 1);
	/* A bus beyond the window. */
	pci_config_read((struct pci_address){0, 64, 3, 0}, 0);
	assert_int_equal(port_reads, 1);
}

static void test_no_ports(void **state)
{
	struct pci_buses buses[PCI_BUSES_MOST];

	(void)state;
	ports = false;
	assert_int_equal(pci_config_init(buses), 0);
	ecam(ECAM0, 0, 0, 15);
	assert_int_equal(pci_config_init(buses), 1);
	assert_int_equal(buses[0].last, 15);
	assert_int_equal(pci_config_read(card, 0), value_of(7, 3));
}

/* The address in the table is that of bus 0, also where the window begins later. */
static void test_segments(void **state)
{
	struct pci_buses buses[PCI_BUSES_MOST];
	struct pci_address at = {1, 0x45, 3, 0};

	(void)state;
	ecam(ECAM0, 0, 0, 15);
	ecam(ECAM1, 1, 0x40, 0x7f);
	assert_int_equal(pci_config_init(buses), 2);
	assert_int_equal(mapped, ECAM1 + 0x40 * BUS);
	assert_int_equal(mapped_bytes, 0x40 * BUS);
	assert_int_equal(buses[1].segment, 1);
	assert_int_equal(buses[1].first, 0x40);
	assert_int_equal(buses[1].last, 0x7f);
	pci_config_write(at, 4, 6);
	assert_int_equal(written_at, ECAM1 + 0x45 * BUS + 0x18004);
}

static void test_window_that_lies(void **state)
{
	struct pci_buses buses[PCI_BUSES_MOST];

	(void)state;
	ecam(ECAM0, 0, 0, 255);
	memory_lies = true;
	assert_int_equal(pci_config_init(buses), 1);
	assert_int_equal(pci_config_read(card, 0), value_of(7, 3));
	assert_true(port_reads > 0);
}

/* In memory that is free, not aligned to a bus, or out of reach. */
static void test_impossible_windows(void **state)
{
	static const uint64_t wrong[] = {0x40000000, ECAM0 + 0x1000, 1ull << 60};
	struct pci_buses buses[PCI_BUSES_MOST];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		acpi_info.ecams = 0;
		ecam(wrong[i], 0, 0, 255);
		assert_int_equal(pci_config_init(buses), 1);
		assert_int_equal(mapped, 0);
		assert_non_null(strstr(host_log_line, "by ports"));
	}
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ports_alone), TEST(test_ecam_and_ports),   TEST(test_no_ports),
		TEST(test_segments),    TEST(test_window_that_lies), TEST(test_impossible_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
