/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How late a halted vCPU gets its timer's interrupts, while others are busy.
 * Parameter: start in millions of ticks of the TSC.
 */
#include "guest/bare/bare.h"

#define MILLION  1000000ul
#define TIMER    0x61
#define ROUNDS   300u
#define INTERVAL 200000u /* ticks */

static volatile uint64_t came;

static void note_time(unsigned vector)
{
	if (vector == TIMER)
		came = tsc();
}

void test(void)
{
	uint64_t most = 0, sum = 0;

	halt_until(parameter("start", 500) * MILLION);
	on_interrupt = note_time;
	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		uint64_t deadline = tsc() + INTERVAL, late;

		msr_write(IA32_TSC_DEADLINE, deadline);
		while (interrupts[TIMER] < i)
			__asm__ volatile("sti; hlt; cli" ::: "memory");
		late = came - deadline;
		most = late > most ? late : most;
		sum += late;
	}
	print("late most %u mean %u\n", (unsigned)most, (unsigned)(sum / ROUNDS));
}
