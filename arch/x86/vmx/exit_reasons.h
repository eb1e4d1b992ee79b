/* SPDX-License-Identifier: BSD-2-Clause */
/* Basic VM-exit reasons (SDM volume 3, appendix "VMX Basic Exit Reasons"), and their counters. */
#ifndef SLUICE_ARCH_X86_VMX_EXIT_REASONS_H
#define SLUICE_ARCH_X86_VMX_EXIT_REASONS_H

#include <stdint.h>

#include "kernel/vm.h"

enum vmx_exit_reason {
	REASON_EXCEPTION_OR_NMI = 0,
	REASON_EXTERNAL_INTERRUPT = 1,
	REASON_TRIPLE_FAULT = 2,
	REASON_INIT = 3,
	REASON_SIPI = 4,
	REASON_INTERRUPT_WINDOW = 7,
	REASON_NMI_WINDOW = 8,
	REASON_TASK_SWITCH = 9,
	REASON_CPUID = 10,
	REASON_GETSEC = 11,
	REASON_HLT = 12,
	REASON_INVD = 13,
	REASON_INVLPG = 14,
	REASON_RDPMC = 15,
	REASON_RDTSC = 16,
	REASON_RSM = 17,
	REASON_VMCALL = 18,
	REASON_VMCLEAR = 19,
	REASON_VMLAUNCH = 20,
	REASON_VMPTRLD = 21,
	REASON_VMPTRST = 22,
	REASON_VMREAD = 23,
	REASON_VMRESUME = 24,
	REASON_VMWRITE = 25,
	REASON_VMXOFF = 26,
	REASON_VMXON = 27,
	REASON_CR_ACCESS = 28,
	REASON_MOV_DR = 29,
	REASON_IO_INSTRUCTION = 30,
	REASON_RDMSR = 31,
	REASON_WRMSR = 32,
	REASON_ENTRY_FAILURE_GUEST_STATE = 33,
	REASON_ENTRY_FAILURE_MSR_LOADING = 34,
	REASON_MWAIT = 36,
	REASON_MONITOR_TRAP_FLAG = 37,
	REASON_MONITOR = 39,
	REASON_PAUSE = 40,
	REASON_ENTRY_FAILURE_MACHINE_CHECK = 41,
	REASON_TPR_BELOW_THRESHOLD = 43,
	REASON_APIC_ACCESS = 44,
	REASON_VIRTUALIZED_EOI = 45,
	REASON_GDTR_IDTR_ACCESS = 46,
	REASON_LDTR_TR_ACCESS = 47,
	REASON_EPT_VIOLATION = 48,
	REASON_EPT_MISCONFIGURATION = 49,
	REASON_INVEPT = 50,
	REASON_RDTSCP = 51,
	REASON_PREEMPTION_TIMER = 52,
	REASON_INVVPID = 53,
	REASON_WBINVD = 54,
	REASON_XSETBV = 55,
	REASON_APIC_WRITE = 56,
	REASON_RDRAND = 57,
	REASON_INVPCID = 58,
	REASON_VMFUNC = 59,
	REASON_ENCLS = 60,
	REASON_RDSEED = 61,
	REASON_PAGE_MODIFICATION_LOG_FULL = 62,
	REASON_XSAVES = 63,
	REASON_XRSTORS = 64,
	VMX_EXIT_REASONS = 65
};

/* Written by one core only, without atomics; read from any core. They survive a VM's stop. */
struct vmx_exit_counts {
	uint64_t reason[VMX_EXIT_REASONS];
	uint64_t unknown; /* exits with a reason above these */
	/* External-interrupt and interrupt-window exits that delivered a PCI function's interrupt.
	 */
	uint64_t interrupt_delivery;
	uint64_t wakeups;         /* exits for HLT that a PCI function's interrupt ended */
	uint64_t injected;        /* external interrupts injected at entry */
	uint64_t from_pci;        /* interrupts posted by PCI functions' messages, from any core */
	uint64_t from_ioapic;     /* by the I/O APIC's, from any core */
	uint64_t notified;        /* notification or kick IPIs sent for interrupts, from any core */
	uint64_t guest_ticks;     /* in the guest, HLT that does not exit included */
	uint64_t directed_yields; /* spinning, it had another vCPU run */
};

/* Name for logs, the monitor and JSON, such as "ept-violation"; NULL if unused or out of range. */
const char *vmx_exit_name(unsigned reason);

/* Counters of a vCPU, of a core. Never NULL. */
struct vmx_exit_counts *vmx_vcpu_counts(const struct vcpu *vcpu);
struct vmx_exit_counts *vmx_core_counts(const struct core *core);

/* Counts one exit with reason, any number. */
void vmx_count_exit(struct vmx_exit_counts *counts, unsigned reason);

#endif
