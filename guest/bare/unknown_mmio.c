/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that uses an address where nothing is: its VM must stop with the address. */
#include "guest/bare/bare.h"

void test(void)
{
	print("about to write where no device is\n");
	*(volatile uint32_t *)0xfd000000ul = 1;
	check(false, "the VM goes on after an access to no device");
}
