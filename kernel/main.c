// SPDX-License-Identifier: BSD-2-Clause
/* The order in which the parts start, and the control thread that looks after them. */
#include "kernel/main.h"

#include <machine_control.h>

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/apic_timer.h"
#include "arch/x86/cpu/cpu_report.h"
#include "arch/x86/cpu/descriptors.h"
#include "arch/x86/cpu/ioapic.h"
#include "arch/x86/cpu/machine_check.h"
#include "arch/x86/cpu/numa.h"
#include "arch/x86/cpu/smp.h"
#include "arch/x86/cpu/tsc.h"
#include "arch/x86/cpu/vtd.h"
#include "arch/x86/cpu/wallclock.h"
#include "arch/x86/vmx/vmx.h"
#include "drivers/pci/pci.h"
#include "drivers/pci/usb.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/console.h"
#include "kernel/counters.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/monitor.h"
#include "kernel/network.h"
#include "kernel/schedule.h"
#include "kernel/selftest/selftest.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

#define CONTROL_INTERVAL_US 20000

static struct thread *control;
static bool all_stopped;

static void configure(void)
{
	const struct boot_module *module = boot_module_find("config");
	char names[160], error[CONFIG_ERROR_BYTES];
	int mistake;

	if (!module)
		log_warning(
			"no virtual machines: no boot module is named \"config\", there are: %s",
			boot_module_names(names, sizeof(names)));
	mistake = config_parse(&host_config, module ? (const char *)module->data : "",
			       module ? module->bytes : 0, boot_info.command_line, error,
			       sizeof(error));
	console_use_serial(&host_config.serial);
	if (mistake)
		boot_refuse("configuration: %s", error);
	log_set_console_level((enum log_level)host_config.log_level);
	host_config.hide |= cpu_errata();
}

/* The first cores serve I/O; a single core, or more than there are, must do both. */
static void assign_roles(void)
{
	unsigned io = host_config.io_cores;
	unsigned shared = host_config.shared_cores;

	if (core_count == 1 && io) {
		log_info("one core only: it is shared by backend and vCPUs");
		io = 0;
		shared = 1;
	}
	if (io + shared == 0 || io > core_count)
		boot_refuse("io_cores = %u, shared_cores = %u: expected at least one in all, and "
			    "at most %u I/O cores",
			    io, shared, core_count);
	if (shared > core_count - io) {
		log_warning("shared_cores = %u, but only %u of %u cores are left for them", shared,
			    core_count - io, core_count);
		shared = core_count - io;
	}
	for (unsigned i = 0; i < core_count; i++)
		cores[i].role = i < io ? CORE_IO : i < io + shared ? CORE_SHARED : CORE_VCPU;
	log_info("%u cores: %u for I/O, %u shared, %u for vCPUs", core_count, io, shared,
		 core_count - io - shared);
}

void vm_all_stopped(void)
{
	WRITE_ONCE(all_stopped, true);
	thread_wake(control);
}

/* Unless the monitor has started a VM meanwhile. */
static void finish(void)
{
	WRITE_ONCE(all_stopped, false);
	if (vm_any_started())
		return;
	counters_log_host();
	if (host_config.when_done == WHEN_DONE_POWEROFF)
		machine_power_off();
}

static void start_guests(void)
{
	if (!vmx_usable() || !vm_create_all()) {
		monitor_attach(NULL);
		return;
	}
	vm_start_all();
	monitor_attach(monitor_console_vm());
}

/* Instead of the network and the guests, which are not there afterwards. */
static void run_selftest(void)
{
	selftest_run();
	monitor_attach(NULL);
	WRITE_ONCE(all_stopped, true);
}

static void run_control(void *argument)
{
	(void)argument;
	pci_scan();
	usb_take_over();
	if (host_config.selftest) {
		run_selftest();
	} else {
		network_start();
		start_guests();
	}
	for (;;) {
		thread_serve_calls();
		network_service();
		vm_service();
		monitor_poll();
		if (READ_ONCE(all_stopped))
			finish();
		thread_block(ticks_now() + CONTROL_INTERVAL_US * ticks_per_us());
	}
}

/* A thread of its own: the control thread may be busy for long, as with the self-test. */
static void run_console(void *argument)
{
	(void)argument;
	for (;;) {
		uint32_t us = console_poll();

		thread_block(ticks_now() + us * ticks_per_us());
	}
}

static void run_core(void)
{
	descriptors_report();
	machine_check_init_core();
	vmx_enable_core();
	schedule_init(core_this());
	thread_run_core();
}

/*
 * The order matters: the RSDP is searched with page 0 still mapped, memory needs only the boot
 * loader's map, ACPI tables may be anywhere in it, they name the clock, which times the log, the
 * APIC's registers need mapped memory, its timer the clock, other cores all of this.
 */
_Noreturn void kernel_main(void)
{
	if (!boot_info.rsdp)
		boot_info.rsdp = acpi_search_rsdp();
	log_info("Sluice, loaded by %s with %u modules", boot_info.loader, boot_info.modules);
	if (!boot_info.text_screen)
		log_info("console: the serial port only, there is no text screen");
	memory_init();
	acpi_parse(boot_info.rsdp, &acpi_info);
	configure();
	tsc_init();
	wallclock_init();
	cpu_report();
	vtd_take_over();
	apic_init_core();
	numa_init();
	apic_timer_init();
	apic_timer_init_core();
	ioapic_init();
	console_use_interrupts(&cores[0]);
	vmx_init(host_config.hide);
	smp_start(run_core);
	assign_roles();
	control = thread_create(&cores[0], "control", ACCOUNT_OTHER, run_control, NULL);
	if (!control || !thread_create(&cores[0], "console", ACCOUNT_OTHER, run_console, NULL))
		panic("no memory for the threads of core 0");
	run_core();
	__builtin_unreachable();
}
