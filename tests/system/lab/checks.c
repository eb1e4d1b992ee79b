/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's test kernel: one check for each cure of the emulator, named as the cure. */

#include "tests/system/lab/kernel.h"
#include "tests/system/lab/scenes.h"
#include "tests/system/lab/vmx.h"

#define TURNS                  1000000u
#define MULTIBOOT_CMDLINE_FLAG (1u << 2)

void main(const struct multiboot_info *info);

static volatile bool stop_work;
static volatile unsigned stray_interrupts;
static char source[65536], target[65536];
/* Aligned as hardware asks, not as a page. */
static struct {
	char before[192];
	struct posted_interrupt pid;
} descriptor __attribute__((aligned(4096)));

static void wake(struct frame *frame)
{
	(void)frame;
	guest_interrupts++;
}

static void wait_for_guest(void)
{
	uint64_t end = read_tsc() + 100000;

	while (read_tsc() < end)
		__asm__ volatile("pause");
}

/* Posts GUEST_VECTOR to the guest on the first CPU. */
static void post_interrupt(void)
{
	wait_for_guest();
	__atomic_or_fetch(&descriptor.pid.requests[GUEST_VECTOR / 32], 1u << GUEST_VECTOR % 32,
			  __ATOMIC_SEQ_CST);
	__atomic_or_fetch(&descriptor.pid.control, POSTED_OUTSTANDING, __ATOMIC_SEQ_CST);
	apic_send(0, NOTIFY_VECTOR);
}

/* A posted interrupt reaches a spinning guest without an exit. */
static bool check_pid_alignment(void)
{
	unsigned reason;

	set_handler(GUEST_VECTOR, wake);
	vmx_make_guest(guest_spin, &descriptor.pid, 0);
	if (!ap_run(post_interrupt))
		return false;
	reason = vmx_run();
	return reason == EXIT_VMCALL && guest_interrupts == 1;
}

static void count_stray(struct frame *frame)
{
	(void)frame;
	stray_interrupts++;
}

static void notify_then_post(void)
{
	wait_for_guest();
	apic_send(0, NOTIFY_VECTOR);
	post_interrupt();
}

/* A notification with nothing posted delivers nothing; a later one, what was posted. */
static bool check_empty_notification(void)
{
	stray_interrupts = 0;
	set_handler(GUEST_VECTOR, wake);
	set_handler(255, count_stray);
	vmx_make_guest(guest_spin, &descriptor.pid, 0);
	if (!ap_run(notify_then_post))
		return false;
	return vmx_run() == EXIT_VMCALL && guest_interrupts == 1 && stray_interrupts == 0;
}

static void spin(void)
{
	while (!stop_work)
		__asm__ volatile("pause");
}

static void copy(void)
{
	while (!stop_work) {
		char *from = source, *to = target;
		uint64_t count = sizeof(source);

		__asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count)::"memory");
	}
}

/* True if a known number of instructions took as many ticks, within 1 %. */
static bool is_time_fair(const char *what)
{
	uint64_t ticks = time_loop(TURNS), wanted = 2 * TURNS;
	bool fair = ticks > wanted - wanted / 100 && ticks < wanted + wanted / 100;

	print(what);
	print(": ticks for 0x1e8480 instructions: ");
	print_hex(ticks);
	print("\n");
	return fair;
}

static bool is_time_fair_beside(const char *what, void (*work)(void))
{
	bool fair;

	stop_work = false;
	if (!ap_run(work))
		return false;
	fair = is_time_fair(what);
	stop_work = true;
	while (!ap_is_idle())
		__asm__ volatile("pause");
	return fair;
}

/* Ticks are instructions, whatever the other CPU does; it has not been started before this. */
static bool check_fair_time(void)
{
	bool asleep = is_time_fair("other CPU asleep");
	bool spinning = is_time_fair_beside("other CPU spinning", spin);
	bool copying = is_time_fair_beside("other CPU copying", copy);

	return asleep && spinning && copying;
}

/* A fault in the first instruction after a fault or a VM exit is reported for that instruction. */
static bool check_smp_commit(void)
{
	uint64_t wanted = (uint64_t)faulting_handler, after_fault, after_exit;

	set_gate(VECTOR_UD, faulting_handler);
	set_gate(VECTOR_GP, catch_fault);
	after_fault = fault_in_handler();
	vmx_make_guest(guest_exit, &descriptor.pid, 0);
	vmx_set_exit_code(faulting_handler);
	after_exit = fault_after_exit();
	set_handler(VECTOR_UD, 0);
	set_handler(VECTOR_GP, 0);
	return after_fault == wanted && after_exit == wanted;
}

/* A guest that halts with a virtual interrupt pending, held back by STI until the HLT, wakes. */
static bool check_hlt_virtual_interrupt(void)
{
	set_handler(GUEST_VECTOR, wake);
	vmx_make_guest(guest_sti_hlt, &descriptor.pid, GUEST_VECTOR);
	return vmx_run() == EXIT_VMCALL && guest_interrupts == 1;
}

/* True if the guest, which does nothing, exits when the timer's interrupt comes for the host. */
static bool exits_for_timer(const char *guest)
{
	unsigned reason;

	vmx_make_guest(guest, &descriptor.pid, 0);
	apic_write(APIC_LVT_TIMER, TIMER_VECTOR);
	apic_write(APIC_TIMER_DIVIDE, 0xb);
	apic_write(APIC_TIMER_INITIAL, 100000);
	reason = vmx_run();
	apic_write(APIC_EOI, 0);
	return reason == EXIT_EXTERNAL_INTERRUPT;
}

