// SPDX-License-Identifier: BSD-2-Clause
/* The guest's real-time clock. */
#include "arch/x86/platform/cmos.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86/cpu/wallclock.h"
#include "arch/x86/platform/ports.h"

#define SECOND_US 1000000ull

/* Update in progress: 244 us before the update, which takes 1984 us (MC146818A, table 5). */
#define UPDATE_US (244 + 1984)

#define STATUS_A_WRITABLE 0x7f
#define STATUS_B_WRITABLE (RTC_B_SET | RTC_B_BINARY | RTC_B_24_HOURS)

void cmos_init(struct cmos *cmos, int64_t *offset_us)
{
	*cmos = (struct cmos){
		.status_a = RTC_A_32768_HZ | RTC_A_RATE_1024HZ,
		.status_b = RTC_B_24_HOURS,
		.offset_us = offset_us,
	};
}

static uint64_t guest_us(const struct cmos *cmos)
{
	return wallclock_us() + (uint64_t)*cmos->offset_us;
}

static struct rtc_time time_now(const struct cmos *cmos)
{
	return rtc_encode(guest_us(cmos) / SECOND_US, cmos->status_b);
}

/* The field of time that a register is, or NULL. */
static uint8_t *time_field(struct rtc_time *time, uint8_t index)
{
	switch (index) {
	case RTC_SECOND:
		return &time->second;
	case RTC_MINUTE:
		return &time->minute;
	case RTC_HOUR:
		return &time->hour;
	case RTC_WEEKDAY:
		return &time->weekday;
	case RTC_DAY:
		return &time->day;
	case RTC_MONTH:
		return &time->month;
	case RTC_YEAR:
		return &time->year;
	case RTC_CENTURY:
		return &time->century;
	default:
		return NULL;
	}
}

/* The alarm registers are the odd ones among the first six. */
static bool is_alarm(uint8_t index)
{
	return index < 2 * CMOS_ALARMS && index & 1;
}

static uint8_t read_status_a(const struct cmos *cmos)
{
	bool near = guest_us(cmos) % SECOND_US >= SECOND_US - UPDATE_US;

	return cmos->status_a | (near && !(cmos->status_b & RTC_B_SET) ? RTC_A_UIP : 0);
}

/* Reading clears it. */
static uint8_t read_status_c(struct cmos *cmos)
{
	uint64_t second = guest_us(cmos) / SECOND_US;
	bool updated = second != cmos->seen && !(cmos->status_b & RTC_B_SET);

	cmos->seen = second;
	return updated ? RTC_C_UPDATED : 0;
}

static uint8_t read_register(struct cmos *cmos)
{
	struct rtc_time time = cmos->status_b & RTC_B_SET ? cmos->set : time_now(cmos);
	const uint8_t *field = time_field(&time, cmos->index);

	if (field)
		return *field;
	if (is_alarm(cmos->index))
		return cmos->alarm[cmos->index / 2];
	switch (cmos->index) {
	case RTC_STATUS_A:
		return read_status_a(cmos);
	case RTC_STATUS_B:
		return cmos->status_b;
	case RTC_STATUS_C:
		return read_status_c(cmos);
	case RTC_STATUS_D:
		return RTC_D_VALID;
	default:
		return 0;
	}
}

/* What is no time from 1970 on changes nothing. */
static void set_time(struct cmos *cmos, const struct rtc_time *time)
{
	uint64_t second = rtc_decode(time, cmos->status_b);

	if (second)
		*cmos->offset_us = (int64_t)(second * SECOND_US - wallclock_us());
}

static void write_status_b(struct cmos *cmos, uint8_t value)
{
	bool was_set = cmos->status_b & RTC_B_SET;

	cmos->status_b = value & STATUS_B_WRITABLE;
	if (!was_set && value & RTC_B_SET)
		cmos->set = time_now(cmos);
	if (was_set && !(value & RTC_B_SET))
		set_time(cmos, &cmos->set);
}

static void write_register(struct cmos *cmos, uint8_t value)
{
	struct rtc_time now = time_now(cmos);
	bool is_set = cmos->status_b & RTC_B_SET;
	struct rtc_time *time = is_set ? &cmos->set : &now;
	uint8_t *field = time_field(time, cmos->index);

	if (field) {
		*field = value;
		if (!is_set)
			set_time(cmos, time);
	} else if (is_alarm(cmos->index)) {
		cmos->alarm[cmos->index / 2] = value;
	} else if (cmos->index == RTC_STATUS_A) {
		cmos->status_a = value & STATUS_A_WRITABLE;
	} else if (cmos->index == RTC_STATUS_B) {
		write_status_b(cmos, value);
	}
}

void cmos_select(struct cmos *cmos, uint8_t index)
{
	bool interrupts = spin_lock_irq(&cmos->lock);

	cmos->index = index & CMOS_INDEX_MASK;
	spin_unlock_irq(&cmos->lock, interrupts);
}

uint8_t cmos_read(struct cmos *cmos)
{
	bool interrupts = spin_lock_irq(&cmos->lock);
	uint8_t value = read_register(cmos);

	spin_unlock_irq(&cmos->lock, interrupts);
	return value;
}

void cmos_write(struct cmos *cmos, uint8_t value)
{
	bool interrupts = spin_lock_irq(&cmos->lock);

	write_register(cmos, value);
	spin_unlock_irq(&cmos->lock, interrupts);
}
