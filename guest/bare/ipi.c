/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPI storms: every vCPU asks all others to do something and waits until they have, as a kernel
 * does when it changes page tables; and a timer on each of them. As xAPIC, then as x2APIC.
 * Parameters: vcpus; rounds of requests; timers of each vCPU.
 */
#include "guest/bare/bare.h"

#define REQUEST    0x61u
#define POKE       0x71u
#define TIMER      0x81u
#define TO_OTHERS  (3u << 18)
#define TIME_OUT   4000000000ul
#define TIMER_STEP 50000u /* ticks */

static unsigned vcpus, rounds, timer_rounds;
static volatile uint64_t asked[VCPUS_MOST]; /* by each vCPU: bit n: vCPU n still has to answer */
static volatile uint32_t answers, sent, late;
static volatile unsigned ready, finished;
static volatile unsigned phase;
static volatile uint32_t timers[VCPUS_MOST];

static void handle(unsigned vector)
{
	unsigned id = this_vcpu();

	if (vector == TIMER)
		timers[id]++;
	if (vector != REQUEST)
		return;
	for (unsigned from = 0; from < vcpus; from++) {
		if (!(asked[from] >> id & 1))
			continue;
		__atomic_fetch_add(&answers, 1, __ATOMIC_RELAXED);
		__atomic_fetch_and(&asked[from], ~(1ull << id), __ATOMIC_SEQ_CST);
	}
}

static bool wait_answers(unsigned id)
{
	uint64_t start = tsc();

	while (asked[id]) {
		__asm__ volatile("sti; pause; cli" ::: "memory");
		if (tsc() - start > TIME_OUT)
			return false;
	}
	return true;
}

/* To all at once, or one by one; the waiting vCPU serves requests of others. */
static void storm(unsigned id)
{
	uint64_t others = ((1ull << vcpus) - 1) & ~(1ull << id);

	for (unsigned i = 0; i < rounds; i++) {
		__atomic_store_n(&asked[id], others, __ATOMIC_SEQ_CST);
		if (i % 2) {
			apic_send(0, TO_OTHERS | REQUEST);
			__atomic_fetch_add(&sent, 1, __ATOMIC_RELAXED);
		} else {
			for (unsigned to = 0; to < vcpus; to++)
				if (to != id)
					apic_send(to, REQUEST);
			__atomic_fetch_add(&sent, vcpus - 1, __ATOMIC_RELAXED);
		}
		if (!wait_answers(id))
			__atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
		if (timer_rounds && i % 16 == id)
			halt_until(tsc() + 20000);
	}
}

/* Each vCPU has a timer of its own, none comes early. */
static void run_timers(unsigned id)
{
	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE);
	for (uint32_t i = 1; i <= timer_rounds; i++) {
		uint64_t deadline = tsc() + TIMER_STEP + id * 1000;

		msr_write(IA32_TSC_DEADLINE, deadline);
		while (timers[id] < i && tsc() < deadline + TIME_OUT)
			__asm__ volatile("sti; hlt; cli" ::: "memory");
		if (tsc() < deadline || timers[id] != i)
			__atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
	}
}

static void wait_for(volatile unsigned *count, unsigned value)
{
	while (*count < value)
		__asm__ volatile("sti; pause; cli" ::: "memory");
}

static void take_part(unsigned id)
{
	unsigned mine = phase;

	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	wait_for(&ready, vcpus * mine);
	storm(id);
	run_timers(id);
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	while (finished < vcpus * mine) /* the others may still ask */
		__asm__ volatile("sti; hlt; cli" ::: "memory");
}

static void run_phase(unsigned number)
{
	uint32_t expected = vcpus * (vcpus - 1) * rounds;

	phase = number;
	answers = sent = late = 0;
	for (unsigned id = 0; id < VCPUS_MOST; id++)
		timers[id] = 0;
	for (unsigned id = 1; id < vcpus; id++)
		check(start_vcpu(id, take_part), "another vCPU runs");
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	wait_for(&ready, vcpus * number);
	storm(0);
	run_timers(0);
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	wait_for(&finished, vcpus * number);
	apic_send(0, TO_OTHERS | POKE);
	check(answers == expected, "every request is answered once");
	check(late == 0, "no request and no timer is lost, no timer comes early");
	print("sent %u answers %u\n", sent, answers);
}

void test(void)
{
	uint32_t r[4];

	vcpus = parameter("vcpus", 2);
	rounds = parameter("rounds", 50);
	timer_rounds = parameter("timers", 20);
	on_interrupt = handle;
	run_phase(1);
	cpuid(1, 0, r);
	if (!(r[2] >> 21 & 1))
		return;
	print("x2APIC mode\n");
	apic_use_x2apic();
	run_phase(2);
}
