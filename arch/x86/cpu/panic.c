// SPDX-License-Identifier: BSD-2-Clause
/* Stopping all cores, and the report on why. */
#include "arch/x86/cpu/panic.h"

#include <stdarg.h>
#include <stdbool.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/machine_check.h"
#include "arch/x86/cpu/paging.h"
#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/format.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/symbols.h"

#define FRAMES_MOST      24
#define STACK_SPAN       65536
#define TAIL_LINES       20
#define STOP_WAIT_LOOPS  100000
#define PANIC_TEXT_BYTES 700

/* Core that panics, plus 1. */
static uint32_t panicking;
static uint32_t stopped_cores;

_Noreturn void halt_for_ever(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

static void stop_other_cores(void)
{
	uint32_t others = 0;

	for (unsigned i = 0; i < core_count; i++) {
		if (&cores[i] == core_this() || !cores[i].online)
			continue;
		apic_send_nmi(cores[i].apic_id);
		others++;
	}
	for (unsigned i = 0; i < STOP_WAIT_LOOPS; i++) {
		if (__atomic_load_n(&stopped_cores, __ATOMIC_ACQUIRE) == others)
			return;
		cpu_relax();
	}
	console_printf("only %u of %u other cores stopped\n", stopped_cores, others);
}

static void print_registers(const struct trap_frame *f)
{
	console_printf("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx,
		       f->rdx);
	console_printf("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", f->rsi, f->rdi, f->rbp,
		       f->rsp);
	console_printf("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", f->r8, f->r9, f->r10,
		       f->r11);
	console_printf("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", f->r12, f->r13, f->r14,
		       f->r15);
	console_printf("rip %016lx cs %04lx ss %04lx rflags %08lx\n", f->rip, f->cs, f->ss,
		       f->rflags);
	console_printf("cr0 %08lx cr2 %016lx cr3 %08lx cr4 %08lx\n", cr0_read(), cr2_read(),
		       cr3_read(), cr4_read());
}

static void print_place(uint64_t address)
{
	char text[SYMBOL_TEXT_BYTES];

	symbol_format(text, address);
	console_printf("  %s\n", text);
}

/* Follows the frame pointers upwards as long as they stay plausible and mapped. */
static void print_backtrace(const struct trap_frame *frame)
{
	uint64_t rbp = frame->rbp;
	uint64_t end = rbp + STACK_SPAN;

	console_printf("backtrace:\n");
	print_place(frame->rip);
	for (unsigned i = 0; i < FRAMES_MOST; i++) {
		const uint64_t *at = (const uint64_t *)rbp;

		if (rbp % 8 || rbp >= end || !paging_is_mapped(rbp) || !paging_is_mapped(rbp + 15))
			break;
		if (!at[1])
			break;
		print_place(at[1]);
		if (at[0] <= rbp)
			break;
		rbp = at[0];
	}
}

static _Noreturn void report(const struct trap_frame *frame, const char *text)
{
	uint32_t nobody = 0;

	irq_disable();
	if (!__atomic_compare_exchange_n(&panicking, &nobody, core_this()->id + 1, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		/* Another core was first, or the report itself failed. */
		if (nobody == core_this()->id + 1)
			console_printf("\npanic within panic: %s at %lx\n", text, frame->rip);
		halt_for_ever();
	}
	stop_other_cores();
	log_break_lock();
	console_break_lock();
	console_printf("\nlog before the panic:\n");
	log_visit_tail(console_write, TAIL_LINES);
	console_printf("\nPANIC on core %u: %s\n", core_this()->id, text);
	machine_check_print();
	print_registers(frame);
	print_backtrace(frame);
	console_printf("halted\n");
	console_flush();
	halt_for_ever();
}

_Noreturn void panic_at(const struct trap_frame *frame, const char *format, ...)
{
	char text[PANIC_TEXT_BYTES];
	va_list arguments;

	va_start(arguments, format);
	format_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	report(frame, text);
}

_Noreturn void panic(const char *format, ...)
{
	struct trap_frame frame;
	char text[PANIC_TEXT_BYTES];
	va_list arguments;

	trap_capture(&frame);
	va_start(arguments, format);
	format_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	report(&frame, text);
}

bool panic_stop_core(void)
{
	uint32_t who = __atomic_load_n(&panicking, __ATOMIC_ACQUIRE);

	if (!who || who == core_this()->id + 1)
		return who;
	machine_check_record();
	__atomic_add_fetch(&stopped_cores, 1, __ATOMIC_RELEASE);
	halt_for_ever();
}

_Noreturn void boot_refuse(const char *format, ...)
{
	char text[PANIC_TEXT_BYTES];
	va_list arguments;

	va_start(arguments, format);
	format_list(text, sizeof(text), format, arguments);
	va_end(arguments);
	console_printf("sluice: cannot start: %s\n", text);
	console_flush();
	halt_for_ever();
}
