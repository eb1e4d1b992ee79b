// SPDX-License-Identifier: BSD-2-Clause
/* The guest's I/O APIC. */
#include "arch/x86/platform/ioapic.h"

#include "tests/unit/platform/fake.h"

#define SELECT 0x00
#define WINDOW 0x10
#define MASKED 0x10000u
#define LEVEL  0x8000u
#define IRR    0x4000u

static struct vioapic ioapic;

static int setup(void **state)
{
	(void)state;
	fake_reset(4096);
	vioapic_init(&ioapic, FAKE_VM);
	return 0;
}

static uint32_t get(unsigned index)
{
	vioapic_write(&ioapic, SELECT, 4, index);
	return vioapic_read(&ioapic, WINDOW, 4);
}

static void set(unsigned index, uint32_t value)
{
	vioapic_write(&ioapic, SELECT, 4, index);
	vioapic_write(&ioapic, WINDOW, 4, value);
}

static void route(unsigned pin, uint8_t destination, uint32_t low)
{
	set(0x11 + 2 * pin, (uint32_t)destination << 24);
	set(0x10 + 2 * pin, low);
}

static void expect_message(unsigned count, uint64_t address, uint32_t data)
{
	assert_int_equal(fake.messages, count);
	assert_int_equal(fake.message[(count - 1) % FAKE_MESSAGES].address, address);
	assert_int_equal(fake.message[(count - 1) % FAKE_MESSAGES].data, data);
}

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(get(1), 0x00170011);
	for (unsigned pin = 0; pin < VIOAPIC_PINS; pin++) {
		assert_int_equal(get(0x10 + 2 * pin), MASKED);
		assert_int_equal(get(0x11 + 2 * pin), 0);
	}
	set(0, 0xffffffff);
	assert_int_equal(get(0), 0x0f000000);
	set(0x10, 0xffffffff);
	set(0x11, 0xffffffff);
	assert_int_equal(get(0x10), 0x1afff);
	assert_int_equal(get(0x11), 0xff000000);
	assert_int_equal(get(0x40), 0xffffffff);
	set(0x40, 1);
	assert_int_equal(vioapic_read(&ioapic, 0x20, 4), 0);
	vioapic_write(&ioapic, 0x20, 4, 1);
	assert_int_equal(fake.messages, 0);
}

static void test_edge(void **state)
{
	(void)state;
	route(4, 3, 0x31);
	vioapic_set_line(&ioapic, 4, true);
	expect_message(1, 0xfee03000, 0x31);
	vioapic_set_line(&ioapic, 4, true);
	assert_int_equal(fake.messages, 1);
	vioapic_set_line(&ioapic, 4, false);
	assert_int_equal(fake.messages, 1);
	vioapic_set_line(&ioapic, 4, true);
	assert_int_equal(fake.messages, 2);
	vioapic_eoi(&ioapic, 0x31);
	assert_int_equal(fake.messages, 2);
}

static void test_destination_forms(void **state)
{
	(void)state;
	route(0, 0x81, 0x800 | 0x40); /* logical */
	vioapic_set_line(&ioapic, 0, true);
	expect_message(1, 0xfee81004, 0x40);
	route(1, 0xff, 0x900 | 0x41); /* logical, lowest priority */
	vioapic_set_line(&ioapic, 1, true);
	expect_message(2, 0xfeeff00c, 0x141);
	route(2, 1, 0x400); /* NMI */
	vioapic_set_line(&ioapic, 2, true);
	expect_message(3, 0xfee01000, 0x400);
}

static void test_masked_edge_is_lost(void **state)
{
	(void)state;
	route(4, 0, MASKED | 0x31);
	vioapic_set_line(&ioapic, 4, true);
	route(4, 0, 0x31);
	assert_int_equal(fake.messages, 0);
}

static void test_level(void **state)
{
	(void)state;
	route(9, 0, LEVEL | 0x52);
	vioapic_set_line(&ioapic, 9, true);
	expect_message(1, 0xfee00000, 0xc052);
	assert_true(get(0x10 + 18) & IRR);
	/* Not again before the EOI, whatever the line does. */
	vioapic_set_line(&ioapic, 9, false);
	vioapic_set_line(&ioapic, 9, true);
	assert_int_equal(fake.messages, 1);
	vioapic_eoi(&ioapic, 0x53);
	assert_int_equal(fake.messages, 1);
	vioapic_eoi(&ioapic, 0x52);
	assert_int_equal(fake.messages, 2);
	vioapic_set_line(&ioapic, 9, false);
	vioapic_eoi(&ioapic, 0x52);
	assert_int_equal(fake.messages, 2);
	assert_false(get(0x10 + 18) & IRR);
}

static void test_level_unmask_and_change(void **state)
{
	(void)state;
	route(9, 0, MASKED | LEVEL | 0x52);
	vioapic_set_line(&ioapic, 9, true);
	assert_int_equal(fake.messages, 0);
	route(9, 0, LEVEL | 0x52);
	assert_int_equal(fake.messages, 1);
	/* Becoming edge-triggered ends the wait for an EOI. */
	route(9, 0, 0x52);
	assert_false(get(0x10 + 18) & IRR);
}

/* The guest cannot set the read-only remote IRR bit. */
static void test_remote_irr_is_read_only(void **state)
{
	(void)state;
	route(9, 0, LEVEL | IRR | 0x52);
	vioapic_set_line(&ioapic, 9, true);
	assert_int_equal(fake.messages, 1);
}

static void test_narrow_access(void **state)
{
	(void)state;
	vioapic_write(&ioapic, SELECT, 1, 0x101);
	assert_int_equal(vioapic_read(&ioapic, SELECT, 4), 1);
	assert_int_equal(vioapic_read(&ioapic, WINDOW, 1), 0x11);
	assert_int_equal(vioapic_read(&ioapic, WINDOW, 8), 0x170011);
	vioapic_write(&ioapic, SELECT, 4, 0x10);
	vioapic_write(&ioapic, WINDOW, 1, 0x55);
	assert_int_equal(vioapic_read(&ioapic, WINDOW, 4), MASKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_registers, setup),
		cmocka_unit_test_setup(test_edge, setup),
		cmocka_unit_test_setup(test_destination_forms, setup),
		cmocka_unit_test_setup(test_masked_edge_is_lost, setup),
		cmocka_unit_test_setup(test_level, setup),
		cmocka_unit_test_setup(test_level_unmask_and_change, setup),
		cmocka_unit_test_setup(test_remote_irr_is_read_only, setup),
		cmocka_unit_test_setup(test_narrow_access, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
