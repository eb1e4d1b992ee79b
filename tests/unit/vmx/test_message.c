// SPDX-License-Identifier: BSD-2-Clause
/* Interrupt messages: what devices and IPIs say, and whom they reach. */
#include "arch/x86/vmx/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/x86/cpu/msr.h"

static uint8_t pages[3][4096] __attribute__((aligned(4096)));
static struct lapic lapics[3] = {{.page = pages[0]}, {.page = pages[1]}, {.page = pages[2]}};

static int reset(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		lapic_reset(&lapics[i], i, i == 0);
		lapic_set(&lapics[i], APIC_LDR, 1u << (24 + i));
	}
	return 0;
}

/* Bit i: reaches lapics[i]. */
static unsigned reached(const struct message *message, const struct lapic *sender)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < 3; i++)
		mask |= (unsigned)message_reaches(message, &lapics[i], sender) << i;
	return mask;
}

static unsigned msi_reaches(uint64_t address)
{
	struct message message;

	assert_true(message_from_msi(&message, address, 0x55));
	return reached(&message, NULL);
}

static unsigned icr_reaches(uint64_t icr, bool x2apic, unsigned sender)
{
	struct message message;

	assert_true(message_from_icr(&message, icr, x2apic));
	return reached(&message, &lapics[sender]);
}

static void test_msi_fields(void **state)
{
	struct message message;

	(void)state;
	assert_true(message_from_msi(&message, 0xfee01000, 0x41a3));
	assert_int_equal(message.vector, 0xa3);
	assert_int_equal(message.mode, MESSAGE_LOWEST_PRIORITY);
	assert_false(message.level);
	assert_true(message_from_msi(&message, 0xfee01000, 0xc031));
	assert_true(message.level);
}

static void test_msi_elsewhere_is_refused(void **state)
{
	struct message message;

	(void)state;
	assert_false(message_from_msi(&message, 0xfed00000, 0x55));
	assert_false(message_from_msi(&message, 0x1fee00000, 0x55));
	assert_false(message_from_msi(&message, 0xfee00000, 0x355)); /* reserved mode */
}

static void test_msi_destinations(void **state)
{
	(void)state;
	assert_int_equal(msi_reaches(0xfee01000), 2);     /* physical 1 */
	assert_int_equal(msi_reaches(0xfee07000), 0);     /* nobody */
	assert_int_equal(msi_reaches(0xfeeff000), 7);     /* physical broadcast */
	assert_int_equal(msi_reaches(0xfee05000 | 4), 5); /* logical 0 and 2 */
	assert_int_equal(msi_reaches(0xfeeff000 | 4), 7);
}

static void test_logical_cluster_model(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		lapic_set(&lapics[i], APIC_DFR, 0x0fffffff);
		lapic_set(&lapics[i], APIC_LDR, (i == 2 ? 0x21u : 0x11u << i) << 24);
	}
	/* 0: cluster 1, bit 0; 1: cluster 2, bit 1; 2: cluster 2, bit 0 */
	assert_int_equal(msi_reaches(0xfee11000 | 4), 1);
	assert_int_equal(msi_reaches(0xfee23000 | 4), 6);
	assert_int_equal(msi_reaches(0xfee21000 | 4), 4);
}

static void test_logical_x2apic(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		lapics[i].base |= IA32_APIC_BASE_EXTD;
	assert_int_equal(icr_reaches(5ull << 32 | 0x855, true, 0), 5);
	assert_int_equal(icr_reaches(0x10001ull << 32 | 0x855, true, 0), 0); /* cluster 1 */
	assert_int_equal(icr_reaches(0xffffffffull << 32 | 0x55, true, 0), 7);
	assert_int_equal(icr_reaches(2ull << 32 | 0x55, true, 0), 4);
}

static void test_shorthands(void **state)
{
	(void)state;
	assert_int_equal(icr_reaches(0x40055, false, 1), 2);
	assert_int_equal(icr_reaches(0x80055, false, 1), 7);
	assert_int_equal(icr_reaches(0xc0055, false, 1), 5);
	assert_int_equal(icr_reaches(2ull << 56 | 0x55, false, 1), 4);
}

static void test_init_and_startup(void **state)
{
	struct message message;

	(void)state;
	assert_true(message_from_icr(&message, 1ull << 56 | 0x4500, false));
	assert_int_equal(message.mode, MESSAGE_INIT);
	assert_false(message.deassert);
	assert_true(message_from_icr(&message, 1ull << 56 | 0x8500, false));
	assert_true(message.deassert);
	assert_true(message_from_icr(&message, 1ull << 56 | 0x4608, false));
	assert_int_equal(message.mode, MESSAGE_STARTUP);
	assert_int_equal(message.vector, 8);
	assert_false(message_from_icr(&message, 0x355, false));
	assert_false(message_from_icr(&message, 0x755, false)); /* ExtINT is not for IPIs */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_msi_fields, reset),
		cmocka_unit_test_setup(test_msi_elsewhere_is_refused, reset),
		cmocka_unit_test_setup(test_msi_destinations, reset),
		cmocka_unit_test_setup(test_logical_cluster_model, reset),
		cmocka_unit_test_setup(test_logical_x2apic, reset),
		cmocka_unit_test_setup(test_shorthands, reset),
		cmocka_unit_test_setup(test_init_and_startup, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
