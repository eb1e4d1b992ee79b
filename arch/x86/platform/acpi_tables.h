/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's ACPI tables (ACPI specification 6.4, chapter 5), hardware-reduced. */
#ifndef SLUICE_ARCH_X86_PLATFORM_ACPI_TABLES_H
#define SLUICE_ARCH_X86_PLATFORM_ACPI_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* Identity of the guest's I/O APIC; its pins are the global system interrupts from 0 on. */
#define GUEST_IOAPIC_ID 0xf

/*
 * Writes RSDP, XSDT, FADT, MADT and DSDT for vcpus processors (APIC ids 0 to vcpus - 1) to memory,
 * bytes long, that the guest sees at guest_address (16-byte aligned). mailbox: guest-physical
 * address of the wake-up mailbox, 0: none. Returns the guest-physical address of the RSDP, or 0 if
 * there is not enough room.
 */
uint64_t guest_acpi_write(uint8_t *memory, size_t bytes, uint64_t guest_address, unsigned vcpus,
			  uint64_t mailbox);

/* The DSDT, compiled from dsdt.asl. */
extern const uint8_t guest_dsdt[];
extern const uint32_t guest_dsdt_bytes;

#endif
