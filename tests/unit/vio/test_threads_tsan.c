// SPDX-License-Identifier: BSD-2-Clause
// test_threads under the thread sanitizer, which finds unordered accesses.
#define FRAMES 8000
#include "test_threads.c"

/* READ_ONCE and WRITE_ONCE are meant to race; the compiler reports volatile accesses here. */
#define IGNORE_VOLATILE(kind)                      \
	void __tsan_volatile_##kind(void *address) \
	{                                          \
		(void)address;                     \
	}

IGNORE_VOLATILE(read1)
IGNORE_VOLATILE(read2)
IGNORE_VOLATILE(read4)
IGNORE_VOLATILE(read8)
IGNORE_VOLATILE(write1)
IGNORE_VOLATILE(write2)
IGNORE_VOLATILE(write4)
IGNORE_VOLATILE(write8)
