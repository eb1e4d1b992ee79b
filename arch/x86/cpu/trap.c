// SPDX-License-Identifier: BSD-2-Clause
/* What happens on exceptions and interrupts. */
#include "arch/x86/cpu/trap.h"

#include <stdbool.h>

#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/machine_check.h"
#include "arch/x86/cpu/nmi.h"
#include "arch/x86/cpu/panic.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/core.h"
#include "kernel/interrupt.h"
#include "kernel/thread.h"

#define EXCEPTIONS 32

static const char *const names[EXCEPTIONS] = {
	[0] = "#DE divide error",
	[1] = "#DB debug",
	[2] = "NMI",
	[3] = "#BP breakpoint",
	[4] = "#OF overflow",
	[5] = "#BR bound range",
	[6] = "#UD invalid opcode",
	[7] = "#NM no math coprocessor",
	[8] = "#DF double fault",
	[10] = "#TS invalid TSS",
	[11] = "#NP segment not present",
	[12] = "#SS stack fault",
	[13] = "#GP general protection",
	[14] = "#PF page fault",
	[16] = "#MF x87 error",
	[17] = "#AC alignment check",
	[18] = "#MC machine check",
	[19] = "#XM SIMD error",
	[20] = "#VE virtualization exception",
	[21] = "#CP control protection",
};

/* The exception's mnemonic and name, for vectors below 32. */
static const char *trap_name(unsigned vector)
{
	return vector < EXCEPTIONS && names[vector] ? names[vector] : "reserved exception";
}

static bool is_probe(const struct trap_frame *frame)
{
	return frame->vector == VECTOR_GP && frame->rip == (uint64_t)msr_probe_read;
}

/* Of this core, the guest on it, or all: none is gone on after, as nothing tells what is corrupt.
 */
static _Noreturn void stop_at_machine_check(const struct trap_frame *frame)
{
	const struct thread *thread = core_this()->current;

	machine_check_record();
	panic_at(frame, "%s, %s", trap_name(VECTOR_MC),
		 thread && thread->name[0] ? thread->name : "idle");
}

void trap_handle(struct trap_frame *frame)
{
	if (frame->vector >= EXCEPTIONS) {
		interrupt_dispatch((uint8_t)frame->vector);
		return;
	}
	if (is_probe(frame)) {
		frame->rip = (uint64_t)msr_probe_fault;
		return;
	}
	if (frame->vector == VECTOR_NMI) {
		nmi_handle(frame);
		return;
	}
	if (frame->vector == VECTOR_MC)
		stop_at_machine_check(frame);
	if (frame->vector == VECTOR_PF)
		panic_at(frame, "%s: address %#lx, error code %#lx", trap_name(VECTOR_PF),
			 cr2_read(), frame->error_code);
	panic_at(frame, "%s: error code %#lx", trap_name((unsigned)frame->vector),
		 frame->error_code);
}
