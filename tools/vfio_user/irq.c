/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts as the client has set them up: an eventfd for each, and its mask. */
#include "tools/vfio_user/irq.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/vfio_user/channel.h"

/* How many interrupts there are of a type; 0 for types there are none of. */
static unsigned get_count(uint32_t type)
{
	switch (type) {
	case VFU_INTX:
	case VFU_MSI:
		return 1;
	case VFU_MSIX:
		return VFU_VECTORS;
	default:
		return 0;
	}
}

struct vfu_irq_info vfu_irqs_info(uint32_t type)
{
	struct vfu_irq_info info = {.argsz = sizeof(info), .index = type, .count = get_count(type)};

	if (info.count)
		info.flags = VFU_IRQ_EVENTFD | VFU_IRQ_MASKABLE;
	if (type == VFU_INTX)
		info.flags |= VFU_IRQ_AUTOMASKED;
	return info;
}

void vfu_irqs_init(struct vfu_irqs *irqs)
{
	for (unsigned type = 0; type <= VFU_MSIX; type++) {
		for (unsigned n = 0; n < VFU_VECTORS; n++)
			irqs->irq[type][n] = (struct vfu_irq){.eventfd = -1};
	}
	irqs->line = false;
	irqs->unmask = -1;
}

static void drop_eventfd(int *eventfd)
{
	if (*eventfd >= 0)
		close(*eventfd);
	*eventfd = -1;
}

static void clear_type(struct vfu_irqs *irqs, unsigned type)
{
	for (unsigned n = 0; n < VFU_VECTORS; n++) {
		drop_eventfd(&irqs->irq[type][n].eventfd);
		irqs->irq[type][n].masked = false;
	}
	if (type == VFU_INTX)
		drop_eventfd(&irqs->unmask);
}

void vfu_irqs_clear(struct vfu_irqs *irqs)
{
	for (unsigned type = 0; type <= VFU_MSIX; type++)
		clear_type(irqs, type);
}

static const char *check_eventfds(const struct vfu_irq_set *set, const int *fds, unsigned nfds)
{
	if (!(set->flags & VFU_IRQ_ACTION_TRIGGER) &&
	    !(set->flags & VFU_IRQ_ACTION_UNMASK && set->index == VFU_INTX))
		return "eventfds for TRIGGER, or for UNMASK with INTx";
	if (nfds && nfds != set->count)
		return "an eventfd for each interrupt, or none at all";
	for (unsigned i = 0; i < nfds; i++) {
		const int flags = fcntl(fds[i], F_GETFL);

		if (!vfu_is_eventfd(fds[i]) || flags < 0 ||
		    fcntl(fds[i], F_SETFL, flags | O_NONBLOCK) < 0)
			return "eventfds";
	}
	return NULL;
}

/* What was expected; NULL: the request is a good one. */
static const char *check_set(const struct vfu_irq_set *set, size_t len, const int *fds,
			     unsigned nfds)
{
	const uint32_t data = set->flags & VFU_IRQ_DATA, action = set->flags & VFU_IRQ_ACTION;
	const unsigned count = get_count(set->index);
	const size_t bools = data == VFU_IRQ_DATA_BOOL ? set->count : 0;

	if (set->flags & ~(VFU_IRQ_DATA | VFU_IRQ_ACTION) || __builtin_popcount(data) != 1 ||
	    __builtin_popcount(action) != 1)
		return "one DATA and one ACTION flag";
	if (set->index >= VFU_IRQ_TYPES)
		return "an index from 0 to 4";
	if (set->start > count || set->count > count - set->start)
		return "interrupts that there are";
	if (!set->count &&
	    (data != VFU_IRQ_DATA_NONE || action != VFU_IRQ_ACTION_TRIGGER || set->start))
		return "a count of 0 with NONE, TRIGGER and start 0 only";
	if (len != sizeof(*set) + bools || set->argsz != len)
		return "argsz to be the payload's size, with one byte for each interrupt if BOOL";
	if (data == VFU_IRQ_DATA_EVENTFD)
		return check_eventfds(set, fds, nfds);
	return nfds ? "no file descriptors without EVENTFD" : NULL;
}

bool vfu_irqs_open(const struct vfu_irqs *irqs, enum vfu_irq_type type, unsigned n)
{
	return irqs->irq[type][n].eventfd >= 0 && !irqs->irq[type][n].masked;
}

/* A full counter is an interrupt told already. */
void vfu_irqs_fire(const struct vfu_irqs *irqs, enum vfu_irq_type type, unsigned n)
{
	const uint64_t one = 1;
	ssize_t written;

	if (irqs->irq[type][n].eventfd < 0)
		return;
	do
		written = write(irqs->irq[type][n].eventfd, &one, sizeof(one));
	while (written < 0 && errno == EINTR);
}

/* A level: told once, until the client has lifted the mask. */
static void tell_line(struct vfu_irqs *irqs)
{
	if (!irqs->line || !vfu_irqs_open(irqs, VFU_INTX, 0))
		return;
	irqs->irq[VFU_INTX][0].masked = true;
	vfu_irqs_fire(irqs, VFU_INTX, 0);
}

void vfu_irqs_set_line(struct vfu_irqs *irqs, bool asserted)
{
	irqs->line = asserted;
	tell_line(irqs);
}

void vfu_irqs_unmask_told(struct vfu_irqs *irqs)
{
	uint64_t told;

	if (irqs->unmask < 0 || read(irqs->unmask, &told, sizeof(told)) != sizeof(told))
		return;
	irqs->irq[VFU_INTX][0].masked = false;
	tell_line(irqs);
}

static void set_unmask(struct vfu_irqs *irqs, int *fds, unsigned nfds)
{
	drop_eventfd(&irqs->unmask);
	if (!nfds)
		return;
	irqs->unmask = fds[0];
	fds[0] = -1;
}

static void set_eventfds(struct vfu_irqs *irqs, const struct vfu_irq_set *set, int *fds,
			 unsigned nfds)
{
	for (unsigned i = 0; i < set->count; i++) {
		struct vfu_irq *irq = &irqs->irq[set->index][set->start + i];

		drop_eventfd(&irq->eventfd);
		if (!nfds)
			continue;
		irq->eventfd = fds[i];
		fds[i] = -1;
	}
}

int vfu_irqs_set(struct vfu_irqs *irqs, const struct vfu_irq_set *set, const uint8_t *bools,
		 size_t len, int *fds, unsigned nfds, char *why, size_t why_len)
{
	const char *expected = check_set(set, len, fds, nfds);

	if (expected) {
		snprintf(why, why_len,
			 "flags 0x%x, index %u, start %u, count %u, %u fds: expected %s",
			 set->flags, set->index, set->start, set->count, nfds, expected);
		return -EINVAL;
	}
	if (!set->count && set->index <= VFU_MSIX)
		clear_type(irqs, set->index);
	if (set->flags & VFU_IRQ_DATA_EVENTFD) {
		if (set->flags & VFU_IRQ_ACTION_TRIGGER)
			set_eventfds(irqs, set, fds, nfds);
		else
			set_unmask(irqs, fds, nfds);
		tell_line(irqs);
		return 0;
	}
	for (unsigned i = 0; i < set->count; i++) {
		if (set->flags & VFU_IRQ_DATA_BOOL && !bools[i])
			continue;
		if (set->flags & VFU_IRQ_ACTION_TRIGGER)
			vfu_irqs_fire(irqs, set->index, set->start + i);
		else
			irqs->irq[set->index][set->start + i].masked =
				set->flags & VFU_IRQ_ACTION_MASK;
	}
	tell_line(irqs);
	return 0;
}
