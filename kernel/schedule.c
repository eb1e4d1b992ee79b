// SPDX-License-Identifier: BSD-2-Clause
/* Who runs next on a core. */
#include "kernel/schedule.h"

#include <stddef.h>

#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/share.h"
#include "kernel/thread.h"

/* How far one gets ahead of others that wait: backend and guests, VMs, vCPUs of a VM. */
#define CLASS_LEAD_US 100
#define VM_LEAD_US    500
#define VCPU_LEAD_US  500

#define WEIGHT_EVEN 100

struct core_schedule {
	struct share all;
	struct share backend, guests, others;   /* of all */
	struct share group[THREAD_GROUPS_MOST]; /* of guests, those with members */
	unsigned members[THREAD_GROUPS_MOST];
	struct thread *threads;
	struct thread *leader; /* runs out of turn */
	uint64_t leader_until;
	uint64_t charged;  /* tick until which the current thread has been charged */
	uint64_t turn_end; /* tick */
};

static struct core_schedule schedules[CORES_MOST];

void schedule_init(struct core *core)
{
	struct core_schedule *schedule = &schedules[core->id];
	unsigned backend = host_config.backend_share;

	*schedule = (struct core_schedule){.turn_end = UINT64_MAX};
	share_add(NULL, &schedule->all, WEIGHT_EVEN, CLASS_LEAD_US);
	share_add(&schedule->all, &schedule->backend, backend, VCPU_LEAD_US);
	share_add(&schedule->all, &schedule->guests, 100 - backend, VM_LEAD_US);
	share_add(&schedule->all, &schedule->others, WEIGHT_EVEN, VCPU_LEAD_US);
}

static struct share *parent_of(struct core_schedule *schedule, const struct thread *thread)
{
	const struct thread_group *group = thread->group;

	if (!group)
		return thread->account == ACCOUNT_BACKEND ? &schedule->backend : &schedule->others;
	if (!schedule->members[group->number]++)
		share_add(&schedule->guests, &schedule->group[group->number], group->weight,
			  VCPU_LEAD_US);
	return &schedule->group[group->number];
}

/* Takes what other cores made for this one. */
static void adopt_threads(struct core *core, struct core_schedule *schedule)
{
	struct thread *thread, *next;

	if (!READ_ONCE(core->incoming))
		return;
	thread = __atomic_exchange_n(&core->incoming, NULL, __ATOMIC_ACQUIRE);
	for (; thread; thread = next) {
		next = thread->next;
		share_add(parent_of(schedule, thread), &thread->share, WEIGHT_EVEN, 0);
		thread->next = schedule->threads;
		schedule->threads = thread;
		WRITE_ONCE(core->threads, core->threads + 1);
	}
}

void schedule_remove(struct core *core)
{
	struct core_schedule *schedule = &schedules[core->id];
	struct thread *thread = core->current, **link = &schedule->threads;

	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
	WRITE_ONCE(core->threads, core->threads - 1);
	if (schedule->leader == thread)
		schedule->leader = NULL;
	share_set_active(&thread->share, false);
	share_remove(&thread->share);
	if (thread->group && !--schedule->members[thread->group->number])
		share_remove(&schedule->group[thread->group->number]);
}

/* Charges the current thread, and sees who has become ready or stopped being it. */
static void refresh(struct core *core, struct core_schedule *schedule, uint64_t now)
{
	if (core->current->share.active)
		share_charge(&core->current->share, now - schedule->charged);
	schedule->charged = now;
	for (struct thread *thread = schedule->threads; thread; thread = thread->next)
		if (thread_is_ready(thread) != thread->share.active)
			share_set_active(&thread->share, !thread->share.active);
}

/*
 * A thread that was asked to run out of turn, or one that does, as long as it may. One that may
 * not yet keeps its mark, so that no kick tells of it again.
 */
static struct thread *find_leader(struct core *core, struct core_schedule *schedule, uint64_t now)
{
	for (struct thread *thread = schedule->threads; thread; thread = thread->next) {
		if (!READ_ONCE(thread->called_on))
			continue;
		if (thread == core->current || !thread->share.active) {
			WRITE_ONCE(thread->called_on, false);
		} else if (share_may_lead(&thread->share)) {
			WRITE_ONCE(thread->called_on, false);
			schedule->leader = thread;
			schedule->leader_until = now + VCPU_LEAD_US * ticks_per_us();
		}
	}
	if (schedule->leader &&
	    (now >= schedule->leader_until || !share_may_lead(&schedule->leader->share)))
		schedule->leader = NULL;
	return schedule->leader;
}

/*
 * True if the current thread wanted the core alone at the last decision, and still does: the usual
 * case, and a quick one. It is charged at the next decision.
 */
static bool stays_alone(const struct core *core, const struct core_schedule *schedule)
{
	if (!core->current->share.active || !thread_is_ready(core->current))
		return false;
	for (const struct thread *thread = schedule->threads; thread; thread = thread->next)
		if (thread != core->current && (thread->share.active || thread_is_ready(thread)))
			return false;
	return true;
}

struct thread *schedule_next(struct core *core)
{
	struct core_schedule *schedule = &schedules[core->id];
	uint64_t now, stay;
	struct share *share;
	struct thread *leader;

	adopt_threads(core, schedule);
	if (stays_alone(core, schedule)) {
		schedule->turn_end = UINT64_MAX;
		return core->current;
	}
	now = ticks_now();
	refresh(core, schedule, now);
	leader = find_leader(core, schedule, now);
	if (leader) {
		schedule->turn_end = schedule->leader_until;
		return leader;
	}
	share = share_pick(&schedule->all, &core->current->share, &stay);
	schedule->turn_end = stay == UINT64_MAX ? stay : now + stay;
	return share ? CONTAINER_OF(share, struct thread, share) : NULL;
}

uint64_t schedule_turn_end(const struct core *core)
{
	return schedules[core->id].turn_end;
}
