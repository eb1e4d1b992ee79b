// SPDX-License-Identifier: BSD-2-Clause
/* The order in which the parts start. */
#include "kernel/main.h"

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/apic_timer.h"
#include "arch/x86/cpu/smp.h"
#include "arch/x86/cpu/tsc.h"
#include "drivers/pci/pci.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/thread.h"

/*
 * The order matters: ACPI names the clock, the clock times the log, memory needs only the boot
 * loader's map, the APIC's registers need mapped memory, its timer the clock, other cores all of
 * this.
 */
_Noreturn void kernel_main(void)
{
	if (!boot_info.rsdp)
		boot_info.rsdp = acpi_search_rsdp();
	acpi_parse(boot_info.rsdp, &acpi_info);
	tsc_init();
	log_info("Sluice, loaded by %s with %u modules", boot_info.loader, boot_info.modules);
	memory_init();
	apic_init_core();
	apic_timer_init();
	apic_timer_init_core();
	smp_start(thread_run_core);
	pci_scan();
	thread_run_core();
}
