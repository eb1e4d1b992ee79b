/* SPDX-License-Identifier: BSD-2-Clause */
/* What kernel/vm.c needs of the processor's virtualization (arch/x86/vmx). */
#ifndef SLUICE_KERNEL_VM_ARCH_H
#define SLUICE_KERNEL_VM_ARCH_H

#include <stdint.h>

#include "kernel/vm.h"

/* Guest memory lies at 0 up to VM_RAM_LOW_MOST, the rest from VM_RAM_HIGH on. */
#define VM_RAM_LOW_MOST 0xc0000000ull
#define VM_RAM_HIGH     0x100000000ull

/*
 * Makes nested page tables, vCPUs and the emulated platform of a VM whose memory regions exist
 * and are zero. Returns 0, or a negative errno after logging what was wrong; either way
 * vm_arch_destroy() must follow before the memory is freed.
 */
int vm_arch_create(struct vm *vm);

/*
 * Undoes it, also half done; no vCPU of the VM runs any more. Returns 0, or -EBUSY while the card
 * or a backend may still use the VM's memory, which must stay: repeat the call later. May yield.
 */
int vm_arch_destroy(struct vm *vm);

/* Runs vcpu in the calling thread, on its core, until the VM is to stop. */
void vcpu_arch_run(struct vcpu *vcpu);

/* A character typed on the host's console, for the VM's serial port. From any core. */
void vm_arch_console_input(struct vm *vm, uint8_t character);

#endif
