// SPDX-License-Identifier: BSD-2-Clause
/* One-shot timers: a list per core, sorted by deadline. */
#include "kernel/timer.h"

#include <stddef.h>

#include "kernel/core.h"
#include "kernel/processor.h"
#include "kernel/spinlock.h"

static void insert(struct core *core, struct timer *timer)
{
	struct timer **link = &core->timers;

	while (*link && (*link)->deadline <= timer->deadline)
		link = &(*link)->next;
	timer->next = *link;
	*link = timer;
	timer->armed = true;
}

static void remove(struct core *core, struct timer *timer)
{
	struct timer **link = &core->timers;

	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	timer->armed = false;
}

static void program_next(const struct core *core)
{
	processor_set_timer(core->timers ? core->timers->deadline : UINT64_MAX);
}

void timer_arm(struct timer *timer, uint64_t deadline)
{
	bool interrupts = irq_save();
	struct core *core = core_this();
	struct timer *first = core->timers;
	bool was_first = first == timer;

	if (timer->armed)
		remove(core, timer);
	timer->deadline = deadline;
	insert(core, timer);
	if (was_first || core->timers != first)
		program_next(core);
	irq_restore(interrupts);
}

/* The hardware stays programmed: one interrupt too many is cheaper than a change each time. */
void timer_disarm(struct timer *timer)
{
	bool interrupts = irq_save();

	if (timer->armed)
		remove(core_this(), timer);
	irq_restore(interrupts);
}

void timer_run_due(void)
{
	bool interrupts = irq_save();
	struct core *core = core_this();

	while (core->timers && core->timers->deadline <= ticks_now()) {
		struct timer *timer = core->timers;

		remove(core, timer);
		timer->expired(timer);
	}
	program_next(core);
	irq_restore(interrupts);
}
