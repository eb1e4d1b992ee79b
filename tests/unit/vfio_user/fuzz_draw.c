/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers of the fuzzer: a round's come of its seed and its number only. */
#include "tests/unit/vfio_user/fuzz_draw.h"

uint64_t draw(struct fuzz *f)
{
	/* xorshift64* */
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return f->random * 0x2545f4914f6cdd1dull;
}

uint64_t draw_below(struct fuzz *f, uint64_t n)
{
	return (draw(f) >> 11) % n;
}

bool one_in(struct fuzz *f, uint64_t n)
{
	return !draw_below(f, n);
}

uint64_t draw_edge(struct fuzz *f)
{
	static const uint64_t edges[] = {0,
					 1,
					 2,
					 3,
					 4,
					 7,
					 8,
					 15,
					 16,
					 31,
					 32,
					 63,
					 64,
					 65,
					 127,
					 128,
					 255,
					 256,
					 0xfff,
					 0x1000,
					 0x1001,
					 0x3fff,
					 0x4000,
					 0x1ffff,
					 0x20000,
					 0xffff,
					 0x10000,
					 0xfffff,
					 0x100000,
					 0x7fffffff,
					 0x80000000,
					 0xffffffff,
					 1ull << 32,
					 1ull << 40,
					 1ull << 63,
					 UINT64_MAX - 4095,
					 UINT64_MAX - 1,
					 UINT64_MAX};

	switch (draw_below(f, 4)) {
	case 0:
		return draw(f);
	case 1:
		return draw_below(f, 0x20000);
	default:
		return edges[draw_below(f, sizeof(edges) / sizeof(edges[0]))];
	}
}

uint64_t draw_address(struct fuzz *f)
{
	const uint64_t align = 1ull << draw_below(f, 13);

	return MEMORY_BASE + draw_below(f, MEMORY_BYTES) / align * align;
}
