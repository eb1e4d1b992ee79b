/* SPDX-License-Identifier: BSD-2-Clause */
/* Ticket spinlocks: first come, first served. A core must not block or yield while it holds one. */
#ifndef SLUICE_KERNEL_SPINLOCK_H
#define SLUICE_KERNEL_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/machine.h"

#if __STDC_HOSTED__
static inline bool irq_save(void)
{
	return true;
}

static inline void irq_restore(bool enabled)
{
	(void)enabled;
}

static inline void irq_enable(void)
{
}

static inline void irq_disable(void)
{
}
#else
#include <machine_irq.h>
#endif

/* Zero is unlocked. */
struct spinlock {
	uint32_t next;   /* ticket for the next to come */
	uint32_t served; /* ticket that holds the lock */
};

static inline void spin_lock(struct spinlock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->served, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

/* Whether nobody holds the lock now. */
static inline bool spin_is_free(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->next, __ATOMIC_ACQUIRE) ==
	       __atomic_load_n(&lock->served, __ATOMIC_ACQUIRE);
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->served, lock->served + 1, __ATOMIC_RELEASE);
}

/* For locks that interrupt handlers take too. Returns what spin_unlock_irq() needs. */
static inline bool spin_lock_irq(struct spinlock *lock)
{
	bool enabled = irq_save();

	spin_lock(lock);
	return enabled;
}

static inline void spin_unlock_irq(struct spinlock *lock, bool enabled)
{
	spin_unlock(lock);
	irq_restore(enabled);
}

#endif
