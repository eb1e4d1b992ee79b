// SPDX-License-Identifier: BSD-2-Clause
/* Loading a core's descriptor tables and control registers. */
#include "arch/x86/cpu/descriptors.h"

#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/trap.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/log.h"

#define IDT_ENTRIES        256
#define IDT_INTERRUPT_GATE 0x8e00 /* present, privilege 0, interrupts off in the handler */
#define TSS_AVAILABLE      0x89ull

struct idt_entry {
	uint16_t offset_low, selector, flags, offset_middle;
	uint32_t offset_high, reserved;
};

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct arch_core boot_arch_core CACHE_ALIGNED;

static struct idt_entry idt[IDT_ENTRIES] CACHE_ALIGNED;

/* That of parked cores (park.S). */
struct idt_entry park_idt[VECTOR_MC + 1];
extern const uint8_t park_halt[];

static unsigned ist_of_vector(unsigned vector)
{
	switch (vector) {
	case VECTOR_DF:
		return IST_DOUBLE_FAULT;
	case VECTOR_NMI:
		return IST_NMI;
	case VECTOR_MC:
		return IST_MACHINE_CHECK;
	default:
		return IST_NONE;
	}
}

static struct idt_entry make_gate(uint64_t entry, unsigned ist)
{
	return (struct idt_entry){
		.offset_low = (uint16_t)entry,
		.selector = SELECTOR_CODE,
		.flags = (uint16_t)(IDT_INTERRUPT_GATE | ist),
		.offset_middle = (uint16_t)(entry >> 16),
		.offset_high = (uint32_t)(entry >> 32),
	};
}

void idt_init(void)
{
	for (unsigned vector = 0; vector < IDT_ENTRIES; vector++)
		idt[vector] = make_gate((uint64_t)trap_stubs + (uint64_t)vector * TRAP_STUB_BYTES,
					ist_of_vector(vector));
	park_idt[VECTOR_NMI] = make_gate((uint64_t)park_halt, IST_NONE);
	park_idt[VECTOR_MC] = make_gate((uint64_t)park_halt, IST_NONE);
}

static void fill_gdt(struct arch_core *arch)
{
	uint64_t base = (uint64_t)&arch->tss;
	uint64_t limit = sizeof(arch->tss) - 1;

	arch->gdt[0] = 0;
	arch->gdt[SELECTOR_CODE / 8] = 0x00af9b000000ffff;
	arch->gdt[SELECTOR_DATA / 8] = 0x00cf93000000ffff;
	arch->gdt[SELECTOR_TSS / 8] =
		limit | (base & 0xffffff) << 16 | TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
	arch->gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

static void fill_tss(struct arch_core *arch)
{
	arch->tss = (struct tss){.io_map = sizeof(struct tss)};
	for (unsigned i = 0; i < IST_STACKS; i++)
		arch->tss.ist[i] = (uint64_t)arch->ist_stack[i] + IST_STACK_BYTES;
}

static void load_segments(const struct arch_core *arch)
{
	struct table_pointer gdtr = {sizeof(arch->gdt) - 1, (uint64_t)arch->gdt};
	struct table_pointer idtr = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovl %2, %%eax\n\t"
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "movl %%eax, %%ss\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "movl %%eax, %%fs\n\t"
			 "movl %%eax, %%gs\n\t"
			 "lidt %3\n\t"
			 "ltr %w4"
			 :
			 : "m"(gdtr), "i"(SELECTOR_CODE), "i"(SELECTOR_DATA), "m"(idtr),
			   "r"(SELECTOR_TSS)
			 : "rax", "memory");
}

/* Page-table entries choose a memory type by number: those of this table, not the firmware's. */
static void set_memory_types(struct arch_core *arch)
{
	if (!(cpuid_leaf(1, 0).edx & CPUID_1_EDX_PAT))
		return;
	arch->pat_before = msr_read(IA32_PAT);
	msr_write(IA32_PAT, IA32_PAT_AFTER_RESET);
	cr3_write(cr3_read()); /* the TLB holds types, too */
}

static void set_control_registers(void)
{
	uint64_t cr4 = cr4_read() | CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpuid_leaf(1, 0).ecx & CPUID_1_ECX_XSAVE)
		cr4 |= CR4_OSXSAVE;
	cr4_write(cr4);
	cr0_write((cr0_read() & ~(CR0_EM | CR0_TS | CR0_CD | CR0_NW)) | CR0_MP | CR0_NE | CR0_WP);
	if (cpuid_leaf(0x80000001, 0).edx & CPUID_80000001_EDX_NX)
		msr_write(IA32_EFER, msr_read(IA32_EFER) | IA32_EFER_NXE);
}

void descriptors_load(struct core *core)
{
	struct arch_core *arch = core->arch;

	fill_gdt(arch);
	fill_tss(arch);
	load_segments(arch);
	core->self = core;
	msr_write(IA32_GS_BASE, (uint64_t)core);
	set_control_registers();
	set_memory_types(arch);
}

void descriptors_report(void)
{
	const struct core *core = core_this();
	const struct arch_core *arch = core->arch;

	if (arch->pat_before && arch->pat_before != IA32_PAT_AFTER_RESET)
		log_info("core %u: IA32_PAT was %lx, as the firmware left it; now %lx", core->id,
			 arch->pat_before, msr_read(IA32_PAT));
}
