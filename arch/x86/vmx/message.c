/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding of interrupt messages (SDM volume 3, "Issuing Interprocessor Interrupts", "MSI"). */
#include "arch/x86/vmx/message.h"

#define MSI_ADDRESS_BASE 0xfee00000ull
#define DFR_FLAT         0xfu

bool message_from_msi(struct message *message, uint64_t address, uint32_t data)
{
	if ((address & ~0xfffffull) != MSI_ADDRESS_BASE)
		return false;
	*message = (struct message){
		.mode = data >> 8 & 7,
		.destination = address >> 12 & 0xff,
		.vector = (uint8_t)data,
		.logical = address >> 2 & 1,
		.level = data >> 15 & 1,
	};
	message->broadcast = message->destination == 0xff;
	return message->mode != 3;
}

bool message_from_icr(struct message *message, uint64_t icr, bool x2apic)
{
	*message = (struct message){
		.sender = SENDER_CPU,
		.mode = icr >> 8 & 7,
		.shorthand = icr >> 18 & 3,
		.destination = (uint32_t)(x2apic ? icr >> 32 : icr >> 56),
		.vector = (uint8_t)icr,
		.logical = icr >> 11 & 1,
	};
	message->broadcast = message->destination == (x2apic ? 0xffffffff : 0xff);
	/* Only INIT knows level and trigger bits; the bus has no level-triggered IPIs. */
	message->deassert = message->mode == MESSAGE_INIT && !(icr >> 14 & 1) && (icr >> 15 & 1);
	return message->mode != 3 && message->mode != MESSAGE_EXTINT;
}

/* Cluster (id / 16) in the high half, bit of the id in the low half. */
static bool matches_logical_x2apic(uint32_t destination, uint32_t id)
{
	return destination >> 16 == id >> 4 && (destination & 1u << (id & 15));
}

static bool matches_logical_xapic(uint32_t destination, const struct lapic *lapic)
{
	uint32_t ldr = lapic_get(lapic, APIC_LDR) >> 24;

	if (lapic_get(lapic, APIC_DFR) >> 28 == DFR_FLAT)
		return destination & ldr & 0xff;
	return (destination >> 4 & 0xf) == ldr >> 4 && (destination & ldr & 0xf);
}

static bool matches_destination(const struct message *message, const struct lapic *lapic)
{
	if (message->broadcast)
		return true;
	if (!message->logical)
		return message->destination == lapic->id;
	if (lapic_is_x2apic(lapic))
		return matches_logical_x2apic(message->destination, lapic->id);
	return matches_logical_xapic(message->destination, lapic);
}

bool message_reaches(const struct message *message, const struct lapic *lapic,
		     const struct lapic *sender)
{
	switch (message->shorthand) {
	case MESSAGE_TO_SELF:
		return lapic == sender;
	case MESSAGE_TO_ALL:
		return true;
	case MESSAGE_TO_OTHERS:
		return lapic != sender;
	default:
		return matches_destination(message, lapic);
	}
}
