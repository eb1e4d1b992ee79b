/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt messages between local APICs and from devices: what they say and whom they reach. */
#ifndef SLUICE_ARCH_X86_VMX_MESSAGE_H
#define SLUICE_ARCH_X86_VMX_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/vmx/lapic.h"
#include "kernel/vm.h"

/* Delivery modes of MSI data and ICR, bits 10:8. */
enum message_mode {
	MESSAGE_FIXED = 0,
	MESSAGE_LOWEST_PRIORITY = 1,
	MESSAGE_SMI = 2,
	MESSAGE_NMI = 4,
	MESSAGE_INIT = 5,
	MESSAGE_STARTUP = 6,
	MESSAGE_EXTINT = 7
};

enum message_shorthand {
	MESSAGE_TO_DESTINATION,
	MESSAGE_TO_SELF,
	MESSAGE_TO_ALL,
	MESSAGE_TO_OTHERS
};

struct message {
	enum vm_sender sender;
	enum message_mode mode;
	enum message_shorthand shorthand;
	uint32_t destination;
	uint8_t vector;
	bool logical;
	bool level;     /* level-triggered */
	bool deassert;  /* INIT level de-assert: has no effect on processors with an xAPIC */
	bool broadcast; /* destination means every local APIC */
};

/*
 * A write of data to address, as a device does it (SDM "Message Signalled Interrupts"); the sender
 * is left to the caller.
 * Returns false if address is not one of the local APICs' or the delivery mode is reserved.
 */
bool message_from_msi(struct message *message, uint64_t address, uint32_t data);

/* The interrupt command register; x2apic tells the layout of the destination. */
bool message_from_icr(struct message *message, uint64_t icr, bool x2apic);

/* True if message, sent by sender (NULL: a device), is for lapic. */
bool message_reaches(const struct message *message, const struct lapic *lapic,
		     const struct lapic *sender);

#endif
