// SPDX-License-Identifier: BSD-2-Clause
/* The network card in use: its interrupts, and its start. */
#include "kernel/uplink.h"

#include "drivers/net/ixgbe/ixgbe.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/thread.h"

static struct thread *control;

static void queue_interrupt(void *argument)
{
	thread_wake(argument);
}

static void link_interrupt(void *argument)
{
	ixgbe_link_interrupt(argument);
	thread_wake(control);
}

static int alloc_message(struct core *core, const char *name, void (*handler)(void *argument),
			 void *argument, struct netdev_msi *msi)
{
	struct interrupt_message message;
	int error = interrupt_alloc(core, name, handler, argument, &message);

	if (error) {
		log_error("no interrupt vector left on core %u for %s", core->id, name);
		return error;
	}
	msi->address = message.address;
	msi->data = message.data;
	return 0;
}

int uplink_alloc_link(struct netdev *dev, struct netdev_msi *msi)
{
	control = core_this()->current;
	return alloc_message(control->core, dev->name, link_interrupt, dev, msi);
}

int uplink_start(struct netdev *dev, struct netdev_config *config, struct thread **threads,
		 unsigned count)
{
	int error = uplink_alloc_link(dev, &config->link_msi);

	for (unsigned i = 0; !error && i < config->queue_pairs; i++) {
		struct thread *thread = threads[i % count];

		error = alloc_message(thread->core, dev->name, queue_interrupt, thread,
				      &config->queue_msi[i]);
	}
	return error ? error : dev->ops->start(dev, config);
}