/* A guest that halts with interrupts off exits when one comes for the host. */
static bool check_hlt_external_interrupt(void)
{
	return exits_for_timer(guest_cli_hlt);
}

/* The same for one that was entered with interrupts off and only halts. */
static bool check_entry_interrupt_mask(void)
{
	return exits_for_timer(guest_hlt);
}

static void notify(void)
{
	wait_for_guest();
	apic_send(0, NOTIFY_VECTOR);
}

/* A notification does not push a pending virtual interrupt into a guest that has IF=0. */
static bool check_masked_virtual_interrupt(void)
{
	set_handler(GUEST_VECTOR, wake);
	vmx_make_guest(guest_cli_spin, &descriptor.pid, GUEST_VECTOR);
	if (!ap_run(notify))
		return false;
	return vmx_run() == EXIT_VMCALL && guest_interrupts == 0;
}

static unsigned enter_stepping(bool stepping, uint64_t blocking, uint64_t pending)
{
	vmx_make_guest(guest_vmcall, &descriptor.pid, 0);
	vmx_set_stepping(stepping, blocking, pending);
	return vmx_run();
}

/* A single step is pending exactly where the guest's state says that one must be. */
static bool check_pending_single_step(void)
{
	return enter_stepping(true, BLOCKING_BY_MOV_SS, 0) == EXIT_GUEST_STATE &&
	       enter_stepping(true, BLOCKING_BY_STI, 0) == EXIT_GUEST_STATE &&
	       enter_stepping(false, 0, PENDING_STEP) == EXIT_GUEST_STATE &&
	       enter_stepping(true, BLOCKING_BY_MOV_SS, PENDING_STEP) == EXIT_VMCALL &&
	       enter_stepping(false, BLOCKING_BY_MOV_SS, 0) == EXIT_VMCALL;
}

static void end_interrupt(struct frame *frame)
{
	(void)frame;
	apic_write(APIC_EOI, 0);
	guest_interrupts++;
}

/* An interrupt with the spurious vector is over with its EOI. */
static bool check_spurious_eoi(void)
{
	guest_interrupts = 0;
	set_handler(SPURIOUS_VECTOR, end_interrupt);
	apic_send(0, SPURIOUS_VECTOR);
	__asm__ volatile("sti; nop; nop; cli" ::: "memory");
	return guest_interrupts == 1 &&
	       !(apic_read(APIC_ISR + SPURIOUS_VECTOR / 32 * 16) >> SPURIOUS_VECTOR % 32 & 1);
}

/* The local APIC can be disabled and enabled again. */
static bool check_apic_enable(void)
{
	uint64_t base = msr_read(IA32_APIC_BASE);
	uint32_t version = apic_read(APIC_VERSION);
	bool ok;

	msr_write(IA32_APIC_BASE, base & ~IA32_APIC_BASE_EN);
	ok = !(msr_read(IA32_APIC_BASE) & IA32_APIC_BASE_EN);
	msr_write(IA32_APIC_BASE, base);
	ok = ok && (msr_read(IA32_APIC_BASE) & IA32_APIC_BASE_EN) &&
	     apic_read(APIC_VERSION) == version;
	apic_write(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | SPURIOUS_VECTOR);
	return ok;
}

static const struct check {
	const char *name;
	bool (*run)(void);
	bool needs_vmx;
} checks[] = {
	{"fair-time", check_fair_time, false},
	{"apic-enable", check_apic_enable, false},
	{"spurious-eoi", check_spurious_eoi, false},
	{"smp-commit", check_smp_commit, true},
	{"hlt-virtual-interrupt", check_hlt_virtual_interrupt, true},
	{"hlt-external-interrupt", check_hlt_external_interrupt, true},
	{"pid-alignment", check_pid_alignment, true},
	{"empty-notification", check_empty_notification, true},
	{"entry-interrupt-mask", check_entry_interrupt_mask, true},
	{"masked-virtual-interrupt", check_masked_virtual_interrupt, true},
	{"pending-single-step", check_pending_single_step, true},
};

static bool is_named(const char *words, const char *name)
{
	const char *word = words, *letter = name;

	for (; *word; word++) {
		letter = *word == *letter ? letter + 1 : name;
		if (!*letter && (word[1] == ' ' || !word[1]))
			return true;
	}
	return false;
}

void main(const struct multiboot_info *info)
{
	const char *words = "";
	uint64_t entered = read_tsc();

	if (info->flags & MULTIBOOT_CMDLINE_FLAG)
		words = (const char *)(uintptr_t)info->cmdline;
	for (unsigned vector = 0; vector < 256; vector++)
		set_handler(vector, 0);
	apic_write(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | SPURIOUS_VECTOR);
	machine_start();
	print("lab checks: ");
	print(words);
	print(", entered at tick ");
	print_hex(entered);
	print("\n");
	for (unsigned i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct check *check = &checks[i];

		if (is_named(words, "all") || is_named(words, check->name))
			report(check->name, (!check->needs_vmx || vmx_start()) && check->run());
	}
	for (const struct scene *scene = scenes; scene->name; scene++) {
		if (is_named(words, scene->name))
			scene->run(info);
	}
	power_off();
}
