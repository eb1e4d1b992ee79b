/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vCPUs that pass a ticket lock on to each other: a vCPU that has lost its core stops them all.
 * Parameters: vcpus, start and end in millions of ticks of the TSC.
 */
#include "guest/bare/bare.h"

#define MILLION 1000000ul
#define INSIDE  200u /* turns of a loop with the lock held */

static volatile uint32_t next_ticket, served;
static volatile unsigned ended, holder, handovers;

static void work(void)
{
	for (unsigned i = 0; i < INSIDE; i++)
		__asm__ volatile("" ::: "memory");
}

static void pass_on(unsigned id)
{
	uint64_t end = parameter("end", 600) * MILLION;

	halt_until(parameter("start", 500) * MILLION);
	while (tsc() < end) {
		uint32_t ticket = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_SEQ_CST);

		while (served != ticket)
			pause();
		handovers += holder != id;
		holder = id;
		work();
		__atomic_store_n(&served, ticket + 1, __ATOMIC_SEQ_CST);
	}
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

void test(void)
{
	unsigned vcpus = parameter("vcpus", 2);

	check(tsc() < parameter("start", 500) * MILLION, "ready before the start");
	for (unsigned id = 1; id < vcpus; id++)
		check(start_vcpu(id, pass_on), "another vCPU runs");
	pass_on(0);
	while (ended < vcpus)
		halt_until(tsc() + MILLION / 10);
	print("handovers %u\n", handovers);
}
