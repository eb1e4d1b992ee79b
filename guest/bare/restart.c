/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that resets itself again and again, each time finding its memory fresh.
 * Parameter: end in millions of ticks of the TSC.
 */
#include "guest/bare/bare.h"

#include "arch/x86/platform/ports.h"

#define MILLION   1000000ul
#define SOMEWHERE ((volatile uint64_t *)0x1800000ul)

void test(void)
{
	check(*SOMEWHERE == 0, "memory is fresh");
	*SOMEWHERE = 1;
	if (tsc() < parameter("end", 250) * MILLION)
		io_write8(PORT_RESET, RESET_VALUE);
}
