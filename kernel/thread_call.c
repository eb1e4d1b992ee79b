// SPDX-License-Identifier: BSD-2-Clause
/* Running a function in the context of another thread. */
#include <stddef.h>

#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"

/* Lives on the caller's stack until it is done or taken back. */
struct thread_call {
	struct thread_call *next;
	struct thread *caller;
	void (*function)(void *argument);
	void *argument;
	bool done;
};

static bool lock_calls(struct thread *thread)
{
	return spin_lock_irq(&thread->calls_lock);
}

static void unlock_calls(struct thread *thread, bool interrupts)
{
	spin_unlock_irq(&thread->calls_lock, interrupts);
}

static void push(struct thread *thread, struct thread_call *call)
{
	bool interrupts = lock_calls(thread);
	struct thread_call **link = &thread->calls;

	while (*link)
		link = &(*link)->next;
	*link = call;
	unlock_calls(thread, interrupts);
}

static struct thread_call *pop(struct thread *thread)
{
	bool interrupts = lock_calls(thread);
	struct thread_call *call = thread->calls;

	if (call)
		thread->calls = call->next;
	unlock_calls(thread, interrupts);
	return call;
}

/* False if the call has been taken already. */
static bool take_back(struct thread *thread, const struct thread_call *call)
{
	bool interrupts = lock_calls(thread);
	struct thread_call **link = &thread->calls;

	while (*link && *link != call)
		link = &(*link)->next;
	if (*link) {
		*link = call->next;
		unlock_calls(thread, interrupts);
		return true;
	}
	unlock_calls(thread, interrupts);
	return false;
}

/* The lock makes sure that the server has let go of the call when it is seen as done. */
static bool is_done(struct thread *thread, const struct thread_call *call)
{
	bool interrupts = lock_calls(thread);
	bool done = call->done;

	unlock_calls(thread, interrupts);
	return done;
}

int thread_call(struct thread *thread, void (*function)(void *argument), void *argument,
		uint32_t timeout_us)
{
	struct thread *caller = core_this()->current;
	struct thread_call call = {NULL, caller, function, argument, false};
	uint64_t deadline = ticks_now() + timeout_us * ticks_per_us();
	bool taken = false;

	if (thread == caller) {
		function(argument);
		return 0;
	}
	push(thread, &call);
	thread_wake(thread);
	core_kick(thread->core);
	while (!is_done(thread, &call)) {
		if (!taken && ticks_now() >= deadline) {
			if (take_back(thread, &call))
				return -ETIMEDOUT;
			taken = true;
		}
		thread_block(taken ? UINT64_MAX : deadline);
	}
	/* A wake-up meant for something else may have been used up here. */
	thread_wake(caller);
	return 0;
}

void thread_serve_calls(void)
{
	struct thread *thread = core_this()->current;
	struct thread_call *call;

	while (READ_ONCE(thread->calls) && (call = pop(thread))) {
		bool interrupts;

		call->function(call->argument);
		interrupts = lock_calls(thread);
		call->done = true;
		thread_wake(call->caller);
		unlock_calls(thread, interrupts);
	}
}
