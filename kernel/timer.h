/* SPDX-License-Identifier: BSD-2-Clause */
/* One-shot timers of a core. */
#ifndef SLUICE_KERNEL_TIMER_H
#define SLUICE_KERNEL_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	struct timer *next;
	uint64_t deadline; /* ticks_now() at which it is due */
	bool armed;
	/* Runs in interrupt context on the core that armed the timer. */
	void (*expired)(struct timer *timer);
};

/* Arms timer on this core, or moves its deadline; only by the core that armed it. */
void timer_arm(struct timer *timer, uint64_t deadline);
void timer_disarm(struct timer *timer);

/* Runs what is due, and programs the hardware for the next; called by the timer interrupt. */
void timer_run_due(void);

#endif
