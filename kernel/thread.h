/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: cooperative, each bound to one core. A thread runs until it yields or blocks; which one
 * then runs, schedule.h decides.
 * Wake-ups are flags, so none is lost: thread_wake() before thread_block() makes that return.
 */
#ifndef SLUICE_KERNEL_THREAD_H
#define SLUICE_KERNEL_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/share.h"
#include "kernel/spinlock.h"

#define THREAD_STACK_BYTES 16384
#define THREAD_GROUPS_MOST CONFIG_VMS_MOST

struct thread_call;

/* The vCPUs of a VM, which get one share of each core between them. Lives as long as they do. */
struct thread_group {
	unsigned number; /* 0 to THREAD_GROUPS_MOST - 1, nobody else's */
	unsigned weight; /* 1 to SHARE_WEIGHT_MOST, against other groups of the core */
};

struct thread {
	char name[24];
	struct core *core;
	struct thread *next;              /* on the core */
	enum core_account account;        /* where its ticks go */
	const struct thread_group *group; /* NULL: not a vCPU */
	struct share share;               /* of the core; the scheduler's */
	bool called_on;                   /* set by any core: may it run out of turn */
	bool woken;                       /* set by any core, cleared by thread_block() */
	bool blocked;                     /* written by the thread's core only */
	bool timed_out;                   /* its deadline came while it was blocked */
	bool finished;          /* never runs again; from now on thread_free() may be called */
	uint64_t stack_pointer; /* while it does not run */
	void *stack;
	void (*run)(void *argument);
	void *argument;
	struct spinlock calls_lock; /* protects calls */
	struct thread_call *calls;  /* pending thread_call()s, oldest first */
};

/*
 * Makes a thread on core, ready to run; may be called for another core (that is kicked). Returns
 * NULL without memory.
 */
struct thread *thread_create(struct core *core, const char *name, enum core_account account,
			     void (*run)(void *argument), void *argument);

/* Likewise a thread that runs a vCPU of group. */
struct thread *thread_create_vcpu(struct core *core, const char *name,
				  const struct thread_group *group, void (*run)(void *argument),
				  void *argument);

/* Frees a thread whose `finished` is set; until then its maker owns it. */
void thread_free(struct thread *thread);

/* Lets the core's other ready threads run, if it is their turn. */
void thread_yield(void);

/* True if thread would run and nothing blocks it. From any core, a moment's view. */
bool thread_is_ready(const struct thread *thread);

/* True if thread is ready, but another one has its core. From any core, a moment's view. */
bool thread_waits(const struct thread *thread);

/*
 * Lets thread run next on its core for a while, if it waits and as far as that is fair to other
 * groups. From any core.
 */
void thread_call_on(struct thread *thread);

/* The current thread gives its turn in its group to other, one of the same core and group. */
void thread_give_way(const struct thread *other);

/* Sleeps until woken (perhaps for a reason that has passed: re-check), or until ticks_now() reaches
 * deadline (UINT64_MAX: none). */
void thread_block(uint64_t deadline);

/* Wakes thread from any core or interrupt handler. */
void thread_wake(struct thread *thread);

/*
 * Runs function(argument) in the context of thread at its next thread_serve_calls(), and waits,
 * blocked, until it has run; from threads only. If it has not begun after timeout_us (at most an
 * hour), returns -ETIMEDOUT, and function will not run.
 */
int thread_call(struct thread *thread, void (*function)(void *argument), void *argument,
		uint32_t timeout_us);

/* Runs pending calls of the current thread; long-lived threads do it in their loop. */
void thread_serve_calls(void);

/* Ends the current thread. */
_Noreturn void thread_exit(void);

/* Turns the calling boot context of this core into its scheduler's idle loop; never returns. */
_Noreturn void thread_run_core(void);

#endif
