/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest VMX host: guests that share its address space, descriptors and vectors. */
#ifndef SLUICE_TESTS_SYSTEM_LAB_VMX_H
#define SLUICE_TESTS_SYSTEM_LAB_VMX_H

#include <stdbool.h>
#include <stdint.h>

/* Exit reasons, SDM volume 3 appendix C. */
#define EXIT_EXTERNAL_INTERRUPT 1
#define EXIT_VMCALL             18
#define EXIT_ENTRY_FAILED       0xffff

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
/* Has the exits of the guest go to this code. */
void vmx_set_exit_code(const char *code);
/* Runs the guest until it exits; returns the basic exit reason, or EXIT_ENTRY_FAILED. */
unsigned vmx_run(void);

#endif
