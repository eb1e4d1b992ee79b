// SPDX-License-Identifier: BSD-2-Clause
/* Priorities, acceptance and end of interrupts in the guest's local APIC. */
#include "arch/x86/vmx/lapic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint8_t page[4096] __attribute__((aligned(4096)));
static struct lapic lapic = {.page = page};

static int reset(void **state)
{
	(void)state;
	lapic_reset(&lapic, 3, false);
	return 0;
}

static void test_reset_state(void **state)
{
	(void)state;
	assert_int_equal(lapic_get(&lapic, APIC_ID), 3u << 24);
	assert_int_equal(lapic_get(&lapic, APIC_SVR), 0xff);
	assert_int_equal(lapic_get(&lapic, APIC_DFR), 0xffffffff);
	assert_int_equal(lapic_get(&lapic, APIC_LVT_TIMER), APIC_LVT_MASKED);
	assert_int_equal(lapic.base, 0xfee00800);
	assert_true(lapic.deadline == LAPIC_NEVER);
	lapic_reset(&lapic, 0, true);
	assert_int_equal(lapic.base, 0xfee00900);
}

static void test_every_vector_has_its_bit(void **state)
{
	(void)state;
	for (unsigned vector = 0; vector < 256; vector++) {
		lapic_mark(&lapic, APIC_IRR, (uint8_t)vector);
		assert_true(lapic_test(&lapic, APIC_IRR, (uint8_t)vector));
		assert_int_equal(lapic_highest(&lapic, APIC_IRR), vector);
		assert_int_equal(lapic_get(&lapic, APIC_IRR + vector / 32 * 16), 1u << vector % 32);
		lapic_clear(&lapic, APIC_IRR, (uint8_t)vector);
	}
	assert_int_equal(lapic_highest(&lapic, APIC_IRR), -1);
}

static void test_priority_follows_tpr_and_service(void **state)
{
	(void)state;
	lapic_mark(&lapic, APIC_IRR, 0x45);
	assert_int_equal(lapic_deliverable(&lapic), 0x45);
	lapic_set(&lapic, APIC_TPR, 0x40);
	assert_int_equal(lapic_deliverable(&lapic), -1); /* the same class is not above */
	lapic_set(&lapic, APIC_TPR, 0x3f);
	assert_int_equal(lapic_deliverable(&lapic), 0x45);
	lapic_set(&lapic, APIC_TPR, 0);

	lapic_accept(&lapic, 0x45);
	assert_int_equal(lapic_get(&lapic, APIC_PPR), 0x40);
	lapic_mark(&lapic, APIC_IRR, 0x4f);
	assert_int_equal(lapic_deliverable(&lapic), -1);
	lapic_mark(&lapic, APIC_IRR, 0x50);
	assert_int_equal(lapic_deliverable(&lapic), 0x50);
}

static void test_ppr_keeps_low_bits_of_tpr_only(void **state)
{
	(void)state;
	lapic_set(&lapic, APIC_TPR, 0x47);
	lapic_mark(&lapic, APIC_ISR, 0x49);
	assert_int_equal(lapic_update_ppr(&lapic), 0x47); /* equal classes: the TPR whole */
	lapic_mark(&lapic, APIC_ISR, 0x59);
	assert_int_equal(lapic_update_ppr(&lapic), 0x50);
}

static void test_end_of_interrupt_leaves_nested_ones(void **state)
{
	(void)state;
	lapic_mark(&lapic, APIC_IRR, 0x31);
	lapic_accept(&lapic, 0x31);
	lapic_mark(&lapic, APIC_IRR, 0xe2);
	lapic_accept(&lapic, 0xe2);
	assert_int_equal(lapic_end_of_interrupt(&lapic), 0xe2);
	assert_int_equal(lapic_get(&lapic, APIC_PPR), 0x30);
	assert_int_equal(lapic_end_of_interrupt(&lapic), 0x31);
	assert_int_equal(lapic_end_of_interrupt(&lapic), -1);
	assert_int_equal(lapic_get(&lapic, APIC_PPR), 0);
}

static void test_exception_vectors_are_never_delivered(void **state)
{
	(void)state;
	lapic_mark(&lapic, APIC_IRR, 15);
	assert_int_equal(lapic_deliverable(&lapic), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reset_state, reset),
		cmocka_unit_test_setup(test_every_vector_has_its_bit, reset),
		cmocka_unit_test_setup(test_priority_follows_tpr_and_service, reset),
		cmocka_unit_test_setup(test_ppr_keeps_low_bits_of_tpr_only, reset),
		cmocka_unit_test_setup(test_end_of_interrupt_leaves_nested_ones, reset),
		cmocka_unit_test_setup(test_exception_vectors_are_never_delivered, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
