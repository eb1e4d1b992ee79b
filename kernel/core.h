/* SPDX-License-Identifier: BSD-2-Clause */
/* A processor core: identity, role, time accounts, scheduler. */
#ifndef SLUICE_KERNEL_CORE_H
#define SLUICE_KERNEL_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/machine.h"

#define CORES_MOST 64

enum core_role {
	CORE_IO,     /* a backend thread only */
	CORE_VCPU,   /* vCPU threads only */
	CORE_SHARED, /* both */
};

/* Where a core's ticks go. */
enum core_account {
	ACCOUNT_GUEST,
	ACCOUNT_EXIT,
	ACCOUNT_BACKEND,
	ACCOUNT_IDLE,
	ACCOUNT_OTHER,
	CORE_ACCOUNTS
};

struct thread;
struct timer;

struct core {
	struct core *self; /* must be first: found through the gs base */
	uint32_t id;       /* 0 to cores - 1; 0 is the boot core */
	uint32_t apic_id;
	uint32_t package, core,
		thread; /* the core within its package, the thread within its core */
	enum core_role role;
	bool online;

	struct thread *current;
	struct thread *idle;
	struct thread *incoming; /* new threads, pushed by any core */
	unsigned threads;        /* that live here, the incoming ones not counted */
	struct thread *ended;    /* switched away from for the last time */
	struct thread *backend;  /* the backend thread, or NULL */
	struct timer *timers;    /* sorted by deadline, touched by this core only */

	enum core_account account; /* what the core does now */
	uint64_t account_since;    /* ticks */
	uint64_t ticks[CORE_ACCOUNTS];
	uint64_t interrupts[256]; /* host interrupts taken, by vector */

	void *arch; /* struct arch_core */
} CACHE_ALIGNED;

extern struct core cores[CORES_MOST];
extern unsigned core_count;

/* This core. Valid as long as the calling thread does not move, which threads never do. */
struct core *core_this(void);

/* Starts the running core's time accounts, with ACCOUNT_OTHER. */
void core_account_start(void);

/* From now on the core's ticks belong to account. Returns the previous account. */
enum core_account core_account_switch(enum core_account account);

/* The core's ticks with account, the running stretch included. From any core, approximate. */
uint64_t core_account_ticks(const struct core *core, enum core_account account);

/* Makes the core look at its scheduler soon (a wake-up IPI, unless it is the caller's core). */
void core_kick(struct core *core);

/*
 * Stops the other cores for as long as it takes to say on the consoles what each of them, and what
 * an NMI has interrupted on this one, executes. From any thread, and from an NMI.
 */
void cores_report(void);

#endif
