/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills its console: numbered lines, as fast as it can. */
#include "guest/bare/bare.h"

void test(void)
{
	unsigned lines = parameter("lines", 1000);

	for (unsigned i = 0; i < lines; i++)
		print("chatter: line %u of sixty characters or so, without a pause\n", i);
}
