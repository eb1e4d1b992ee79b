// SPDX-License-Identifier: BSD-2-Clause
/* The order in which the parts start. */
#include "kernel/main.h"

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/tsc.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/memory.h"

_Noreturn void kernel_main(void)
{
	if (!boot_info.rsdp)
		boot_info.rsdp = acpi_search_rsdp();
	memory_init();
	acpi_parse(boot_info.rsdp, &acpi_info);
	tsc_init();
	log_info("Sluice, loaded by %s with %u modules", boot_info.loader, boot_info.modules);
	apic_init_core();
	panic("end of the beginning");
}
