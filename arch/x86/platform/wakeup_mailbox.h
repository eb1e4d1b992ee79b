/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The multiprocessor wake-up mailbox (ACPI specification 6.4, section 5.2.12.19): how an operating
 * system starts further processors in 64-bit mode, where they cannot start in real mode.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_WAKEUP_MAILBOX_H
#define SLUICE_ARCH_X86_PLATFORM_WAKEUP_MAILBOX_H

#include "arch/x86/vmx/vcpu.h"
#include "kernel/spinlock.h"

#define WAKEUP_MAILBOX_BYTES 4096u

struct wakeup_mailbox {
	struct spinlock lock;
	uint16_t command;
	uint32_t apic_id;
	uint64_t wakeup_vector;
};

/*
 * Access of bytes (1 to 8) at offset in the mailbox. It has its fields at their own sizes; other
 * accesses read 0 and write nothing. The command 1 wakes the vCPU up and is 0 again at once; one
 * for no other vCPU than the writer, sender, does nothing. From any core of the VM.
 */
uint64_t wakeup_mailbox_read(struct wakeup_mailbox *mailbox, unsigned offset, unsigned bytes);
void wakeup_mailbox_write(struct wakeup_mailbox *mailbox, struct vcpu *sender, unsigned offset,
			  unsigned bytes, uint64_t value);

#endif
