/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's I/O APICs, which bring the interrupts of its ISA devices. */
#ifndef SLUICE_ARCH_X86_CPU_IOAPIC_H
#define SLUICE_ARCH_X86_CPU_IOAPIC_H

#include "kernel/interrupt.h"

/* Maps the I/O APICs that acpi_info lists and masks all their pins but those that raise SMIs, which
 * are the firmware's. */
void ioapic_init(void);

/*
 * Lets ISA interrupt irq (0 to 15) raise message, with the polarity and trigger mode that ACPI
 * says. Returns 0, or -ENODEV if no I/O APIC has that pin
 * or it raises SMIs.
 */
int ioapic_route_isa(unsigned irq, const struct interrupt_message *message);

#endif
