// SPDX-License-Identifier: BSD-2-Clause
/* The machine's real-time clock, read once. */
#include "arch/x86/cpu/wallclock.h"

#include <stdbool.h>

#include "arch/x86/cpu/io.h"
#include "arch/x86/cpu/rtc_time.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/string.h"

#define YEAR_2000 946684800ull /* seconds */

/* An update takes 2.2 ms (MC146818A, "Update cycle"); without a clock all bits read as ones. */
#define UPDATE_TIMEOUT_US 10000
#define READ_TRIES        5

static uint64_t boot_us, boot_ticks;

static uint8_t read_register(uint8_t index)
{
	io_write8(RTC_PORT_INDEX, index);
	return io_read8(RTC_PORT_DATA);
}

static bool wait_for_update(void)
{
	uint64_t end = ticks_now() + UPDATE_TIMEOUT_US * ticks_per_us();

	while (read_register(RTC_STATUS_A) & RTC_A_UIP)
		if (ticks_now() >= end)
			return false;
	return true;
}

static struct rtc_time read_time(void)
{
	return (struct rtc_time){
		.second = read_register(RTC_SECOND),
		.minute = read_register(RTC_MINUTE),
		.hour = read_register(RTC_HOUR),
		.day = read_register(RTC_DAY),
		.month = read_register(RTC_MONTH),
		.year = read_register(RTC_YEAR),
		.century = read_register(RTC_CENTURY),
	};
}

/*
 * Twice the same: no update, which is announced 244 us before, was in between, even if firmware
 * took the processor away for longer. Returns 0 if there is no time to be had.
 */
static uint64_t read_clock(void)
{
	for (unsigned i = 0; i < READ_TRIES && wait_for_update(); i++) {
		struct rtc_time time = read_time(), again = read_time();

		if (!memcmp(&time, &again, sizeof(time)))
			return rtc_decode(&time, read_register(RTC_STATUS_B));
	}
	return 0;
}

void wallclock_init(void)
{
	uint64_t seconds = read_clock();
	struct rtc_time time;

	boot_ticks = ticks_now();
	boot_us = (seconds ? seconds : YEAR_2000) * 1000000;
	time = rtc_encode(boot_us / 1000000, RTC_B_24_HOURS);
	if (seconds)
		log_info("real-time clock: %02x%02x-%02x-%02x %02x:%02x:%02x", time.century,
			 time.year, time.month, time.day, time.hour, time.minute, time.second);
	else
		log_warning("the machine's real-time clock tells no time: it is taken for "
			    "2000-01-01");
}

uint64_t wallclock_us(void)
{
	uint64_t ticks = ticks_now() - boot_ticks, rate = ticks_per_second();

	return boot_us + ticks / rate * 1000000 + ticks % rate * 1000000 / rate;
}
