/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps all its vCPUs busy for a while. Parameters: vcpus; start and end (run_in_window). */
#include "guest/bare/bare.h"

static void be_busy(unsigned id, uint64_t end)
{
	(void)id;
	while (tsc() < end)
		__asm__ volatile("" ::: "memory");
}

void test(void)
{
	run_in_window(parameter("vcpus", 1), be_busy);
}
