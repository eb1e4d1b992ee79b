// SPDX-License-Identifier: BSD-2-Clause
/* Seconds since 1970 and the time registers of a real-time clock, either from the other. */
#include "arch/x86/cpu/rtc_time.h"

#define HOUR_AFTERNOON 0x80
#define DAY_SECONDS    86400
#define YEAR_FIRST     1970
#define WEEKDAY_FIRST  4 /* of 1970-01-01, Sunday is 0 */

static unsigned is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* month: 1 to 12. */
static unsigned month_days(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 ? is_leap(year) : 0);
}

/* Days from 1970-01-01 to the beginning of year, 1970 or later. */
static uint64_t days_before(unsigned year)
{
	unsigned last = year - 1, first = YEAR_FIRST - 1;

	return (year - YEAR_FIRST) * 365ull + (last / 4 - first / 4) - (last / 100 - first / 100) +
	       (last / 400 - first / 400);
}

static uint8_t to_register(unsigned value, uint8_t status_b)
{
	return (uint8_t)(status_b & RTC_B_BINARY ? value : value / 10 << 4 | value % 10);
}

/* Something large for what is no BCD number. */
static unsigned from_register(uint8_t value, uint8_t status_b)
{
	if (status_b & RTC_B_BINARY)
		return value;
	return (value & 0xf) > 9 || value >> 4 > 9 ? 255 : (value >> 4) * 10u + (value & 0xf);
}

static uint8_t encode_hour(unsigned hour, uint8_t status_b)
{
	uint8_t twelve = to_register(hour % 12 ? hour % 12 : 12, status_b);

	if (status_b & RTC_B_24_HOURS)
		return to_register(hour, status_b);
	return hour < 12 ? twelve : twelve | HOUR_AFTERNOON;
}

static unsigned decode_hour(uint8_t value, uint8_t status_b)
{
	unsigned twelve = from_register(value & (uint8_t)~HOUR_AFTERNOON, status_b);

	if (status_b & RTC_B_24_HOURS)
		return from_register(value, status_b);
	if (!twelve || twelve > 12)
		return 255;
	return twelve % 12 + (value & HOUR_AFTERNOON ? 12 : 0);
}

struct rtc_time rtc_encode(uint64_t second, uint8_t status_b)
{
	uint64_t days = second / DAY_SECONDS;
	unsigned in_day = (unsigned)(second % DAY_SECONDS);
	unsigned weekday = (unsigned)((days + WEEKDAY_FIRST) % 7);
	unsigned year = YEAR_FIRST + (unsigned)(days / 366), month = 1;

	while (days_before(year + 1) <= days)
		year++;
	days -= days_before(year);
	for (; days >= month_days(year, month); month++)
		days -= month_days(year, month);
	return (struct rtc_time){
		.second = to_register(in_day % 60, status_b),
		.minute = to_register(in_day / 60 % 60, status_b),
		.hour = encode_hour(in_day / 3600, status_b),
		.weekday = to_register(weekday + 1, status_b),
		.day = to_register((unsigned)days + 1, status_b),
		.month = to_register(month, status_b),
		.year = to_register(year % 100, status_b),
		.century = to_register(year / 100, status_b),
	};
}

static unsigned decode_year(const struct rtc_time *time, uint8_t status_b)
{
	unsigned year = from_register(time->year, status_b);
	unsigned century = from_register(time->century, status_b);

	if (year > 99)
		return 0;
	if (century < 19 || century > 21)
		century = year < 70 ? 20 : 19;
	return century * 100 + year;
}

uint64_t rtc_decode(const struct rtc_time *time, uint8_t status_b)
{
	unsigned year = decode_year(time, status_b);
	unsigned month = from_register(time->month, status_b);
	unsigned day = from_register(time->day, status_b);
	unsigned hour = decode_hour(time->hour, status_b);
	unsigned minute = from_register(time->minute, status_b);
	unsigned second = from_register(time->second, status_b);
	uint64_t days;

	if (year < YEAR_FIRST || !month || month > 12 || !day || day > month_days(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return 0;
	days = days_before(year) + day - 1;
	while (--month)
		days += month_days(year, month);
	return days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}
