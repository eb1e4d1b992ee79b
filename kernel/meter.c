// SPDX-License-Identifier: BSD-2-Clause
/* All counters at one time, for those who measure what happens between two times. */
#include "kernel/meter.h"

#include "kernel/counters.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/vm.h"

#define SNAPSHOT_LINES 2048
#define NAME_BYTES     96

/* Counters, taken quickly and logged afterwards, which takes longer. */
struct snapshot {
	unsigned count;
	struct {
		char name[NAME_BYTES];
		uint64_t value;
	} line[SNAPSHOT_LINES];
};

/* A counter_visit. */
static void keep_counter(void *context, const char *name, uint64_t value)
{
	struct snapshot *snapshot = context;

	if (snapshot->count == SNAPSHOT_LINES)
		return;
	format_string(snapshot->line[snapshot->count].name, NAME_BYTES, "%s", name);
	snapshot->line[snapshot->count++].value = value;
}

int meter_log(void)
{
	struct snapshot *snapshot = memory_alloc(sizeof(*snapshot), PAGE_BYTES);
	uint64_t begin = ticks_now();

	if (!snapshot)
		return -ENOMEM;
	snapshot->count = 0;
	counters_visit_host(keep_counter, snapshot);
	for (unsigned i = 0; i < vm_count; i++)
		if (READ_ONCE(vms[i]->state) == VM_RUNNING)
			counters_visit_vm(vms[i], keep_counter, snapshot);
	log_info("meter: begin %lu", begin);
	for (unsigned i = 0; i < snapshot->count; i++)
		log_info("counter %s %lu", snapshot->line[i].name, snapshot->line[i].value);
	log_info("meter: end %lu", ticks_now());
	memory_free(snapshot, sizeof(*snapshot));
	return 0;
}
