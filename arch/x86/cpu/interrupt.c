// SPDX-License-Identifier: BSD-2-Clause
/* Vectors, their handlers, and the dispatch of interrupts. */
#include "kernel/interrupt.h"

#include <stddef.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/core.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/trace.h"

#define DEVICE_VECTORS  (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)
#define MESSAGE_ADDRESS 0xfee00000u
#define MESSAGE_ID_MOST 254 /* what an address holds without interrupt remapping; 255: all */

struct handler {
	void (*run)(void *argument);
	void *argument;
};

/* Protects device_used. Handlers are written before their vector can occur. */
static struct spinlock lock;
static unsigned device_used[CORES_MOST];
static struct handler device_handlers[CORES_MOST][DEVICE_VECTORS];

/* A kick's purpose is the interrupt itself: it ends a sleep, or a guest's run. */
static void kicked(void *argument)
{
	(void)argument;
}

static struct handler common_handlers[256] = {[VECTOR_KICK] = {kicked, NULL}};

void interrupt_set_handler(uint8_t vector, void (*run)(void *argument), void *argument)
{
	common_handlers[vector] = (struct handler){run, argument};
}

int interrupt_alloc(struct core *core, const char *name, void (*run)(void *argument),
		    void *argument, struct interrupt_message *message)
{
	bool interrupts = spin_lock_irq(&lock);
	unsigned index = device_used[core->id];

	if (index == DEVICE_VECTORS || core->apic_id > MESSAGE_ID_MOST) {
		spin_unlock_irq(&lock, interrupts);
		log_error("%s: no interrupt vector: core %u has APIC id %u and %u of %u vectors in "
			  "use",
			  name, core->id, core->apic_id, index, DEVICE_VECTORS);
		return -ENOSPC;
	}
	device_used[core->id]++;
	spin_unlock_irq(&lock, interrupts);
	device_handlers[core->id][index] = (struct handler){run, argument};
	message->address = MESSAGE_ADDRESS | core->apic_id << 12;
	message->data = VECTOR_DEVICE_FIRST + index;
	log_debug("%s: vector %#x on core %u", name, message->data, core->id);
	return 0;
}

static const struct handler *find_handler(const struct core *core, uint8_t vector)
{
	if (vector >= VECTOR_DEVICE_FIRST && vector <= VECTOR_DEVICE_LAST)
		return &device_handlers[core->id][vector - VECTOR_DEVICE_FIRST];
	return &common_handlers[vector];
}

/* 8259s: even masked they can raise a spurious interrupt, which the local APIC does not know. */
static bool needs_eoi(uint8_t vector)
{
	return vector >= VECTOR_DEVICE_FIRST && vector != VECTOR_SPURIOUS;
}

void interrupt_dispatch(uint8_t vector)
{
	struct core *core = core_this();
	const struct handler *handler = find_handler(core, vector);

	core->interrupts[vector]++;
	trace(TRACE_INTERRUPT, vector, 0);
	if (handler->run)
		handler->run(handler->argument);
	else if (needs_eoi(vector) && core->interrupts[vector] == 1)
		log_warning("core %u: interrupt with vector %#x, which nobody has", core->id,
			    vector);
	if (needs_eoi(vector))
		apic_eoi();
}
