// SPDX-License-Identifier: BSD-2-Clause
/* Calibration of the time-stamp counter, and the delays built on it. */
#include "arch/x86/cpu/tsc.h"

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/io.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/machine.h"

/* ACPI specification 4.8.2.1: 3.579545 MHz, 24 bits or more. */
#define PM_TIMER_HZ   3579545
#define PM_TIMER_MASK 0xffffff

/* The 8254: channel 2, whose gate and output are in port 61h. */
#define PIT_HZ           1193182
#define PIT_CHANNEL2     0x42
#define PIT_COMMAND      0x43
#define PIT_ONE_SHOT     0xb0 /* channel 2, low then high byte, mode 0 */
#define SPEAKER          0x61
#define SPEAKER_GATE2    0x01
#define SPEAKER_ENABLE   0x02
#define SPEAKER_OUT2     0x20
#define CALIBRATION_MS   20
#define CALIBRATE_POLLS  20000000
#define READINGS         8
#define TICKS_MOST       1000000000ull
#define TICKS_PER_US_LOW 1000000
/* A timer that has not moved after so many readings does not count. */
#define STILL_POLLS 10000

static uint64_t ticks_hz;

/* One reading of the PM timer and of the TSC at the same moment, as near as can be had. */
struct reading {
	uint32_t timer;
	uint64_t ticks;
};

static struct reading read_pm_timer(uint16_t port)
{
	struct reading best = {0};
	uint64_t best_span = UINT64_MAX;

	for (unsigned i = 0; i < READINGS; i++) {
		uint64_t before = ticks_now();
		uint32_t timer = io_read32(port) & PM_TIMER_MASK;
		uint64_t after = ticks_now();

		if (after - before < best_span) {
			best_span = after - before;
			best = (struct reading){timer, before + (after - before) / 2};
		}
	}
	return best;
}

/* Whether CALIBRATION_MS must have passed by now, whatever the TSC's frequency. */
static bool gives_up(uint32_t polls, uint64_t start)
{
	return polls >= CALIBRATE_POLLS || ticks_now() - start >= TICKS_MOST;
}

static uint64_t measure_by_pm_timer(uint16_t port)
{
	const uint32_t span = PM_TIMER_HZ / 1000 * CALIBRATION_MS;
	struct reading start, end;
	uint32_t timer, polls = 0;

	if (!port)
		return 0;
	start = read_pm_timer(port);
	do {
		timer = io_read32(port) & PM_TIMER_MASK;
		if (gives_up(++polls, start.ticks) ||
		    (polls == STILL_POLLS && timer == start.timer))
			return 0;
	} while (((timer - start.timer) & PM_TIMER_MASK) < span);
	end = read_pm_timer(port);
	return (end.ticks - start.ticks) * PM_TIMER_HZ /
	       ((end.timer - start.timer) & PM_TIMER_MASK);
}

static uint64_t measure_by_pit(void)
{
	const uint16_t count = PIT_HZ / 1000 * CALIBRATION_MS;
	uint8_t speaker = io_read8(SPEAKER) & (uint8_t) ~(SPEAKER_ENABLE | SPEAKER_GATE2);
	uint32_t polls = 0;
	uint64_t start;

	io_write8(SPEAKER, speaker);
	io_write8(PIT_COMMAND, PIT_ONE_SHOT);
	io_write8(PIT_CHANNEL2, (uint8_t)count);
	io_write8(PIT_CHANNEL2, (uint8_t)(count >> 8));
	io_write8(SPEAKER, speaker | SPEAKER_GATE2);
	start = ticks_now();
	/* Mode 0 holds the output low while it counts; where nothing is, it reads as one. */
	if (io_read8(SPEAKER) & SPEAKER_OUT2)
		return 0;
	while (!(io_read8(SPEAKER) & SPEAKER_OUT2))
		if (gives_up(++polls, start))
			return 0;
	return (ticks_now() - start) * PIT_HZ / count;
}

void tsc_init(void)
{
	const char *reference = "the ACPI PM timer";
	bool invariant = cpuid_leaf(0x80000007, 0).edx & CPUID_80000007_EDX_INVARIANT_TSC;
	struct tsc_told told = tsc_read_told(cpuid_leaf);

	ticks_hz = measure_by_pm_timer(acpi_info.pm_timer_port);
	if (!ticks_hz) {
		reference = "the PIT";
		ticks_hz = measure_by_pit();
	}
	if (ticks_hz < TICKS_PER_US_LOW)
		ticks_hz = 0;
	if (tsc_prefers_told(&told, ticks_hz)) {
		reference = told.by;
		ticks_hz = told.hz;
	} else if (told.exact) {
		log_info("TSC: %lu.%03lu MHz says %s, which %s does not confirm", told.hz / 1000000,
			 told.hz / 1000 % 1000, told.by, reference);
	}
	if (!ticks_hz)
		boot_refuse("no clock: neither the ACPI PM timer nor the PIT counts, and CPUID "
			    "does not tell the TSC's frequency");
	log_info("TSC: %lu.%03lu MHz by %s%s", ticks_hz / 1000000, ticks_hz / 1000 % 1000,
		 reference, invariant ? "" : ", not invariant");
}

uint64_t ticks_per_second(void)
{
	return ticks_hz;
}

uint64_t ticks_per_us(void)
{
	return ticks_hz / 1000000;
}

void delay_us(uint32_t us)
{
	uint64_t start = ticks_now();
	uint64_t ticks = us * ticks_hz / 1000000;

	while (ticks_now() - start < ticks)
		cpu_relax();
}
