/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps all its vCPUs busy between two moments that are the same for all guests of a machine.
 * Parameters: vcpus, start and end in millions of ticks of the TSC.
 */
#include "guest/bare/bare.h"

#define MILLION 1000000ul

static volatile unsigned ended;

static void be_busy(unsigned id)
{
	uint64_t end = parameter("end", 600) * MILLION;

	(void)id;
	halt_until(parameter("start", 500) * MILLION);
	while (tsc() < end)
		__asm__ volatile("" ::: "memory");
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

void test(void)
{
	unsigned vcpus = parameter("vcpus", 1);

	check(tsc() < parameter("start", 500) * MILLION, "ready before the start");
	for (unsigned id = 1; id < vcpus; id++)
		check(start_vcpu(id, be_busy), "another vCPU runs");
	be_busy(0);
	while (ended < vcpus)
		halt_until(tsc() + MILLION / 10);
}
