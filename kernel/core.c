// SPDX-License-Identifier: BSD-2-Clause
/* Cores and their time accounts. */
#include "kernel/core.h"

#include "kernel/spinlock.h"

struct core cores[CORES_MOST];
unsigned core_count;

void core_account_start(void)
{
	struct core *core = core_this();

	core->account = ACCOUNT_OTHER;
	core->account_since = ticks_now();
}

enum core_account core_account_switch(enum core_account account)
{
	bool interrupts = irq_save();
	struct core *core = core_this();
	enum core_account before = core->account;
	uint64_t now = ticks_now();

	core->ticks[before] += now - core->account_since;
	core->account_since = now;
	core->account = account;
	irq_restore(interrupts);
	return before;
}

uint64_t core_account_ticks(const struct core *core, enum core_account account)
{
	uint64_t since = READ_ONCE(core->account_since);
	uint64_t ticks = READ_ONCE(core->ticks[account]);

	if (READ_ONCE(core->account) == account && since)
		ticks += ticks_now() - since;
	return ticks;
}
