/* SPDX-License-Identifier: BSD-2-Clause */
/* Power-off and reset registers of the guest's PC (ports.h). */
#ifndef SLUICE_ARCH_X86_PLATFORM_POWER_H
#define SLUICE_ARCH_X86_PLATFORM_POWER_H

#include <stdint.h>

#include "kernel/vm.h"

/*
 * Puts code that resets the VM where PCs have their reset vector, 0xffff0: Linux jumps there to
 * reboot a machine with hardware-reduced ACPI but without EFI. memory is the 16 bytes there.
 */
#define RESET_VECTOR       0xffff0ull
#define RESET_VECTOR_BYTES 16
void power_write_reset_vector(uint8_t *memory);

/* A byte written to PORT_SLEEP_CONTROL: entering S5 stops the VM, other states are refused. */
void power_write_sleep(struct vm *vm, uint8_t value);

/* A byte written to PORT_RESET: stops the VM, to be started again. */
void power_write_reset(struct vm *vm, uint8_t value);

#endif
