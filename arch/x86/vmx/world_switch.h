/* SPDX-License-Identifier: BSD-2-Clause */
/* The way into the guest and back (world_switch.S). */
#ifndef SLUICE_ARCH_X86_VMX_WORLD_SWITCH_H
#define SLUICE_ARCH_X86_VMX_WORLD_SWITCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Enters the guest of the current VMCS with registers (all but RSP, in the order of their
 * encoding), interrupts off. Returns 0 after the exit, 1 or 2 if VMLAUNCH or VMRESUME failed
 * without or with a VM-instruction error.
 */
int world_switch(uint64_t *registers, bool launched);

/* Where exits arrive: the VMCS's HOST_RIP. */
extern const uint8_t world_switch_exit[];

#endif
