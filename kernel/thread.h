/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: cooperative, each bound to one core. A thread runs until it yields or blocks.
 * Wake-ups are flags, so none is lost: thread_wake() before thread_block() makes that return.
 */
#ifndef SLUICE_KERNEL_THREAD_H
#define SLUICE_KERNEL_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core.h"
#include "kernel/spinlock.h"

#define THREAD_STACK_BYTES 16384

struct thread_call;

struct thread {
	char name[24];
	struct core *core;
	struct thread *next;       /* in the run queue */
	enum core_account account; /* where its ticks go */
	bool woken;                /* set by any core, cleared by thread_block() */
	bool blocked;              /* written by the thread's core only */
	bool timed_out;            /* its deadline came while it was blocked */
	bool finished;             /* never runs again; from now on thread_free() may be called */
	uint64_t stack_pointer;    /* while it does not run */
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

/* Frees a thread whose `finished` is set; until then its maker owns it. */
void thread_free(struct thread *thread);

/* Lets the core's other ready threads run, if there are any. */
void thread_yield(void);

/* True if another thread of this core is ready. */
bool thread_others_ready(void);

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
