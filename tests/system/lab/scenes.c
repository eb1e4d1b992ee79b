/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's test kernel: ways for a machine to go on or end, to test the machine runner with. */

#include "tests/system/lab/scenes.h"

#include "kernel/trace.h"
#include "tests/system/lab/kernel.h"

#define MULTIBOOT_MODULES_FLAG (1u << 3)

/* Stops for ever, with more events in core 1's trace ring than it holds. */
static void scene_hang(const struct multiboot_info *info)
{
	struct trace_ring *ring = &trace_rings.ring[1];

	(void)info;
	trace_init();
	while (ring->next < TRACE_ENTRIES + 10) {
		ring->entry[ring->next % TRACE_ENTRIES] =
			(struct trace_entry){.ticks = 1000 + ring->next,
					     .event = TRACE_VM_EXIT,
					     .a = 12,
					     .b = ring->next};
		ring->next++;
	}
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Without vectors the first fault is the third. */
static void scene_triple_fault(const struct multiboot_info *info)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) nothing;

	(void)info;
	__asm__ volatile("lidt %0; ud2" ::"m"(nothing));
}

/* Gives back what is typed, up to a q. */
static void scene_echo(const struct multiboot_info *info)
{
	char text[2] = "";

	(void)info;
	while (text[0] != 'q') {
		text[0] = read_console();
		print(text);
	}
}

/* Prints the boot modules' words and contents. */
static void scene_modules(const struct multiboot_info *info)
{
	const struct multiboot_module *module = (void *)(uintptr_t)info->modules;

	if (!(info->flags & MULTIBOOT_MODULES_FLAG))
		return;
	for (unsigned i = 0; i < info->module_count; i++, module++) {
		char text[2] = "";

		print("module [");
		print((const char *)(uintptr_t)module->words);
		print("] ");
		for (uint32_t byte = module->start; byte < module->end; byte++) {
			text[0] = *(const char *)(uintptr_t)byte;
			print(text);
		}
		print("\n");
	}
}

/* Prints a number that no two processors should agree on; two runs of the lab do. */
static void scene_random(const struct multiboot_info *info)
{
	uint64_t number;

	(void)info;
	__asm__ volatile("rdrand %0" : "=r"(number)::"cc");
	print_hex(number);
	print("\n");
}

const struct scene scenes[] = {
	{"random", scene_random}, {"hang", scene_hang},       {"triple-fault", scene_triple_fault},
	{"echo", scene_echo},     {"modules", scene_modules}, {0, 0},
};
