// SPDX-License-Identifier: BSD-2-Clause
/* The guest's real-time clock, read and set as drivers do. */
#include "arch/x86/platform/cmos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/wallclock.h"

#define US    1000000ull
#define START 1795993799ull /* 2026-11-29 23:09:59 */

static uint64_t now_us;
static int64_t offset_us;
static struct cmos cmos;

uint64_t wallclock_us(void)
{
	return now_us;
}

static uint8_t get(uint8_t index)
{
	cmos_select(&cmos, index);
	return cmos_read(&cmos);
}

static void put(uint8_t index, uint8_t value)
{
	cmos_select(&cmos, index);
	cmos_write(&cmos, value);
}

static int setup(void **state)
{
	(void)state;
	now_us = START * US;
	offset_us = 0;
	cmos_init(&cmos, &offset_us);
	return 0;
}

static void expect_time(const char *bcd)
{
	const uint8_t time[] = {get(RTC_CENTURY), get(RTC_YEAR),   get(RTC_MONTH), get(RTC_DAY),
				get(RTC_HOUR),    get(RTC_MINUTE), get(RTC_SECOND)};

	assert_memory_equal(time, bcd, sizeof(time));
}

static void test_reading(void **state)
{
	(void)state;
	assert_int_equal(get(RTC_STATUS_A), 0x26);
	assert_int_equal(get(RTC_STATUS_B), 0x02);
	assert_int_equal(get(RTC_STATUS_D), 0x80);
	expect_time("\x20\x26\x11\x29\x23\x09\x59");
	assert_int_equal(get(RTC_WEEKDAY), 1);
	assert_int_equal(get(0x80 | RTC_SECOND), 0x59); /* with the NMI mask */
	now_us += 3600 * US;
	expect_time("\x20\x26\x11\x30\x00\x09\x59");
	put(RTC_STATUS_B, RTC_B_BINARY | RTC_B_24_HOURS);
	assert_int_equal(get(RTC_SECOND), 59);
	assert_int_equal(get(0x0f), 0);
	put(0x0f, 0x0a); /* as an operating system does before it starts a CPU */
	assert_int_equal(get(0x0f), 0);
}

/* UIP announces every update, and the registers change at its end. */
static void test_update_in_progress(void **state)
{
	(void)state;
	assert_false(get(RTC_STATUS_A) & RTC_A_UIP);
	now_us += US - 2228;
	assert_true(get(RTC_STATUS_A) & RTC_A_UIP);
	assert_int_equal(get(RTC_SECOND), 0x59);
	now_us += 2227;
	assert_true(get(RTC_STATUS_A) & RTC_A_UIP);
	now_us++;
	assert_false(get(RTC_STATUS_A) & RTC_A_UIP);
	assert_int_equal(get(RTC_SECOND), 0x00);
	get(RTC_STATUS_C);
	assert_int_equal(get(RTC_STATUS_C), 0);
	now_us += US;
	assert_int_equal(get(RTC_STATUS_C), RTC_C_UPDATED);
	assert_int_equal(get(RTC_STATUS_C), 0);
}

/* No interrupt is to be had, so none can be enabled. */
static void test_no_interrupts(void **state)
{
	(void)state;
	put(RTC_STATUS_B, 0x7a);
	assert_int_equal(get(RTC_STATUS_B), 0x02);
	for (unsigned i = 1; i <= 5; i += 2) {
		put((uint8_t)i, (uint8_t)(0x10 + i));
		assert_int_equal(get((uint8_t)i), 0x10 + i);
	}
}

/* As Linux sets it: SET, divider held, year first. */
static void set(const uint8_t time[7])
{
	uint8_t control = get(RTC_STATUS_B), select = get(RTC_STATUS_A);

	put(RTC_STATUS_B, control | RTC_B_SET);
	put(RTC_STATUS_A, select | 0x70);
	put(RTC_YEAR, time[1]);
	put(RTC_MONTH, time[2]);
	put(RTC_DAY, time[3]);
	put(RTC_HOUR, time[4]);
	put(RTC_MINUTE, time[5]);
	put(RTC_SECOND, time[6]);
	put(RTC_CENTURY, time[0]);
	now_us += 10 * US; /* does not count meanwhile */
	assert_false(get(RTC_STATUS_A) & RTC_A_UIP);
	assert_int_equal(get(RTC_SECOND), time[6]);
	put(RTC_STATUS_B, control);
	put(RTC_STATUS_A, select);
}

static void test_setting(void **state)
{
	(void)state;
	set((const uint8_t *)"\x20\x24\x02\x29\x23\x59\x58");
	expect_time("\x20\x24\x02\x29\x23\x59\x58");
	now_us += 2 * US;
	expect_time("\x20\x24\x03\x01\x00\x00\x00");
	/* The VM starts anew, its clock goes on. */
	cmos_init(&cmos, &offset_us);
	expect_time("\x20\x24\x03\x01\x00\x00\x00");
	set((const uint8_t *)"\x20\x23\x02\x29\x00\x00\x00"); /* no leap year */
	now_us -= 10 * US;
	expect_time("\x20\x24\x03\x01\x00\x00\x00");
	put(RTC_MINUTE, 0x30);
	expect_time("\x20\x24\x03\x01\x00\x30\x00");
	set((const uint8_t *)"\x19\x70\x01\x01\x00\x00\x01");
	expect_time("\x19\x70\x01\x01\x00\x00\x01");
}

/* Every register and value: it goes on as a clock. */
static void test_every_write(void **state)
{
	(void)state;
	for (unsigned index = 0; index < 256; index++) {
		for (unsigned value = 0; value < 256; value++) {
			put((uint8_t)index, (uint8_t)value);
			get((uint8_t)index);
		}
	}
	put(RTC_STATUS_B, RTC_B_24_HOURS);
	set((const uint8_t *)"\x20\x24\x02\x29\x23\x59\x58");
	expect_time("\x20\x24\x02\x29\x23\x59\x58");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reading, setup),
		cmocka_unit_test_setup(test_update_in_progress, setup),
		cmocka_unit_test_setup(test_no_interrupts, setup),
		cmocka_unit_test_setup(test_setting, setup),
		cmocka_unit_test_setup(test_every_write, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
