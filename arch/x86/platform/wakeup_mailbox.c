/* SPDX-License-Identifier: BSD-2-Clause */
/* The wake-up mailbox: three fields, and what the command does. */
#include "arch/x86/platform/wakeup_mailbox.h"

#define COMMAND_OFFSET 0
#define APIC_ID_OFFSET 4
#define VECTOR_OFFSET  8

#define COMMAND_WAKE_UP 1

uint64_t wakeup_mailbox_read(struct wakeup_mailbox *mailbox, unsigned offset, unsigned bytes)
{
	bool interrupts = spin_lock_irq(&mailbox->lock);
	uint64_t value = 0;

	if (offset == COMMAND_OFFSET && bytes <= sizeof(mailbox->command))
		value = mailbox->command;
	else if (offset == APIC_ID_OFFSET && bytes == sizeof(mailbox->apic_id))
		value = mailbox->apic_id;
	else if (offset == VECTOR_OFFSET && bytes == sizeof(mailbox->wakeup_vector))
		value = mailbox->wakeup_vector;
	spin_unlock_irq(&mailbox->lock, interrupts);
	return value;
}

static void wake_up(const struct wakeup_mailbox *mailbox, const struct vcpu *sender)
{
	struct vm *vm = sender->vm;
	uint32_t id = mailbox->apic_id;

	if (mailbox->wakeup_vector >> 32)
		vm_stop(vm, false,
			"vCPU %u is to wake up at 0x%llx, expected an address below 4 GB", id,
			(unsigned long long)mailbox->wakeup_vector);
	else if (id < vm->vcpus && id != sender->id)
		vcpu_wake_up(&vm->vcpu[id], mailbox->wakeup_vector);
}

void wakeup_mailbox_write(struct wakeup_mailbox *mailbox, struct vcpu *sender, unsigned offset,
			  unsigned bytes, uint64_t value)
{
	bool interrupts = spin_lock_irq(&mailbox->lock);

	if (offset == COMMAND_OFFSET && bytes == sizeof(mailbox->command)) {
		mailbox->command = value == COMMAND_WAKE_UP ? 0 : (uint16_t)value;
		if (value == COMMAND_WAKE_UP)
			wake_up(mailbox, sender);
	} else if (offset == APIC_ID_OFFSET && bytes == sizeof(mailbox->apic_id)) {
		mailbox->apic_id = (uint32_t)value;
	} else if (offset == VECTOR_OFFSET && bytes == sizeof(mailbox->wakeup_vector)) {
		mailbox->wakeup_vector = value;
	}
	spin_unlock_irq(&mailbox->lock, interrupts);
}
