// SPDX-License-Identifier: BSD-2-Clause
/*
 * The same clock on every core. The boot core asks the new one for its counter between two
 * readings of its own: a clock that is the same lies between them. One that does not is set, by
 * IA32_TSC_ADJUST where there is one (SDM volume 3, "Time-Stamp Counter Adjustment").
 */
#include <stddef.h>

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/park.h"
#include "arch/x86/cpu/tsc.h"
#include "kernel/log.h"
#include "kernel/machine.h"

#define ROUNDS   16
#define ATTEMPTS 8

enum request {
	REQUEST_READ,
	REQUEST_MOVE, /* the counter by `ticks` */
	REQUEST_LEAVE,
	REQUEST_HALT,
};

/* What the boot core wants; it writes asked last, the new core answered. */
static struct {
	enum request request;
	uint64_t ticks;
	uint32_t asked, answered;
} meeting;

/* The counter, read neither earlier nor later than here. */
static uint64_t read_ordered(void)
{
	uint64_t ticks;

	__asm__ volatile("lfence" ::: "memory");
	ticks = ticks_now();
	__asm__ volatile("lfence" ::: "memory");
	return ticks;
}

static void ask(enum request request, uint64_t ticks)
{
	uint32_t number = meeting.asked + 1;
	uint64_t start = ticks_now();

	meeting.request = request;
	meeting.ticks = ticks;
	__atomic_store_n(&meeting.asked, number, __ATOMIC_RELEASE);
	while (__atomic_load_n(&meeting.answered, __ATOMIC_ACQUIRE) != number) {
		if (ticks_now() - start > ticks_per_second())
			panic("the core that has just started does not answer");
		cpu_relax();
	}
}

/* How far the new core's counter is behind the boot core's: 0 if that cannot be told from none. */
static int64_t measure_lag(void)
{
	uint64_t shortest = UINT64_MAX;
	int64_t lag = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t before = read_ordered(), after;

		ask(REQUEST_READ, 0);
		after = read_ordered();
		if (after - before >= shortest)
			continue;
		shortest = after - before;
		lag = (int64_t)(before + shortest / 2 - meeting.ticks);
		if ((int64_t)(meeting.ticks - before) >= 0 && (int64_t)(after - meeting.ticks) >= 0)
			lag = 0;
	}
	return lag;
}

bool tsc_sync(unsigned core)
{
	int64_t lag = measure_lag();

	if (lag)
		log_warning("the TSC of core %u is %ld ticks behind: set", core, lag);
	for (unsigned i = 0; lag && i < ATTEMPTS; i++) {
		ask(REQUEST_MOVE, (uint64_t)lag);
		lag = measure_lag();
	}
	ask(lag ? REQUEST_HALT : REQUEST_LEAVE, 0);
	return !lag;
}

static void move_counter(uint64_t ticks)
{
	if (cpuid_leaf(7, 0).ebx & CPUID_7_EBX_TSC_ADJUST)
		msr_write(IA32_TSC_ADJUST, msr_read(IA32_TSC_ADJUST) + ticks);
	else
		msr_write(IA32_TSC, ticks_now() + ticks);
}

/* Answers the request number, which halts this core only after its answer. */
static void answer(enum request request, uint32_t number)
{
	if (request == REQUEST_READ)
		meeting.ticks = read_ordered();
	else if (request == REQUEST_MOVE)
		move_counter(meeting.ticks);
	__atomic_store_n(&meeting.answered, number, __ATOMIC_RELEASE);
	if (request == REQUEST_HALT)
		park_core();
}

void tsc_join(void)
{
	uint32_t number = __atomic_load_n(&meeting.answered, __ATOMIC_RELAXED);
	enum request request;

	do {
		while (__atomic_load_n(&meeting.asked, __ATOMIC_ACQUIRE) == number)
			cpu_relax();
		number++;
		request = meeting.request;
		answer(request, number);
	} while (request != REQUEST_LEAVE);
}
