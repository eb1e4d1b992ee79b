// SPDX-License-Identifier: BSD-2-Clause
/* How all counters grow in windows of time, for those who measure. */
#include "kernel/meter.h"

#include "kernel/console.h"
#include "kernel/counters.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"
#include "kernel/vm.h"

#define SNAPSHOTS_MOST 16
#define SNAPSHOT_LINES 1024
#define NAME_BYTES     56

/* All counters at one time. Logging takes far longer: it is put off until the measuring is over. */
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

/* The value of a counter that is mostly at or behind line *at, from where *at is left; 0: none. */
static uint64_t find_value(const struct snapshot *snapshot, const char *name, unsigned *at)
{
	for (unsigned i = 0; i < snapshot->count; i++) {
		unsigned line = (*at + i) % snapshot->count;

		if (strcmp(snapshot->line[line].name, name) == 0) {
			*at = line + 1;
			return snapshot->line[line].value;
		}
	}
	return 0;
}

static void log_window(const struct snapshot *begin, const struct snapshot *end)
{
	unsigned at = 0;

	log_info("meter: begin %lu", begin->ticks);
	for (unsigned i = 0; i < end->count; i++) {
		const char *name = end->line[i].name;
		uint64_t growth = end->line[i].value - find_value(begin, name, &at);

		if (!growth)
			continue;
		console_wait_room();
		log_info("meter: %s %lu", name, growth);
	}
	log_info("meter: end %lu", end->ticks);
}

static struct snapshot *take_oldest(void)
{
	bool interrupts = spin_lock_irq(&lock);
	struct snapshot *snapshot = oldest;

	if (snapshot) {
		oldest = snapshot->next;
		snapshots--;
	}
	spin_unlock_irq(&lock, interrupts);
	return snapshot;
}

void meter_log(void)
{
	struct snapshot *begin, *end;

	while ((begin = take_oldest())) {
		end = take_oldest();
		if (end) {
			log_window(begin, end);
			memory_free(end, sizeof(*end));
		}
		memory_free(begin, sizeof(*begin));
	}
}
