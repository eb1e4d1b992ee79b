// SPDX-License-Identifier: GPL-2.0-only
/* How long marked frames were under way, by the TSC: the generator's clock counts its ticks, too.
 */
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include <asm/tsc.h>

#include "sink.h"

/* Marks have the time modulo 2^48 ps. */
#define PS_MASK ((1ull << 48) - 1)
/* Buckets are exact up to 2^FINE_BITS ticks, then 2^FINE_BITS to an octave: 1.6 % wide at most. */
#define FINE_BITS SINK_FINE_BITS

static uint tsc_mhz;
module_param(tsc_mhz, uint, 0644);
MODULE_PARM_DESC(tsc_mhz, "ticks of the TSC in a microsecond of the generator's; 0: not measured");

static long tsc_offset;
module_param(tsc_offset, long, 0644);
MODULE_PARM_DESC(tsc_offset, "how far this machine's TSC is ahead of the generator's clock");

static uint settle_ms;
module_param(settle_ms, uint, 0644);
MODULE_PARM_DESC(settle_ms, "frames sent in so many ms from the first on do not count");

static u64 begun_ps; /* when the first frame was sent; 0: not known */

struct histogram {
	u32 frames[SINK_PLACES][SINK_BUCKETS];
};

/* Too large for what modules have reserved. */
static struct histogram __percpu *histogram;

static const char *const names[SINK_PLACES] = {"latency", "socket"};

int sink_latency_init(void)
{
	histogram = alloc_percpu(struct histogram);
	return histogram ? 0 : -ENOMEM;
}

void sink_latency_free(void)
{
	free_percpu(histogram);
}

static unsigned int get_bucket(u32 ticks)
{
	unsigned int octave;

	if (ticks >> FINE_BITS == 0)
		return ticks;
	octave = fls(ticks) - 1 - FINE_BITS;
	return (octave << FINE_BITS) + (ticks >> octave);
}

u32 sink_latency_low(unsigned int bucket)
{
	const unsigned int octave = bucket >> FINE_BITS;

	if (octave == 0)
		return bucket;
	return (bucket - ((octave - 1) << FINE_BITS)) << (octave - 1);
}

static bool is_settling(u64 sent_ps)
{
	const u64 settle_ps = READ_ONCE(settle_ms) * 1000000000ull;

	if (!READ_ONCE(begun_ps))
		WRITE_ONCE(begun_ps, sent_ps);
	return ((sent_ps - READ_ONCE(begun_ps)) & PS_MASK) < settle_ps;
}

void sink_latency_count(enum sink_place place, const struct sink_mark *mark)
{
	const uint mhz = READ_ONCE(tsc_mhz);
	u64 now_ps, ticks;

	if (!mhz || !mark->timed || is_settling(mark->sent_ps))
		return;
	now_ps = mul_u64_u64_div_u64(rdtsc() - (u64)tsc_offset, 1000000, mhz);
	ticks = mul_u64_u32_div((now_ps - mark->sent_ps) & PS_MASK, mhz, 1000000);
	this_cpu_inc(histogram->frames[place][get_bucket(min_t(u64, ticks, U32_MAX))]);
}

static u32 count_bucket(enum sink_place place, unsigned int bucket)
{
	u32 frames = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) frames += per_cpu_ptr(histogram, cpu)->frames[place][bucket];
	return frames;
}

void sink_latency_copy(enum sink_place place, u32 to[SINK_BUCKETS])
{
	for (unsigned int i = 0; i < SINK_BUCKETS; i++)
		to[i] = count_bucket(place, i);
}

const char *sink_latency_name(enum sink_place place)
{
	return names[place];
}

static void show_place(struct seq_file *file, enum sink_place place)
{
	for (unsigned int i = 0; i < SINK_BUCKETS; i++) {
		const u32 frames = count_bucket(place, i);

		if (frames)
			seq_printf(file, "%s %u %u\n", names[place], sink_latency_low(i), frames);
	}
}

void sink_latency_show(struct seq_file *file)
{
	for (enum sink_place place = 0; place < SINK_PLACES; place++)
		show_place(file, place);
}

void sink_latency_clear(void)
{
	unsigned int cpu;

	WRITE_ONCE(begun_ps, 0);
	for_each_possible_cpu(cpu) memset(per_cpu_ptr(histogram, cpu), 0, sizeof(*histogram));
}
