/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: stopping all cores and telling why. */
#ifndef SLUICE_ARCH_X86_CPU_PANIC_H
#define SLUICE_ARCH_X86_CPU_PANIC_H

#include <stdbool.h>

#include "arch/x86/cpu/trap.h"

/* panic() with the registers of frame. */
_Noreturn void panic_at(const struct trap_frame *frame, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Halts this core, interrupts off. */
_Noreturn void halt_for_ever(void);

/*
 * Called on an NMI: stops this core if another one panics. Returns whether this one does: then the
 * NMI came in the middle of its report, and is to be left at that.
 */
bool panic_stop_core(void);

#endif
