/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports of the guest's PC, for C, assembly and bare-metal guests. */
#ifndef SLUICE_ARCH_X86_PLATFORM_PORTS_H
#define SLUICE_ARCH_X86_PLATFORM_PORTS_H

/* Serial port COM1: eight byte-wide registers of a 16550A, I/O APIC pin 4. */
#define PORT_COM1       0x3f8
#define PORT_COM1_COUNT 8
#define COM1_IRQ        4

/* Sleep control and status registers (ACPI 6.4, section 4.8.3.7), one byte each. */
#define PORT_SLEEP_CONTROL 0x600
#define PORT_SLEEP_STATUS  0x601
#define SLEEP_TYPE_SHIFT   2
#define SLEEP_TYPE_MASK    0x1c
#define SLEEP_ENABLE       0x20
#define SLEEP_TYPE_S5      5
/* The byte that, written to PORT_SLEEP_CONTROL, powers the VM off. */
#define SLEEP_POWER_OFF ((SLEEP_TYPE_S5 << SLEEP_TYPE_SHIFT) | SLEEP_ENABLE)

/* PCI configuration mechanism 1. */
#define PORT_PCI_ADDRESS 0xcf8
#define PORT_PCI_DATA    0xcfc

/* Reset control register: a byte with RESET_CPU set restarts the VM. */
#define PORT_RESET  0xcf9
#define RESET_CPU   0x04
#define RESET_VALUE 0x06

/* Real-time clock; bit 7 of the index is the NMI mask. */
#define PORT_CMOS_INDEX 0x70
#define PORT_CMOS_DATA  0x71
#define PORT_CMOS_COUNT 2
#define CMOS_INDEX_MASK 0x7f

#endif
