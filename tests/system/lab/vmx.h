/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest VMX host: guests that share its address space, descriptors and vectors. */
#ifndef SLUICE_TESTS_SYSTEM_LAB_VMX_H
#define SLUICE_TESTS_SYSTEM_LAB_VMX_H

#include <stdbool.h>
#include <stdint.h>

/* Exit reasons, SDM volume 3 appendix C. */
#define EXIT_EXTERNAL_INTERRUPT 1
#define EXIT_VMCALL             18
#define EXIT_GUEST_STATE        33
#define EXIT_ENTRY_FAILED       0xffff

/* Interruptibility state and pending debug exceptions, SDM volume 3, 25.4.2. */
#define BLOCKING_BY_STI    1u
#define BLOCKING_BY_MOV_SS 2u
#define PENDING_STEP       (1u << 14)

/* A posted-interrupt descriptor, SDM volume 3, 30.6. */
struct posted_interrupt {
	uint32_t requests[8];
	uint32_t control;
	uint32_t reserved[7];
};

#define POSTED_OUTSTANDING 1u

/* Turns VMX on, once per CPU; false, with a message, where that is impossible. */
bool vmx_start(void);
/*
 * Prepares a guest that starts at code with interrupts off and posted interrupts by pid (64-byte
 * aligned); virtual_interrupt is a vector that is pending from the start, or 0.
 */
void vmx_make_guest(const char *code, struct posted_interrupt *pid, unsigned virtual_interrupt);
/* The guest's first instruction is stepped over (RFLAGS.TF) in this state. */
void vmx_set_stepping(bool stepping, uint64_t interruptibility, uint64_t pending_debug);
/* Has the exits of the guest go to this code. */
void vmx_set_exit_code(const char *code);
/* Runs the guest until it exits; returns the basic exit reason, or EXIT_ENTRY_FAILED. */
unsigned vmx_run(void);

#endif
