// SPDX-License-Identifier: BSD-2-Clause
/* The host's I/O APICs: several, with interrupt bases of their own, and one that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/ioapic.h"
#include "kernel/address_space.h"
#include "kernel/errno.h"
#include "machine_host.h"

#define CHIPS 3
#define BASE  0xfec00000ull

struct acpi_info acpi_info;

static struct {
	unsigned pins; /* 0: nothing answers */
	uint32_t selected;
	uint32_t reg[256];
	unsigned writes;
} chips[CHIPS];

void *mmio_map(uint64_t physical, size_t bytes)
{
	(void)bytes;
	return physical >> 47 ? NULL : (void *)physical;
}

static unsigned chip_of(const volatile void *reg)
{
	return (unsigned)(((uint64_t)reg - BASE) >> 12);
}

static uint32_t read(const volatile void *reg)
{
	unsigned chip = chip_of(reg);

	assert_int_equal((uint64_t)reg & 0xfff, 0x10);
	if (!chips[chip].pins)
		return UINT32_MAX;
	if (chips[chip].selected == 1)
		return 0x20 | (chips[chip].pins - 1) << 16;
	return chips[chip].reg[chips[chip].selected];
}

static void write(volatile void *reg, uint32_t value)
{
	unsigned chip = chip_of(reg);

	if (((uint64_t)reg & 0xfff) == 0) {
		chips[chip].selected = value;
		return;
	}
	chips[chip].reg[chips[chip].selected] = value;
	chips[chip].writes++;
}

#define MODE_SMI (2u << 8)

static int setup(void **state)
{
	static const unsigned pins[CHIPS] = {0, 8, 24};
	static const uint32_t bases[CHIPS] = {0, 24, 0};

	(void)state;
	host_mmio_read = read;
	host_mmio_write = write;
	acpi_info.ioapics = CHIPS;
	for (unsigned i = 0; i < CHIPS; i++) {
		chips[i].pins = pins[i];
		chips[i].writes = 0;
		for (unsigned reg = 0; reg < 256; reg++)
			chips[i].reg[reg] = 0;
		acpi_info.ioapic[i] = (struct acpi_ioapic){BASE + i * 0x1000, bases[i]};
	}
	for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
		acpi_info.isa_irq[i] = (struct acpi_isa_irq){i, 0};
	chips[1].reg[0x10] = 0x55;
	chips[2].reg[0x10 + 2 * 23] = MODE_SMI | 0x22;
	ioapic_init();
	return 0;
}

static void test_all_masked(void **state)
{
	(void)state;
	assert_int_equal(chips[0].writes, 0);
	assert_int_equal(chips[1].writes, 8);
	assert_int_equal(chips[2].writes, 23);
	assert_int_equal(chips[1].reg[0x10], 1u << 16);
	assert_int_equal(chips[2].reg[0x10 + 2 * 22], 1u << 16);
}

/* The pin that raises SMIs is the firmware's: neither masked nor routed. */
static void test_smi_is_spared(void **state)
{
	const struct interrupt_message message = {.address = 0xfee05000, .data = 0x31};

	(void)state;
	assert_int_equal(chips[2].reg[0x10 + 2 * 23], MODE_SMI | 0x22);
	acpi_info.isa_irq[9].gsi = 23;
	assert_int_equal(ioapic_route_isa(9, &message), -ENODEV);
	assert_int_equal(chips[2].reg[0x10 + 2 * 23], MODE_SMI | 0x22);
}

/* An I/O APIC at an address that cannot be mapped has no pins. */
static void test_unreachable(void **state)
{
	const struct interrupt_message message = {.address = 0xfee05000, .data = 0x31};

	(void)state;
	acpi_info.ioapic[2].address = 1ull << 47;
	ioapic_init();
	assert_int_equal(ioapic_route_isa(4, &message), -ENODEV);
}

static void test_bases(void **state)
{
	const struct interrupt_message message = {.address = 0xfee05000, .data = 0x31};

	(void)state;
	assert_int_equal(ioapic_route_isa(4, &message), 0);
	assert_int_equal(chips[2].reg[0x10 + 2 * 4], 0x31);
	assert_int_equal(chips[2].reg[0x11 + 2 * 4], 5u << 24);
	/* Overridden: pin 6 of the chip that begins at 24, active low, level. */
	acpi_info.isa_irq[4] = (struct acpi_isa_irq){30, 0xf};
	assert_int_equal(ioapic_route_isa(4, &message), 0);
	assert_int_equal(chips[1].reg[0x10 + 2 * 6], 0x31 | 1u << 13 | 1u << 15);
	assert_int_equal(chips[1].reg[0x11 + 2 * 6], 5u << 24);
	acpi_info.isa_irq[4].gsi = 32;
	assert_int_equal(ioapic_route_isa(4, &message), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_masked, setup),
		cmocka_unit_test_setup(test_bases, setup),
		cmocka_unit_test_setup(test_smi_is_spared, setup),
		cmocka_unit_test_setup(test_unreachable, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
