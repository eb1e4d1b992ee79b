/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vCPUs that pass a ticket lock on to each other: a vCPU that has lost its core stops them all.
 * Parameters: vcpus; start and end (run_in_window).
 */
#include "guest/bare/bare.h"

#define INSIDE 200u /* turns of a loop with the lock held */

static volatile uint32_t next_ticket, served;
static volatile unsigned holder, handovers;

static void work(void)
{
	for (unsigned i = 0; i < INSIDE; i++)
		__asm__ volatile("" ::: "memory");
}

static void pass_on(unsigned id, uint64_t end)
{
	while (tsc() < end) {
		uint32_t ticket = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_SEQ_CST);

		while (served != ticket)
			pause();
		handovers += holder != id;
		holder = id;
		work();
		__atomic_store_n(&served, ticket + 1, __ATOMIC_SEQ_CST);
	}
}

void test(void)
{
	run_in_window(parameter("vcpus", 2), pass_on);
	print("handovers %u\n", handovers);
}
