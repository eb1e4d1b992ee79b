// SPDX-License-Identifier: BSD-2-Clause
/* All counters at some times, for those who measure what happens between two of them. */
#include "kernel/meter.h"

#include "kernel/counters.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/spinlock.h"
#include "kernel/vm.h"

#define SNAPSHOTS_MOST 16
#define SNAPSHOT_LINES 1024
#define NAME_BYTES     56

/* Logging takes far longer than looking: what was taken is kept until the measuring is over. */
struct snapshot {
	struct snapshot *next;
	uint64_t ticks;
	unsigned count;
	struct {
		char name[NAME_BYTES];
		uint64_t value;
	} line[SNAPSHOT_LINES];
};

/* Protects those below: the oldest first. */
static struct spinlock lock;
static struct snapshot *oldest;
static unsigned snapshots;

/* A counter_visit. */
static void keep_counter(void *context, const char *name, uint64_t value)
{
	struct snapshot *snapshot = context;

	if (snapshot->count == SNAPSHOT_LINES)
		return;
	format_string(snapshot->line[snapshot->count].name, NAME_BYTES, "%s", name);
	snapshot->line[snapshot->count++].value = value;
}

/* Appends snapshot; false if there are too many. */
static bool append(struct snapshot *snapshot)
{
	bool interrupts = spin_lock_irq(&lock);
	struct snapshot **end = &oldest;
	bool room = snapshots < SNAPSHOTS_MOST;

	while (*end)
		end = &(*end)->next;
	if (room) {
		*end = snapshot;
		snapshots++;
	}
	spin_unlock_irq(&lock, interrupts);
	return room;
}

int meter_take(void)
{
	struct snapshot *snapshot = memory_alloc(sizeof(*snapshot), PAGE_BYTES);

	if (!snapshot)
		return -ENOMEM;
	snapshot->next = NULL;
	snapshot->count = 0;
	snapshot->ticks = ticks_now();
	counters_visit_host(keep_counter, snapshot);
	for (unsigned i = 0; i < vm_count; i++)
		if (READ_ONCE(vms[i]->state) == VM_RUNNING)
			counters_visit_vm(vms[i], keep_counter, snapshot);
	if (append(snapshot))
		return 0;
	memory_free(snapshot, sizeof(*snapshot));
	return -ENOMEM;
}

void meter_log(void)
{
	bool interrupts = spin_lock_irq(&lock);
	struct snapshot *snapshot = oldest;

	oldest = NULL;
	snapshots = 0;
	spin_unlock_irq(&lock, interrupts);
	while (snapshot) {
		struct snapshot *next = snapshot->next;

		log_info("meter: begin %lu", snapshot->ticks);
		for (unsigned i = 0; i < snapshot->count; i++)
			log_info("meter: %s %lu", snapshot->line[i].name, snapshot->line[i].value);
		log_info("meter: end %lu", snapshot->ticks);
		memory_free(snapshot, sizeof(*snapshot));
		snapshot = next;
	}
}
