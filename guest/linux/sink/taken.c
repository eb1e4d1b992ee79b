// SPDX-License-Identifier: GPL-2.0-only
/* Copies of the counters at moments that are told, kept to be read later: reading takes much
 * longer. */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "sink.h"

#define TAKEN_MOST 16

struct taken {
	u64 frames;
	u32 latency[SINK_PLACES][SINK_BUCKETS];
};

static struct taken *copies;
static unsigned int copied;

int sink_taken_init(void)
{
	copies = vzalloc(array_size(TAKEN_MOST, sizeof(*copies)));
	return copies ? 0 : -ENOMEM;
}

void sink_taken_free(void)
{
	vfree(copies);
}

int sink_take(u64 frames)
{
	if (copied == TAKEN_MOST)
		return -ENOSPC;
	copies[copied].frames = frames;
	for (enum sink_place place = 0; place < SINK_PLACES; place++)
		sink_latency_copy(place, copies[copied].latency[place]);
	copied++;
	return 0;
}

static void show_place(struct seq_file *file, unsigned int n, enum sink_place place)
{
	const u32 *latency = copies[n].latency[place];

	for (unsigned int i = 0; i < SINK_BUCKETS; i++)
		if (latency[i])
			seq_printf(file, "taken %u %s %u %u\n", n, sink_latency_name(place),
				   sink_latency_low(i), latency[i]);
}

void sink_taken_show(struct seq_file *file)
{
	for (unsigned int n = 0; n < copied; n++) {
		seq_printf(file, "taken %u frames %llu\n", n, copies[n].frames);
		for (enum sink_place place = 0; place < SINK_PLACES; place++)
			show_place(file, n, place);
	}
}

void sink_taken_clear(void)
{
	copied = 0;
}
