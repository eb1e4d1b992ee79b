/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The posted-interrupt descriptor (SDM volume 3, "Posted-Interrupt Processing"): the letter box
 * through which any core hands a vCPU its interrupts. Without posted interrupts in the processor
 * it serves the same way, with an ordinary IPI as the notification.
 *
 * No wake-up is lost. A poster sets the vector's bit, then tests and sets ON, and, if ON was
 * clear, looks at in_guest: set, it sends the notification, clear, it wakes the vCPU's thread. The
 * vCPU, with interrupts off, sets in_guest, has a full barrier, and then looks at ON: set, it
 * clears ON and takes the bits. Both sides write one word and then read the other's with a full
 * barrier in between, so at least one of them sees the other's write:
 * - the poster sees in_guest set: the notification reaches the core after the entry (or keeps
 *   pending until it), where the processor takes the bits itself, or exits;
 * - the vCPU sees ON set: it takes the bits before the entry. A late notification finds nothing.
 * A poster that finds ON set does nothing: whoever set ON does the above, and the taker clears ON
 * before it reads the bits, so it reads this poster's bit, too. A vCPU that is
 * to sleep (after an exit for HLT) has cleared in_guest, has a full barrier, and looks at ON. Set:
 * it takes the bits. Clear: every later poster sees in_guest clear and wakes the thread, which
 * thread_block() does not forget, and the vCPU looks again each time that returns.
 */
#ifndef SLUICE_ARCH_X86_VMX_POSTED_H
#define SLUICE_ARCH_X86_VMX_POSTED_H

#include <stdbool.h>
#include <stdint.h>

#define PID_ON 1u /* outstanding notification */

struct posted_interrupts {
	uint64_t requests[4]; /* PIR: bit n is vector n */
	uint32_t control;     /* bit 0: ON, bit 1: SN */
	uint32_t destination; /* APIC id, for an IOMMU */
	uint64_t reserved[3];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct posted_interrupts) == 64, "posted-interrupt descriptor");

/* Posts vector. True: nobody was notified yet, the caller must. From any core. */
static inline bool posted_set(struct posted_interrupts *posted, uint8_t vector)
{
	__atomic_fetch_or(&posted->requests[vector / 64], 1ull << (vector % 64), __ATOMIC_SEQ_CST);
	return !(__atomic_fetch_or(&posted->control, PID_ON, __ATOMIC_SEQ_CST) & PID_ON);
}

static inline bool posted_outstanding(const struct posted_interrupts *posted)
{
	return *(const volatile uint32_t *)&posted->control & PID_ON;
}

/* Takes all posted vectors out, into taken; only by the owner. False if there was none. */
static inline bool posted_take(struct posted_interrupts *posted, uint64_t taken[4])
{
	uint64_t any = 0;

	if (!posted_outstanding(posted))
		return false;
	__atomic_fetch_and(&posted->control, ~PID_ON, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < 4; i++) {
		taken[i] = __atomic_exchange_n(&posted->requests[i], 0, __ATOMIC_SEQ_CST);
		any |= taken[i];
	}
	return any != 0;
}

#endif
