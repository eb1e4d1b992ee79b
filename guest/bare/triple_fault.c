/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that takes a triple fault: its VM must stop, and nothing else. */
#include "guest/bare/bare.h"

void test(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) nothing = {0, 0};

	print("about to take a triple fault\n");
	__asm__ volatile("lidt %0; ud2" ::"m"(nothing));
}
