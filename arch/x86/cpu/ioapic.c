// SPDX-License-Identifier: BSD-2-Clause
/* I/O APICs (82093AA datasheet, section 3: register names and layout). */
#include "arch/x86/cpu/ioapic.h"

#include <stdbool.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/paging.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/memory.h"

#define IOREGSEL            0x00
#define IOWIN               0x10
#define IOAPICVER           0x01
#define IOAPICVER_LAST_PIN  16 /* shift; 8 bits */
#define IOREDTBL_LOW(pin)   (0x10 + 2 * (pin))
#define IOREDTBL_HIGH(pin)  (0x11 + 2 * (pin))
#define REDIRECT_MODE       (7u << 8)
#define REDIRECT_MODE_SMI   (2u << 8)
#define REDIRECT_ACTIVE_LOW (1u << 13)
#define REDIRECT_LEVEL      (1u << 15)
#define REDIRECT_MASKED     (1u << 16)

/* MPS INTI flags of an override (ACPI 5.2.12.5). */
#define INTI_POLARITY_MASK 0x3u
#define INTI_ACTIVE_LOW    0x3u
#define INTI_TRIGGER_MASK  0xcu
#define INTI_LEVEL         0xcu

#define MESSAGE_DESTINATION(address) ((uint32_t)(address) << 12 & 0xff000000)

static volatile uint8_t *registers[ACPI_IOAPICS_MOST];

static uint32_t read(unsigned ioapic, unsigned reg)
{
	mmio_write32(registers[ioapic] + IOREGSEL, reg);
	return mmio_read32(registers[ioapic] + IOWIN);
}

static void write(unsigned ioapic, unsigned reg, uint32_t value)
{
	mmio_write32(registers[ioapic] + IOREGSEL, reg);
	mmio_write32(registers[ioapic] + IOWIN, value);
}

/* 0 where the tables name an I/O APIC that is not there. */
static unsigned pins(unsigned ioapic)
{
	uint32_t version = registers[ioapic] ? read(ioapic, IOAPICVER) : UINT32_MAX;

	return version == UINT32_MAX ? 0 : (version >> IOAPICVER_LAST_PIN & 0xff) + 1;
}

/* The firmware's own: without it, what it does in system management mode stops. */
static bool is_smi(unsigned ioapic, unsigned pin)
{
	return (read(ioapic, IOREDTBL_LOW(pin)) & REDIRECT_MODE) == REDIRECT_MODE_SMI;
}

void ioapic_init(void)
{
	for (unsigned i = 0; i < acpi_info.ioapics; i++) {
		registers[i] = mmio_map(acpi_info.ioapic[i].address, PAGE_BYTES);
		for (unsigned pin = 0; pin < pins(i); pin++) {
			if (is_smi(i, pin))
				log_info("I/O APIC %u: pin %u raises SMIs: left as it is", i, pin);
			else
				write(i, IOREDTBL_LOW(pin), REDIRECT_MASKED);
		}
	}
}

static uint32_t redirection(const struct acpi_isa_irq *irq, uint32_t vector)
{
	uint32_t entry = vector;

	if ((irq->flags & INTI_POLARITY_MASK) == INTI_ACTIVE_LOW)
		entry |= REDIRECT_ACTIVE_LOW;
	if ((irq->flags & INTI_TRIGGER_MASK) == INTI_LEVEL)
		entry |= REDIRECT_LEVEL;
	return entry;
}

int ioapic_route_isa(unsigned irq, const struct interrupt_message *message)
{
	const struct acpi_isa_irq *isa = &acpi_info.isa_irq[irq];

	for (unsigned i = 0; i < acpi_info.ioapics; i++) {
		uint32_t pin = isa->gsi - acpi_info.ioapic[i].gsi_base;

		if (isa->gsi < acpi_info.ioapic[i].gsi_base || pin >= pins(i) || is_smi(i, pin))
			continue;
		write(i, IOREDTBL_HIGH(pin), MESSAGE_DESTINATION(message->address));
		write(i, IOREDTBL_LOW(pin), redirection(isa, message->data));
		return 0;
	}
	return -ENODEV;
}
