// SPDX-License-Identifier: BSD-2-Clause
/*
 * The NMI handler. What the machine's NMI means is told by port 61h (chipset datasheets, "NMI
 * Status and Control Register"): an error, or neither of its two, which is the button. Then this
 * core asks all others, by NMI too, where they are, and holds them until it has said so.
 */
#include "arch/x86/cpu/nmi.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/io.h"
#include "arch/x86/cpu/panic.h"
#include "arch/x86/cpu/trap.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/symbols.h"

#define NMI_STATUS       0x61
#define NMI_STATUS_SERR  0x80
#define NMI_STATUS_IOCHK 0x40
#define NMI_STATUS_NONE  0xff /* nothing answers there */

#define ANSWER_WAIT_US 100000
#define HOLD_MOST_US   10000000
#define POLL_US        10
#define LINE_BYTES     200

/* Where a core is; it answers by clearing asked. */
static struct place {
	bool asked;
	uint64_t rip;
	const char *vm; /* in a guest: its VM, and where it is there; otherwise NULL */
	unsigned vcpu;
	uint64_t guest_rip;
} places[CORES_MOST];

/* Cores that have answered go on when the report is done. */
static bool reporting;

static void hold(void)
{
	for (uint32_t us = 0; us < HOLD_MOST_US && __atomic_load_n(&reporting, __ATOMIC_ACQUIRE);
	     us += POLL_US)
		delay_us(POLL_US);
}

static void ask_others(void)
{
	for (unsigned i = 0; i < core_count; i++) {
		if (&cores[i] == core_this() || !cores[i].online)
			continue;
		__atomic_store_n(&places[i].asked, true, __ATOMIC_RELEASE);
		apic_send_nmi(cores[i].apic_id);
	}
}

static bool all_answered(void)
{
	for (unsigned i = 0; i < core_count; i++)
		if (__atomic_load_n(&places[i].asked, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

static void wait_for_answers(void)
{
	for (uint32_t us = 0; us < ANSWER_WAIT_US && !all_answered(); us += POLL_US)
		delay_us(POLL_US);
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	console_write_nmi(line, format_list(line, sizeof(line), format, arguments));
	va_end(arguments);
}

static void say_place(unsigned core, const struct place *place)
{
	char text[SYMBOL_TEXT_BYTES];

	if (__atomic_load_n(&place->asked, __ATOMIC_ACQUIRE)) {
		say("  core %u: does not answer\r\n", core);
	} else if (place->vm) {
		say("  core %u: in the guest %s, vCPU %u at %lx\r\n", core, place->vm, place->vcpu,
		    place->guest_rip);
	} else {
		symbol_format(text, place->rip);
		say("  core %u: %s\r\n", core, text);
	}
}

static void report(void)
{
	__atomic_store_n(&reporting, true, __ATOMIC_RELEASE);
	ask_others();
	wait_for_answers();
	for (unsigned i = 0; i < core_count; i++)
		say_place(i, &places[i]);
	__atomic_store_n(&reporting, false, __ATOMIC_RELEASE);
}

void cores_report(void)
{
	places[core_this()->id].rip = (uint64_t)__builtin_return_address(0);
	report();
}

void nmi_handle(const struct trap_frame *frame)
{
	struct place *place = &places[core_this()->id];
	uint8_t status;

	if (panic_stop_core())
		return;
	place->rip = frame->rip;
	if (__atomic_load_n(&place->asked, __ATOMIC_ACQUIRE)) {
		__atomic_store_n(&place->asked, false, __ATOMIC_RELEASE);
		hold();
		return;
	}
	status = io_read8(NMI_STATUS);
	if (status != NMI_STATUS_NONE && status & (NMI_STATUS_SERR | NMI_STATUS_IOCHK))
		panic_at(frame, "NMI: %s (port 61h: %#x)",
			 status & NMI_STATUS_SERR ? "the chipset reports a system error, SERR#"
						  : "an I/O check, IOCHK#",
			 status);
	say("\r\nNMI on core %u, port 61h: %#x, which is no error: the cores are at\r\n",
	    core_this()->id, status);
	report();
}

void nmi_handle_of_guest(const char *vm, unsigned vcpu, uint64_t rip)
{
	struct place *place = &places[core_this()->id];

	place->vcpu = vcpu;
	place->guest_rip = rip;
	place->vm = vm;
	__asm__ volatile("int $2" ::: "memory");
	place->vm = NULL;
}
