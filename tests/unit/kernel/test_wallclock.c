// SPDX-License-Identifier: BSD-2-Clause
/* The registers of real-time clocks, and the reading of the machine's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "arch/x86/cpu/rtc_time.h"
#include "arch/x86/cpu/wallclock.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "machine_host.h"
#include "tests/unit/kernel/fake_ports.h"

#define US 1000000ull

/* --- A clock ------------------------------------------------------------------------------------
 */

static uint8_t selected, status_b, century;
static uint64_t clock_us;     /* the time */
static unsigned access_us;    /* that an access to a port takes */
static bool absent, updating; /* no clock; one whose update does not end */

/* Updates take the last 1984 us of each second: what is read then is wrong; UIP comes 244 us
 * earlier. */
static uint8_t read_clock(void)
{
	struct rtc_time time = rtc_encode(clock_us / US, status_b);
	bool update = clock_us % US >= US - 1984;
	bool near = clock_us % US >= US - 2228;
	const uint8_t *fields[RTC_YEAR + 1] = {&time.second, NULL,      &time.minute,  NULL,
					       &time.hour,   NULL,      &time.weekday, &time.day,
					       &time.month,  &time.year};

	if (absent)
		return 0xff;
	if (selected == RTC_STATUS_A)
		return updating || near ? 0xa6 : 0x26;
	if (selected == RTC_STATUS_B)
		return status_b;
	if (selected == RTC_CENTURY)
		return century;
	assert_true(selected <= RTC_YEAR && fields[selected]);
	return update ? 0x5a : *fields[selected];
}

uint8_t io_read8(uint16_t port)
{
	assert_int_equal(port, 0x71);
	clock_us += access_us;
	host_ticks += access_us * ticks_per_us();
	return read_clock();
}

void io_write8(uint16_t port, uint8_t value)
{
	assert_int_equal(port, 0x70);
	selected = value;
}

uint64_t ticks_per_second(void)
{
	return ticks_per_us() * US;
}

/* --- Tests ---------------------------------------------------------------------------------------
 */

static int setup(void **state)
{
	(void)state;
	absent = updating = false;
	status_b = RTC_B_24_HOURS;
	century = 0x20;
	clock_us = 1795910400 * US; /* 2026-11-29 00:00:00 */
	access_us = 1;
	host_ticks = 12345;
	memset(host_log_count, 0, sizeof(host_log_count));
	return 0;
}

/* Against the C library's calendar, in each format, days and odd times up to 2199. */
static void test_calendar(void **state)
{
	static const uint8_t formats[] = {0, RTC_B_BINARY, RTC_B_24_HOURS,
					  RTC_B_BINARY | RTC_B_24_HOURS};

	(void)state;
	for (uint64_t second = 1; second < 7258118400; second += 86399 * 7 / 3) {
		uint8_t format = formats[second % 4];
		struct rtc_time binary = rtc_encode(second, formats[3]);
		struct rtc_time time = rtc_encode(second, format);
		struct tm tm;

		gmtime_r(&(time_t){(time_t)second}, &tm);
		assert_int_equal(binary.second, tm.tm_sec);
		assert_int_equal(binary.minute, tm.tm_min);
		assert_int_equal(binary.hour, tm.tm_hour);
		assert_int_equal(binary.weekday, tm.tm_wday + 1);
		assert_int_equal(binary.day, tm.tm_mday);
		assert_int_equal(binary.month, tm.tm_mon + 1);
		assert_int_equal(binary.century * 100 + binary.year, tm.tm_year + 1900);
		assert_true(rtc_decode(&time, format) == second);
	}
}

static void test_formats(void **state)
{
	struct rtc_time time = rtc_encode(1795993799, 0); /* 2026-11-29 23:09:59 */

	(void)state;
	assert_memory_equal(&time, "\x59\x09\x91\x01\x29\x11\x26\x20", 8); /* 11 in the evening */
	time = rtc_encode(1795910400, 0);
	assert_int_equal(time.hour, 0x12); /* midnight */
	time = rtc_encode(1795910400 + 12 * 3600, RTC_B_BINARY);
	assert_int_equal(time.hour, 0x8c);
}

static void test_no_time(void **state)
{
	const struct rtc_time good = rtc_encode(1795993799, RTC_B_24_HOURS);
	struct rtc_time time;

	(void)state;
	for (size_t i = 0; i < sizeof(time); i++) {
		for (unsigned value = 0; value < 256; value++) {
			time = good;
			((uint8_t *)&time)[i] = (uint8_t)value;
			for (unsigned format = 0; format < 8; format += 2)
				if (rtc_decode(&time, (uint8_t)format))
					assert_true(rtc_decode(&time, (uint8_t)format) <
						    7258118400);
		}
	}
	time = good;
	time.month = 0;
	assert_int_equal(rtc_decode(&time, RTC_B_24_HOURS), 0);
	time = good;
	time.day = 0x31; /* of November */
	assert_int_equal(rtc_decode(&time, RTC_B_24_HOURS), 0);
	time = good;
	time.minute = 0x5a;
	assert_int_equal(rtc_decode(&time, RTC_B_24_HOURS), 0);
	time = good;
	time.century = 0; /* not where PCs have it */
	assert_int_equal(rtc_decode(&time, RTC_B_24_HOURS), 1795993799);
}

static void test_machine_clock(void **state)
{
	(void)state;
	wallclock_init();
	assert_int_equal(host_log_count[LOG_WARNING], 0);
	assert_string_equal(host_log_line, "real-time clock: 2026-11-29 00:00:00");
	assert_true(wallclock_us() == 1795910400 * US);
	host_ticks += 86400 * ticks_per_second();
	assert_true(wallclock_us() == (1795910400 + 86400) * US);
}

/* At every moment around an update, however long the accesses take. */
static void test_updates(void **state)
{
	(void)state;
	status_b = RTC_B_BINARY;
	century = 20;
	for (access_us = 1; access_us < 300; access_us += 37) {
		for (unsigned before = 0; before < 8000; before += 31) {
			uint64_t start = 1795910400 * US - before;

			clock_us = start;
			wallclock_init();
			assert_true(wallclock_us() / US >= start / US &&
				    wallclock_us() / US <= clock_us / US);
		}
	}
	assert_int_equal(host_log_count[LOG_WARNING], 0);
}

static void test_without_clock(void **state)
{
	(void)state;
	absent = true;
	wallclock_init();
	assert_int_equal(host_log_count[LOG_WARNING], 1);
	assert_true(wallclock_us() == 946684800 * US);
	absent = false;
	updating = true; /* for ever */
	wallclock_init();
	assert_int_equal(host_log_count[LOG_WARNING], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_calendar, setup),
		cmocka_unit_test_setup(test_formats, setup),
		cmocka_unit_test_setup(test_no_time, setup),
		cmocka_unit_test_setup(test_machine_clock, setup),
		cmocka_unit_test_setup(test_updates, setup),
		cmocka_unit_test_setup(test_without_clock, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
