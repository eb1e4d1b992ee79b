// SPDX-License-Identifier: BSD-2-Clause
/* The first C code in long mode: from the boot loader's hands to kernel_main(). */
#include "arch/x86/boot/start.h"

#include "arch/x86/boot/multiboot.h"
#include "arch/x86/cpu/descriptors.h"
#include "arch/x86/cpu/pic.h"
#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/main.h"
#include "kernel/trace.h"

_Noreturn void boot_start(uint32_t magic, uint32_t address)
{
	const char *error = NULL;

	cores[0].arch = &boot_arch_core;
	idt_init();
	descriptors_load(&cores[0]);
	core_account_start();
	cores[0].online = true;
	core_count = 1;
	trace_init();
	pic_disable();

	boot_info.text_screen = boot_bios_text_mode();
	if (magic == MULTIBOOT1_MAGIC)
		error = multiboot1_parse(address, &boot_info);
	else if (magic == MULTIBOOT2_MAGIC)
		error = multiboot2_parse(address, &boot_info);
	if (!error)
		error = boot_take_paths(&boot_info);
	console_init(boot_info.command_line);
	if (boot_info.text_screen)
		console_use_screen();
	if (magic != MULTIBOOT1_MAGIC && magic != MULTIBOOT2_MAGIC)
		boot_refuse("boot magic %#x: not loaded by a multiboot (%#x) or multiboot2 (%#x) "
			    "loader",
			    magic, MULTIBOOT1_MAGIC, MULTIBOOT2_MAGIC);
	if (error)
		boot_refuse("%s (boot magic %#x)", error, magic);
	kernel_main();
}
