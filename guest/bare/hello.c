/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest guest: says hello and powers off. */
#include "guest/bare/bare.h"

void test(void)
{
	print("hello from a bare guest\n");
}
