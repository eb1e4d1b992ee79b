/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PC that a guest sees: memory map, ACPI tables, serial port, I/O APIC, PCI with MSI-X. The
 * local APICs are part of the vCPU (arch/x86/vmx). All functions run on a core of the VM's
 * vCPUs and may be called by several vCPUs at once.
 */
#ifndef SLUICE_ARCH_X86_PLATFORM_PLATFORM_H
#define SLUICE_ARCH_X86_PLATFORM_PLATFORM_H

#include "arch/x86/vmx/vcpu.h"

/* Guest-physical map, between the two parts of RAM (kernel/vm_arch.h). */
#define PLATFORM_PCI_START 0xd0000000ull
#define PLATFORM_PCI_BYTES 0x10000000ull
#define PLATFORM_IOAPIC    0xfec00000ull
#define PLATFORM_MAILBOX   0xfec10000ull /* wakeup_mailbox.h */
#define PLATFORM_LAPIC     0xfee00000ull

/*
 * Makes the VM's devices and loads ACPI tables, kernel, initrd and command line into its memory
 * (regions exist already and are zero). Fills start for vCPU 0. With further, the other vCPUs are
 * started by the wake-up mailbox and not by start-up IPIs; fills it for them, but for RIP. On
 * failure returns a negative errno after logging what was wrong with what; either way
 * platform_destroy() must follow.
 */
int platform_create(struct vm *vm, struct vcpu_start *start, struct vcpu_start *further);

/*
 * Stops and frees the devices; no vCPU of the VM runs any more. Returns 0, or -EBUSY while the
 * card or a backend still holds guest memory (logged): the VM's memory must stay, and the call be
 * repeated later. May yield. Also undoes a failed platform_create(); otherwise, without a platform,
 * does nothing.
 */
int platform_destroy(struct vm *vm);

/*
 * Port access of 1, 2 or 4 bytes. Reads of absent devices give all ones, writes are ignored.
 * The value is in the low bits.
 */
uint32_t platform_io_read(struct vcpu *vcpu, uint16_t port, unsigned bytes);
void platform_io_write(struct vcpu *vcpu, uint16_t port, unsigned bytes, uint32_t value);

/*
 * Handles an access to guest-physical address `address` that hit no memory (EPT violation), by
 * decoding the instruction at RIP, and skips it. Reads of absent devices give all ones, and writes
 * to absent devices in the PCI window are dropped; other writes to no device, and instructions we
 * do not know, stop the VM with a reason. is_write as in the exit qualification. May yield.
 */
void platform_mmio_exit(struct vcpu *vcpu, uint64_t address, bool is_write);

/*
 * The same for an access to the local APIC page (APIC-access exit, or EPT violation where it is
 * not virtualized): decodes the instruction and calls lapic_mmio_read() or lapic_mmio_write()
 * of arch/x86/vmx/lapic.h with the offset in the page.
 */
void platform_lapic_exit(struct vcpu *vcpu, uint32_t offset, bool is_write);

/* An EOI for a level-triggered vector of the I/O APIC. */
void platform_eoi(struct vm *vm, uint8_t vector);

/*
 * A character typed on the host's console for the VM that owns it; from any core. While the VM
 * has no platform it is dropped.
 */
void platform_console_input(struct vm *vm, uint8_t character);

#endif
