/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the exit reasons, and the counters by reason. */
#include "arch/x86/vmx/exit_reasons.h"

#include "kernel/format.h"
#include "kernel/vm.h"

static const char *const names[VMX_EXIT_REASONS] = {
	[REASON_EXCEPTION_OR_NMI] = "exception-or-nmi",
	[REASON_EXTERNAL_INTERRUPT] = "external-interrupt",
	[REASON_TRIPLE_FAULT] = "triple-fault",
	[REASON_INIT] = "init",
	[REASON_SIPI] = "startup-ipi",
	[REASON_INTERRUPT_WINDOW] = "interrupt-window",
	[REASON_NMI_WINDOW] = "nmi-window",
	[REASON_TASK_SWITCH] = "task-switch",
	[REASON_CPUID] = "cpuid",
	[REASON_GETSEC] = "getsec",
	[REASON_HLT] = "hlt",
	[REASON_INVD] = "invd",
	[REASON_INVLPG] = "invlpg",
	[REASON_RDPMC] = "rdpmc",
	[REASON_RDTSC] = "rdtsc",
	[REASON_RSM] = "rsm",
	[REASON_VMCALL] = "vmcall",
	[REASON_VMCLEAR] = "vmclear",
	[REASON_VMLAUNCH] = "vmlaunch",
	[REASON_VMPTRLD] = "vmptrld",
	[REASON_VMPTRST] = "vmptrst",
	[REASON_VMREAD] = "vmread",
	[REASON_VMRESUME] = "vmresume",
	[REASON_VMWRITE] = "vmwrite",
	[REASON_VMXOFF] = "vmxoff",
	[REASON_VMXON] = "vmxon",
	[REASON_CR_ACCESS] = "cr-access",
	[REASON_MOV_DR] = "mov-dr",
	[REASON_IO_INSTRUCTION] = "io",
	[REASON_RDMSR] = "rdmsr",
	[REASON_WRMSR] = "wrmsr",
	[REASON_ENTRY_FAILURE_GUEST_STATE] = "entry-failure-guest-state",
	[REASON_ENTRY_FAILURE_MSR_LOADING] = "entry-failure-msr-loading",
	[REASON_MWAIT] = "mwait",
	[REASON_MONITOR_TRAP_FLAG] = "monitor-trap-flag",
	[REASON_MONITOR] = "monitor",
	[REASON_PAUSE] = "pause",
	[REASON_ENTRY_FAILURE_MACHINE_CHECK] = "entry-failure-machine-check",
	[REASON_TPR_BELOW_THRESHOLD] = "tpr-below-threshold",
	[REASON_APIC_ACCESS] = "apic-access",
	[REASON_VIRTUALIZED_EOI] = "virtualized-eoi",
	[REASON_GDTR_IDTR_ACCESS] = "gdtr-idtr-access",
	[REASON_LDTR_TR_ACCESS] = "ldtr-tr-access",
	[REASON_EPT_VIOLATION] = "ept-violation",
	[REASON_EPT_MISCONFIGURATION] = "ept-misconfiguration",
	[REASON_INVEPT] = "invept",
	[REASON_RDTSCP] = "rdtscp",
	[REASON_PREEMPTION_TIMER] = "preemption-timer",
	[REASON_INVVPID] = "invvpid",
	[REASON_WBINVD] = "wbinvd",
	[REASON_XSETBV] = "xsetbv",
	[REASON_APIC_WRITE] = "apic-write",
	[REASON_RDRAND] = "rdrand",
	[REASON_INVPCID] = "invpcid",
	[REASON_VMFUNC] = "vmfunc",
	[REASON_ENCLS] = "encls",
	[REASON_RDSEED] = "rdseed",
	[REASON_PAGE_MODIFICATION_LOG_FULL] = "page-modification-log-full",
	[REASON_XSAVES] = "xsaves",
	[REASON_XRSTORS] = "xrstors",
};

/* The VMs' counters outlive them, until they start again; slots are given out once. */
static struct vmx_exit_counts vcpu_counts[CONFIG_VMS_MOST][VM_VCPUS_MOST];
static struct vmx_exit_counts core_counts[CORES_MOST];

const char *vmx_exit_name(unsigned reason)
{
	return reason < VMX_EXIT_REASONS ? names[reason] : NULL;
}

struct vmx_exit_counts *vmx_vcpu_counts(const struct vcpu *vcpu)
{
	return &vcpu_counts[vcpu->vm->number][vcpu->id];
}

struct vmx_exit_counts *vmx_core_counts(const struct core *core)
{
	return &core_counts[core->id];
}

void vmx_count_exit(struct vmx_exit_counts *counts, unsigned reason)
{
	if (reason < VMX_EXIT_REASONS)
		counts->reason[reason]++;
	else
		counts->unknown++;
}

static void visit_exits(const struct vmx_exit_counts *counts, counter_visit *visit, void *context)
{
	char name[48];

	for (unsigned i = 0; i < VMX_EXIT_REASONS; i++) {
		if (!names[i] || !counts->reason[i])
			continue;
		format_string(name, sizeof(name), "exits.%s", names[i]);
		visit(context, name, counts->reason[i]);
	}
	if (counts->unknown)
		visit(context, "exits.unknown", counts->unknown);
}

void vcpu_counters_visit(const struct vcpu *vcpu, counter_visit *visit, void *context)
{
	const struct vmx_exit_counts *counts = vmx_vcpu_counts(vcpu);

	visit_exits(counts, visit, context);
	visit(context, "virtual_interrupts", counts->from_pci);
	visit(context, "ioapic_interrupts", counts->from_ioapic);
	visit(context, "notifications", counts->notified);
	visit(context, "injections", counts->injected);
	visit(context, "interrupt_delivery_exits", counts->interrupt_delivery);
	visit(context, "wakeup_exits", counts->wakeups);
	visit(context, "guest_ticks", counts->guest_ticks);
	visit(context, "directed_yields", counts->directed_yields);
}

void core_exits_visit(const struct core *core, counter_visit *visit, void *context)
{
	visit_exits(vmx_core_counts(core), visit, context);
}
