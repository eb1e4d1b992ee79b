/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time registers of a real-time clock (Motorola MC146818A datasheet), of the machine's own and
 * of those that guests see.
 */
#ifndef SLUICE_ARCH_X86_CPU_RTC_TIME_H
#define SLUICE_ARCH_X86_CPU_RTC_TIME_H

#include <stdint.h>

/* Ports; bit 7 of the index is the NMI mask. */
#define RTC_PORT_INDEX 0x70
#define RTC_PORT_DATA  0x71

/* Registers; the century where PCs have it (ACPI: FADT, CENTURY). */
#define RTC_SECOND   0x00
#define RTC_MINUTE   0x02
#define RTC_HOUR     0x04
#define RTC_WEEKDAY  0x06
#define RTC_DAY      0x07
#define RTC_MONTH    0x08
#define RTC_YEAR     0x09
#define RTC_STATUS_A 0x0a
#define RTC_STATUS_B 0x0b
#define RTC_STATUS_C 0x0c
#define RTC_STATUS_D 0x0d
#define RTC_CENTURY  0x32

#define RTC_A_UIP         0x80 /* an update is near: the time registers must not be read */
#define RTC_A_32768_HZ    0x20 /* divider: the clock runs */
#define RTC_A_RATE_1024HZ 0x06
#define RTC_B_SET         0x80 /* no updates, the time is being set */
#define RTC_B_BINARY      0x04 /* else BCD */
#define RTC_B_24_HOURS    0x02 /* else 12, and bit 7 of the hour: afternoon */
#define RTC_C_UPDATED     0x10
#define RTC_D_VALID       0x80 /* time and RAM */

/* Values of the time registers. */
struct rtc_time {
	uint8_t second, minute, hour, weekday, day, month, year, century;
};

/*
 * The registers at second (since 1970-01-01 00:00, up to the end of 9999), in the format that
 * status_b (RTC_B_BINARY, RTC_B_24_HOURS) chooses.
 */
struct rtc_time rtc_encode(uint64_t second, uint8_t status_b);

/*
 * The second that registers in the format of status_b mean; the weekday is not looked at. A century
 * other than 19 to 21 is taken for 20, or for 19 with years from 70 on. Returns 0 if they mean no
 * time from 1970 on.
 */
uint64_t rtc_decode(const struct rtc_time *time, uint8_t status_b);

#endif
