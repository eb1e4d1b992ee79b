// SPDX-License-Identifier: BSD-2-Clause
/*
 * MSI-X of a guest's PCI function.
 *
 * A backend thread posts interrupts while vCPUs on other cores change the table. It takes no
 * lock: what it needs of a vector is one word, the route, which is 0 while the vector is masked
 * for any reason. The poster and the unmasking writer run
 *
 *	poster                              writer (under the lock)
 *	P1 read route: 0                    W1 write route
 *	P2 set the pending bit              W2 take the pending bit; if it was set, deliver
 *	P3 read route again; if not 0,
 *	   take the pending bit; if it was
 *	   set, deliver
 *
 * All are sequentially consistent. Not lost: either P2 comes before W2 in the one order of all,
 * and W2 (or P3, or an earlier taker) finds the bit; or W2 comes before P2, then W1 comes before
 * P3, which sees the route and takes the bit, unless the vector has been masked again, which
 * leaves the bit for the next unmasking. Not doubled: taking is an atomic fetch-and-clear.
 *
 * A post that read the route just before a mask may be delivered just after it, like a message
 * that was already on a real bus.
 */
#include "arch/x86/platform/msix.h"

#include "kernel/string.h"

#define ENTRY_MASKED 1u

/*
 * A route: bit 63 set, bits 51:34 the address's bits 19:2, bits 31:0 the data. Interrupt messages
 * go to 0xfeexxxxx (SDM volume 3, "Message Address Register Format"); writes elsewhere are none.
 */
#define ROUTE_VALID   (1ull << 63)
#define ROUTE_ADDRESS 32
#define MESSAGE_BASE  0xfee00000ull
#define MESSAGE_BITS  0x000ffffcull

void vpci_msix_init(struct vpci_msix *msix, struct vm *vm, unsigned vectors)
{
	memset(msix, 0, sizeof(*msix));
	msix->vm = vm;
	msix->vectors = vectors;
	for (unsigned i = 0; i < vectors; i++)
		msix->entry[i].control = ENTRY_MASKED;
}

static uint64_t route_of(const struct vpci_msix *msix, const struct msix_entry *entry)
{
	if (!msix->enabled || entry->control & ENTRY_MASKED)
		return 0;
	if ((entry->address & ~MESSAGE_BITS) != MESSAGE_BASE)
		return 0;
	return ROUTE_VALID | (entry->address & MESSAGE_BITS) << ROUTE_ADDRESS | entry->data;
}

static void deliver(struct vpci_msix *msix, uint64_t route)
{
	vm_post_message(msix->vm, SENDER_PCI,
			MESSAGE_BASE | (route >> ROUTE_ADDRESS & MESSAGE_BITS), (uint32_t)route);
}

static void deliver_pending(struct vpci_msix *msix, unsigned vector, uint64_t route)
{
	uint32_t bit = 1u << vector;

	if (__atomic_fetch_and(&msix->pending, ~bit, __ATOMIC_SEQ_CST) & bit)
		deliver(msix, route);
}

void vpci_msix_post(struct vpci_msix *msix, unsigned vector)
{
	uint64_t route;

	if (vector >= msix->vectors)
		return;
	route = __atomic_load_n(&msix->route[vector], __ATOMIC_SEQ_CST);
	if (route) {
		deliver(msix, route);
		return;
	}
	__atomic_fetch_or(&msix->pending, 1u << vector, __ATOMIC_SEQ_CST);
	route = __atomic_load_n(&msix->route[vector], __ATOMIC_SEQ_CST);
	if (route)
		deliver_pending(msix, vector, route);
}

/* Called with the lock held. */
static void update_route(struct vpci_msix *msix, unsigned vector)
{
	uint64_t route = route_of(msix, &msix->entry[vector]);

	__atomic_store_n(&msix->route[vector], route, __ATOMIC_SEQ_CST);
	if (route)
		deliver_pending(msix, vector, route);
}

void vpci_msix_enable(struct vpci_msix *msix, bool enabled)
{
	bool interrupts = spin_lock_irq(&msix->lock);

	if (msix->enabled != enabled) {
		msix->enabled = enabled;
		for (unsigned i = 0; i < msix->vectors; i++)
			update_route(msix, i);
	}
	spin_unlock_irq(&msix->lock, interrupts);
}

static bool access_is_valid(uint32_t offset, unsigned bytes, uint32_t limit)
{
	return (bytes == 4 || bytes == 8) && offset % bytes == 0 && offset < limit;
}

uint64_t vpci_msix_table_read(struct vpci_msix *msix, uint32_t offset, unsigned bytes)
{
	uint64_t value = 0;
	bool interrupts;

	if (!access_is_valid(offset, bytes, msix->vectors * MSIX_ENTRY_BYTES))
		return 0;
	interrupts = spin_lock_irq(&msix->lock);
	memcpy(&value, (uint8_t *)msix->entry + offset, bytes);
	spin_unlock_irq(&msix->lock, interrupts);
	return value;
}

void vpci_msix_table_write(struct vpci_msix *msix, uint32_t offset, unsigned bytes, uint64_t value)
{
	unsigned vector = offset / MSIX_ENTRY_BYTES;
	bool interrupts;

	if (!access_is_valid(offset, bytes, msix->vectors * MSIX_ENTRY_BYTES))
		return;
	interrupts = spin_lock_irq(&msix->lock);
	memcpy((uint8_t *)msix->entry + offset, &value, bytes);
	msix->entry[vector].address &= ~3ull;
	msix->entry[vector].control &= ENTRY_MASKED;
	update_route(msix, vector);
	spin_unlock_irq(&msix->lock, interrupts);
}

uint64_t vpci_msix_pending_read(struct vpci_msix *msix, uint32_t offset, unsigned bytes)
{
	uint64_t pending = __atomic_load_n(&msix->pending, __ATOMIC_SEQ_CST);

	return access_is_valid(offset, bytes, 8) ? pending >> 8 * offset : 0;
}
