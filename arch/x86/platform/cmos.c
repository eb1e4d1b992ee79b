// SPDX-License-Identifier: BSD-2-Clause
/* Reads of the machine's real-time clock on behalf of guests. */
#include "arch/x86/platform/cmos.h"

#include <stdbool.h>

#include "arch/x86/cpu/io.h"
#include "arch/x86/platform/ports.h"
#include "kernel/spinlock.h"

/* Registers (MC146818A, "Address Map"); the century where PCs have it. */
#define RTC_YEAR     0x09
#define RTC_STATUS_A 0x0a
#define RTC_STATUS_B 0x0b
#define RTC_STATUS_D 0x0d
#define RTC_CENTURY  0x32

#define STATUS_B_FORMAT 0x07 /* binary, 24 hours, daylight saving; above: interrupt enables */

static struct spinlock lock; /* protects the hardware's index register */

static bool is_alarm(uint8_t index)
{
	return index == 1 || index == 3 || index == 5;
}

uint8_t cmos_read(uint8_t index)
{
	uint8_t value;
	bool enabled;

	if (is_alarm(index) ||
	    (index > RTC_YEAR && index != RTC_STATUS_A && index != RTC_STATUS_B &&
	     index != RTC_STATUS_D && index != RTC_CENTURY))
		return 0;
	enabled = spin_lock_irq(&lock);
	io_write8(PORT_CMOS_INDEX, index);
	value = io_read8(PORT_CMOS_DATA);
	spin_unlock_irq(&lock, enabled);
	return index == RTC_STATUS_B ? value & STATUS_B_FORMAT : value;
}
