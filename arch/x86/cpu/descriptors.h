/* SPDX-License-Identifier: BSD-2-Clause */
/* A core's segment descriptors, task state and exception stacks (SDM volume 3, chapters 3, 8). */
#ifndef SLUICE_ARCH_X86_CPU_DESCRIPTORS_H
#define SLUICE_ARCH_X86_CPU_DESCRIPTORS_H

#include <stdint.h>

#include "kernel/core.h"

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18

#define GDT_ENTRIES     5 /* null, code, data, TSS (two entries) */
#define IST_STACK_BYTES 8192

/* Interrupt stack table entries of the exceptions that must not rely on the current stack. */
enum ist {
	IST_NONE,
	IST_DOUBLE_FAULT,
	IST_NMI,
	IST_MACHINE_CHECK,
	IST_STACKS = IST_MACHINE_CHECK
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7]; /* ist[n - 1] is IST n */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

/* What of a core only the processor cares about. */
struct arch_core {
	uint64_t gdt[GDT_ENTRIES];
	struct tss tss;
	uint64_t pat_before; /* IA32_PAT as the firmware left it */
	uint8_t ist_stack[IST_STACKS][IST_STACK_BYTES] __attribute__((aligned(16)));
};

extern struct arch_core boot_arch_core;

/*
 * Loads GDT, TSS, IDT and the gs base of the running core from core->arch, and brings CR0, CR4
 * and IA32_EFER into the state the hypervisor runs with.
 */
void descriptors_load(struct core *core);

/* Logs what the firmware had left in this core's IA32_PAT, if that was not its value after reset.
 */
void descriptors_report(void);

/* Fills the IDT, which all cores share, and that of parked ones. */
void idt_init(void);

#endif
