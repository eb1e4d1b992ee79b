/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The date and time: guests may read the clock registers of the machine's real-time clock
 * (Motorola MC146818A datasheet), and write nothing. There is no alarm and no interrupt, so ACPI
 * calls the clock absent; Linux reads the date at boot all the same.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_CMOS_H
#define SLUICE_ARCH_X86_PLATFORM_CMOS_H

#include <stdint.h>

/* Register `index` as the guest sees it: others than those of the clock read 0. From any core. */
uint8_t cmos_read(uint8_t index);

#endif
