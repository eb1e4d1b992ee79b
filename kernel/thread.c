// SPDX-License-Identifier: BSD-2-Clause
/* Threads: making, switching, sleeping, ending. */
#include "kernel/thread.h"

#include <stddef.h>

#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/processor.h"
#include "kernel/schedule.h"
#include "kernel/spinlock.h"
#include "kernel/stack.h"
#include "kernel/string.h"
#include "kernel/timer.h"
#include "kernel/trace.h"

/* The boot contexts of the cores, which become their idle loops. */
static struct thread idle_threads[CORES_MOST];

bool thread_is_ready(const struct thread *thread)
{
	return !READ_ONCE(thread->blocked) || READ_ONCE(thread->timed_out) ||
	       __atomic_load_n(&thread->woken, __ATOMIC_ACQUIRE);
}

/* The first thing after every switch, in the context switched to. Interrupts are off. */
static void finish_switch(void)
{
	struct core *core = core_this();

	if (core->ended) {
		__atomic_store_n(&core->ended->finished, true, __ATOMIC_RELEASE);
		core->ended = NULL;
	}
	core_account_switch(core->current->account);
}

static void switch_to(struct core *core, struct thread *thread)
{
	struct thread *before = core->current;

	if (thread == before)
		return;
	WRITE_ONCE(core->current, thread);
	trace(TRACE_SWITCH, (uint64_t)thread, (uint64_t)before);
	processor_switch(&before->stack_pointer, thread->stack_pointer);
	finish_switch();
}

/* Runs the thread whose turn it is, the idle loop if none is ready. */
static void schedule(struct core *core)
{
	struct thread *thread = schedule_next(core);

	switch_to(core, thread ? thread : core->idle);
}

static void start_thread(void)
{
	struct thread *thread = core_this()->current;

	finish_switch();
	stack_flush(thread->stack);
	irq_enable();
	thread->run(thread->argument);
	thread_exit();
}

static struct thread *create(struct core *core, const char *name, enum core_account account,
			     const struct thread_group *group, void (*run)(void *argument),
			     void *argument)
{
	struct thread *thread = kmalloc(sizeof(*thread));
	size_t length = strlen(name);

	if (!thread)
		return NULL;
	thread->stack = stack_alloc();
	if (!thread->stack) {
		kfree(thread);
		return NULL;
	}
	memcpy(thread->name, name,
	       length < sizeof(thread->name) ? length : sizeof(thread->name) - 1);
	thread->core = core;
	thread->account = account;
	thread->group = group;
	thread->run = run;
	thread->argument = argument;
	thread->stack_pointer = processor_make_stack(stack_end(thread->stack), start_thread);
	thread->next = __atomic_load_n(&core->incoming, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&core->incoming, &thread->next, thread, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		cpu_relax();
	core_kick(core);
	return thread;
}

struct thread *thread_create(struct core *core, const char *name, enum core_account account,
			     void (*run)(void *argument), void *argument)
{
	return create(core, name, account, NULL, run, argument);
}

struct thread *thread_create_vcpu(struct core *core, const char *name,
				  const struct thread_group *group, void (*run)(void *argument),
				  void *argument)
{
	return create(core, name, ACCOUNT_EXIT, group, run, argument);
}

void thread_free(struct thread *thread)
{
	ASSERT(__atomic_load_n(&thread->finished, __ATOMIC_ACQUIRE));
	stack_free(thread->stack);
	kfree(thread);
}

void thread_yield(void)
{
	bool interrupts = irq_save();

	schedule(core_this());
	irq_restore(interrupts);
}

bool thread_waits(const struct thread *thread)
{
	return thread_is_ready(thread) && READ_ONCE(thread->core->current) != thread;
}

void thread_call_on(struct thread *thread)
{
	if (!__atomic_exchange_n(&thread->called_on, true, __ATOMIC_SEQ_CST))
		core_kick(thread->core);
}

void thread_give_way(const struct thread *other)
{
	bool interrupts = irq_save();

	share_give_way(&core_this()->current->share, &other->share);
	irq_restore(interrupts);
}

struct block_timer {
	struct timer timer;
	struct thread *thread;
};

static void block_timed_out(struct timer *timer)
{
	((struct block_timer *)timer)->thread->timed_out = true;
}

/*
 * No wake-up is lost: `blocked` is set before `woken` is looked at (here and by the scheduler),
 * and a waker sets `woken` before it looks at `blocked` to decide whether the core needs a kick,
 * both with a full barrier between. So either the scheduler sees `woken`, or the waker sees
 * `blocked` and kicks. The scheduler looks with interrupts off and sleeps by processor_sleep(),
 * so that a kick, or an interrupt handler's wake-up, between look and sleep ends the sleep.
 * Returns whether it was woken.
 */
static bool block(uint64_t deadline)
{
	bool interrupts = irq_save(), woken;
	struct core *core = core_this();
	struct thread *thread = core->current;
	struct block_timer timer = {.timer.expired = block_timed_out, .thread = thread};

	ASSERT(thread != core->idle);
	thread->timed_out = false;
	__atomic_store_n(&thread->blocked, true, __ATOMIC_SEQ_CST);
	smp_mb();
	if (deadline != UINT64_MAX && !thread_is_ready(thread))
		timer_arm(&timer.timer, deadline);
	trace(TRACE_BLOCK, (uint64_t)thread, deadline);
	while (!thread_is_ready(thread))
		schedule(core);
	timer_disarm(&timer.timer);
	__atomic_store_n(&thread->blocked, false, __ATOMIC_RELAXED);
	woken = __atomic_exchange_n(&thread->woken, false, __ATOMIC_SEQ_CST);
	irq_restore(interrupts);
	return woken;
}

void thread_block(uint64_t deadline)
{
	block(deadline);
}

void sleep_us(uint32_t us)
{
	uint64_t end = ticks_now() + us * ticks_per_us();
	bool woken = false;

	do
		woken |= block(end);
	while (ticks_now() < end);
	if (woken)
		thread_wake(core_this()->current);
}

void thread_wake(struct thread *thread)
{
	if (__atomic_exchange_n(&thread->woken, true, __ATOMIC_SEQ_CST))
		return;
	trace(TRACE_WAKE, (uint64_t)thread, thread->blocked);
	if (__atomic_load_n(&thread->blocked, __ATOMIC_SEQ_CST))
		core_kick(thread->core);
}

_Noreturn void thread_exit(void)
{
	struct core *core;
	struct thread *thread;

	irq_disable();
	core = core_this();
	thread = core->current;
	schedule_remove(core);
	core->ended = thread;
	thread->blocked = true;
	thread->woken = false;
	thread->timed_out = false;
	schedule(core);
	panic("thread %s runs after its end", thread->name);
}

_Noreturn void thread_run_core(void)
{
	struct core *core = core_this();

	irq_disable();
	core->idle = core->current = &idle_threads[core->id];
	core->idle->core = core;
	core->idle->account = ACCOUNT_IDLE;
	core_account_switch(ACCOUNT_IDLE);
	for (;;) {
		struct thread *thread = schedule_next(core);

		if (thread)
			switch_to(core, thread);
		else
			processor_sleep();
	}
}
