// SPDX-License-Identifier: BSD-2-Clause
/* The guest's APIC timer in its three modes. */
#include "arch/x86/vmx/lapic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define VECTOR   0xecu
#define PERIODIC (1u << 17)
#define DEADLINE (2u << 17)

static uint8_t page[4096] __attribute__((aligned(4096)));
static struct lapic lapic = {.page = page};

static int reset(void **state)
{
	(void)state;
	lapic_reset(&lapic, 0, true);
	lapic_timer_write_divide(&lapic, 0xb, 0);
	return 0;
}

static void start(uint32_t count, uint64_t now)
{
	lapic_set(&lapic, APIC_INITIAL_COUNT, count);
	lapic_timer_start(&lapic, now);
}

static void test_one_shot(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR);
	start(50000, 1000);
	assert_true(lapic.deadline == 51000);
	assert_int_equal(lapic_timer_count(&lapic, 11000), 40000);
	assert_int_equal(lapic_timer_expire(&lapic, 51007), VECTOR);
	assert_true(lapic.deadline == LAPIC_NEVER);
	assert_int_equal(lapic_timer_count(&lapic, 60000), 0);
}

static void test_masked_timer_expires_silently(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR | APIC_LVT_MASKED);
	start(50000, 0);
	assert_int_equal(lapic_timer_expire(&lapic, 50000), -1);
	assert_true(lapic.deadline == LAPIC_NEVER);
}

static void test_dividers(void **state)
{
	static const struct {
		uint32_t value;
		unsigned divisor;
	} dividers[] = {{0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {10, 128}, {11, 1}};

	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR);
	for (unsigned i = 0; i < sizeof(dividers) / sizeof(dividers[0]); i++) {
		lapic_timer_write_divide(&lapic, dividers[i].value, 0);
		start(1000, 0);
		assert_int_equal(lapic.deadline, 1000 * dividers[i].divisor);
		assert_int_equal(lapic_timer_count(&lapic, 0), 1000);
	}
}

static void test_periodic_keeps_its_phase(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR | PERIODIC);
	start(100000, 0);
	assert_int_equal(lapic_timer_expire(&lapic, 100300), VECTOR);
	assert_true(lapic.deadline == 200000);
	/* Ten periods late: one interrupt, then a fresh period. */
	assert_int_equal(lapic_timer_expire(&lapic, 1200000), VECTOR);
	assert_true(lapic.deadline == 1300000);
	start(0, 1200000);
	assert_true(lapic.deadline == LAPIC_NEVER);
}

static void test_tiny_period_is_stretched(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR | PERIODIC);
	start(1, 0);
	assert_true(lapic.deadline >= 10000);
}

static void test_tsc_deadline(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR | DEADLINE);
	start(1000, 0);
	assert_true(lapic.deadline == LAPIC_NEVER); /* counts do nothing in this mode */
	lapic_timer_write_deadline(&lapic, 5000, (uint64_t)-200);
	assert_true(lapic.deadline == 5200);
	assert_int_equal(lapic_timer_expire(&lapic, 5200), VECTOR);
	assert_true(lapic.tsc_deadline == 0 && lapic.deadline == LAPIC_NEVER);
	lapic_timer_write_deadline(&lapic, 5000, 0);
	lapic_timer_write_deadline(&lapic, 0, 0);
	assert_true(lapic.deadline == LAPIC_NEVER);
}

static void test_deadline_beyond_either_end(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR | DEADLINE);
	lapic_timer_write_deadline(&lapic, 100, 200); /* before the host's tick 0: due at once */
	assert_true(lapic.deadline == 0);
	lapic_timer_write_deadline(&lapic, UINT64_MAX, (uint64_t)-200);
	assert_true(lapic.deadline == LAPIC_NEVER);
}

static void test_deadline_is_ignored_in_other_modes(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR);
	lapic_timer_write_deadline(&lapic, 5000, 0);
	assert_true(lapic.tsc_deadline == 0 && lapic.deadline == LAPIC_NEVER);
}

static void test_mode_changes(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR);
	start(100000, 0);
	lapic_timer_write_lvt(&lapic, VECTOR | PERIODIC);
	assert_true(lapic.deadline == 100000 && lapic.period == 100000);
	lapic_timer_write_lvt(&lapic, VECTOR);
	assert_true(lapic.deadline == 100000 && lapic.period == 0);
	lapic_timer_write_lvt(&lapic, VECTOR | DEADLINE);
	assert_true(lapic.deadline == LAPIC_NEVER);
	assert_int_equal(lapic_get(&lapic, APIC_INITIAL_COUNT), 0);
}

/* With register virtualization the page has the new LVT before the hypervisor hears of it. */
static void test_page_may_be_ahead(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR);
	start(100000, 0);
	lapic_set(&lapic, APIC_LVT_TIMER, VECTOR | DEADLINE);
	lapic_timer_write_lvt(&lapic, VECTOR | DEADLINE);
	assert_true(lapic.deadline == LAPIC_NEVER);
}

/* The guest had the core's own timer: what the register says, and whether it expired meanwhile. */
static void test_timer_that_was_lent(void **state)
{
	(void)state;
	lapic_timer_write_lvt(&lapic, VECTOR | DEADLINE);
	lapic_timer_write_deadline(&lapic, 5000, 0);
	assert_int_equal(lapic_timer_take_back(&lapic, 7000, false), -1);
	assert_true(lapic.deadline == 7000 && lapic.tsc_deadline == 7000);
	/* Disarmed by the guest. */
	assert_int_equal(lapic_timer_take_back(&lapic, 0, false), -1);
	assert_true(lapic.deadline == LAPIC_NEVER && lapic.tsc_deadline == 0);
	assert_int_equal(lapic_timer_take_back(&lapic, 0, true), VECTOR);
	assert_true(lapic.deadline == LAPIC_NEVER);
	/* Expired, and armed anew before the exit. */
	assert_int_equal(lapic_timer_take_back(&lapic, 9000, true), VECTOR);
	assert_true(lapic.deadline == 9000);
	lapic_timer_write_lvt(&lapic, VECTOR | DEADLINE | APIC_LVT_MASKED);
	assert_int_equal(lapic_timer_take_back(&lapic, 0, true), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_shot, reset),
		cmocka_unit_test_setup(test_masked_timer_expires_silently, reset),
		cmocka_unit_test_setup(test_dividers, reset),
		cmocka_unit_test_setup(test_periodic_keeps_its_phase, reset),
		cmocka_unit_test_setup(test_tiny_period_is_stretched, reset),
		cmocka_unit_test_setup(test_tsc_deadline, reset),
		cmocka_unit_test_setup(test_deadline_beyond_either_end, reset),
		cmocka_unit_test_setup(test_deadline_is_ignored_in_other_modes, reset),
		cmocka_unit_test_setup(test_mode_changes, reset),
		cmocka_unit_test_setup(test_page_may_be_ahead, reset),
		cmocka_unit_test_setup(test_timer_that_was_lent, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
