/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's real-time clock (Motorola MC146818A datasheet) at ports 70 and 71, without its
 * interrupt: there are no alarms, and what would enable an interrupt cannot be set. A guest may set
 * the time: of its own clock only, which remembers by how much it differs from the machine's.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_CMOS_H
#define SLUICE_ARCH_X86_PLATFORM_CMOS_H

#include <stdint.h>

#include "arch/x86/cpu/rtc_time.h"
#include "kernel/spinlock.h"

#define CMOS_ALARMS 3

struct cmos {
	struct spinlock lock; /* protects everything below, and *offset_us */
	uint8_t index;
	uint8_t status_a, status_b;
	uint8_t alarm[CMOS_ALARMS]; /* kept, never reached */
	struct rtc_time set;        /* with RTC_B_SET: what the guest has written so far */
	uint64_t seen;              /* the second at the last look at status C */
	int64_t *offset_us;         /* from the machine's time of day to the guest's */
};

/* *offset_us outlives the clock, as a battery would have it. */
void cmos_init(struct cmos *cmos, int64_t *offset_us);

/* Port 70 written; port 71 read and written. Bytes beyond the clock read 0 and ignore writes. */
void cmos_select(struct cmos *cmos, uint8_t index);
uint8_t cmos_read(struct cmos *cmos);
void cmos_write(struct cmos *cmos, uint8_t value);

#endif
