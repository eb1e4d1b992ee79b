/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU on VT-x from the inside: what the files of this folder share. */
#ifndef SLUICE_ARCH_X86_VMX_VMX_VCPU_H
#define SLUICE_ARCH_X86_VMX_VMX_VCPU_H

#include "arch/x86/vmx/context.h"
#include "arch/x86/vmx/controls.h"
#include "arch/x86/vmx/exit_reasons.h"
#include "arch/x86/vmx/lapic.h"
#include "arch/x86/vmx/message.h"
#include "arch/x86/vmx/operations.h"
#include "arch/x86/vmx/posted.h"
#include "arch/x86/vmx/vcpu.h"
#include "kernel/timer.h"
#include "kernel/vm.h"

/* Events that other cores ask for; bits of vmx_vcpu.requests. */
#define REQUEST_INIT  (1u << 0)
#define REQUEST_SIPI  (1u << 1)
#define REQUEST_NMI   (1u << 2)
#define REQUEST_LEVEL (1u << 3) /* a level-triggered interrupt, in level_pending */
#define REQUEST_WAKE  (1u << 4) /* start in 64-bit mode, at wakeup_rip */

enum vmx_activity {
	VCPU_ACTIVE,
	VCPU_HALTED,       /* in HLT that exited: sleeps until there is an interrupt */
	VCPU_WAIT_FOR_SIPI /* sleeps until another vCPU starts it */
};

/* An event to inject at the next entry, in the format of the VM-entry fields; info 0: none. */
struct vmx_event {
	uint32_t info, error_code, instruction_bytes;
};

struct vmx_vcpu {
	uint64_t registers[VCPU_REGISTERS]; /* must be first: world_switch.S */

	/* Touched by any core, on lines of their own. See posted.h. */
	struct posted_interrupts posted;
	uint32_t in_guest CACHE_ALIGNED; /* the core enters the guest, or is in it */
	uint32_t requests;               /* REQUEST_*, set and taken atomically */
	uint32_t sipi_vector;
	uint64_t wakeup_rip;
	uint64_t level_pending[4]; /* level-triggered vectors on their way */
	uint64_t pci_vectors[4];   /* vectors that PCI functions have used, for the counters */

	/* The vCPU's own. */
	struct vcpu *vcpu CACHE_ALIGNED;
	void *vmcs;
	uint8_t *msr_bitmap;
	uint16_t vpid;
	bool launched;
	bool rsp_loaded; /* registers[VCPU_RSP] is valid and written back at the entry */
	enum vmx_activity activity;
	uint32_t primary, secondary; /* controls as they are in the VMCS */
	struct vmx_event event;
	bool nmi_pending;
	bool irr_changed;                    /* the IRR has bits that RVI may not know of */
	uint32_t tpr_threshold, timer_value; /* as they are in the VMCS */
	uint64_t tsc_offset;
	uint64_t misc_enable, mtrr_def_type;
	bool unpaged; /* unpaged.c; with what the guest believes to be in CR3 and EFER: */
	uint64_t unpaged_cr3, unpaged_efer;
	struct lapic lapic;
	struct timer timer; /* of the core, where there is no preemption timer */
	bool timer_lent;    /* the guest has the core's own timer while it runs, */
	bool timer_direct;  /* and may write its deadlines by itself: as in the MSR bitmap */

	/* The last exit. */
	uint32_t reason;
	uint32_t idt_vectoring;
	bool interrupt_exit; /* it was an external interrupt (not the timer's) or a window */

	struct vmx_exit_counts *counts, *core_counts;
	struct vmx_context context;
};

struct vmx_vm {
	uint64_t *ept;
	uint64_t ept_pointer;
	void *apic_access_page;
	struct vcpu_start start, further; /* of vCPU 0; of others where they have no real mode */
};

static inline struct vmx_vm *vmx_vm(const struct vm *vm)
{
	return vm->arch;
}

static inline struct vmx_vcpu *vmx_vcpu(struct vcpu *vcpu)
{
	return vcpu->arch;
}

/* --- vmcs.c -------------------------------------------------------------------------------------
 */

/* Makes v's VMCS the current one of this core, if another one is. */
void vmcs_make_current(struct vmx_vcpu *v);

/* Fills a new VMCS; on the core the vCPU stays on. start: state of vCPU 0, NULL: wait for SIPI. */
void vmcs_init(struct vmx_vcpu *v, const struct vcpu_start *start);

/* Removes the VMCS from the core that it was active on. */
void vmcs_forget(struct vmx_vcpu *v);

/* Registers after INIT and start-up IPI with vector (SDM volume 3, table "State After INIT"). */
void vmcs_set_startup(struct vmx_vcpu *v, uint8_t vector);

void vmcs_set_primary(struct vmx_vcpu *v, uint64_t bits, bool on);
void vmcs_set_secondary(struct vmx_vcpu *v, uint64_t bits, bool on);

/* The registers that start says, with RIP rip; the local APIC is not touched. */
void vmcs_set_start(struct vmx_vcpu *v, const struct vcpu_start *start, uint64_t rip);

/* Removes what the TLB holds for the vCPU: a change of paging that the processor did not see. */
void vmcs_flush_tlb(const struct vmx_vcpu *v);

/* True if the guest takes #DB after each instruction (RFLAGS.TF, not by branches only). */
bool vmcs_single_steps(void);

/* Control registers as the guest sees them. */
uint64_t vmcs_guest_cr0(void);
uint64_t vmcs_guest_cr3(const struct vmx_vcpu *v);
uint64_t vmcs_guest_cr4(void);
uint64_t vmcs_guest_efer(const struct vmx_vcpu *v);
void vmcs_set_cr0(uint64_t value);
void vmcs_set_cr4(const struct vmx_vcpu *v, uint64_t value);

/*
 * With EPT, PAE paging takes its four top entries from the VMCS (SDM "PDPTE Registers"): reads them
 * from memory at CR3. False: they are not there, or reserved bits are set.
 */
bool vmcs_load_pdptes(struct vmx_vcpu *v);

/* The local APIC has changed its mode (IA32_APIC_BASE): controls and MSR bitmap follow. */
void vmcs_apic_mode_changed(struct vmx_vcpu *v);

/* --- unpaged.c ----------------------------------------------------------------------------------
 */

/*
 * Protected mode without paging, where VT-x insists on paging. enter: the guest has cleared CR0.PG
 * and EFER.LMA; leave: it sets CR0.PG, and CR3, CR4 and EFER are its own again.
 */
void unpaged_enter(struct vmx_vcpu *v);
void unpaged_leave(struct vmx_vcpu *v);

/* --- msr_bitmap.c -------------------------------------------------------------------------------
 */

void msr_bitmap_init(uint8_t *bitmap);

/* Which x2APIC registers the guest reaches without an exit. */
void msr_bitmap_set_x2apic(uint8_t *bitmap, bool direct);

/* Whether the guest reads the core's IA32_TSC_ADJUST by itself. */
void msr_bitmap_set_adjust(uint8_t *bitmap, bool direct);

/* Whether the guest writes the core's IA32_TSC_DEADLINE by itself. */
void msr_bitmap_set_deadline(uint8_t *bitmap, bool direct);

/* --- guest_timer.c ------------------------------------------------------------------------------
 */

/*
 * Before an entry, interrupts off, what is due has been collected: lets the guest have the core's
 * own timer if it can; alone: the core has no other thread. True: no exit is needed for its
 * deadlines.
 */
bool guest_timer_lend(struct vmx_vcpu *v, bool alone);

/* After an exit, interrupts still off, v->reason set: the timer is the host's again. */
void guest_timer_take_back(struct vmx_vcpu *v);

/* --- interrupts.c -------------------------------------------------------------------------------
 */

/*
 * Interrupts off, in_guest set: brings what is posted, due and pending into the virtual APIC or
 * the entry's event. alone: the core has no other thread.
 */
void interrupts_prepare_entry(struct vmx_vcpu *v, bool alone);

/* Brings posted interrupts and the timer's into the virtual APIC; before deciding to sleep. */
void interrupts_collect(struct vmx_vcpu *v);

/* The guest's timer has expired: its vector becomes pending; below 16: none does. */
void interrupts_mark_timer(struct vmx_vcpu *v, int vector);

/* True if an interrupt (or NMI) would end HLT now. */
bool interrupts_would_wake(struct vmx_vcpu *v);

/* Delivers a decoded message; sender NULL: a device. */
void message_deliver(struct vm *vm, const struct message *message, struct vcpu *sender);

/* Sets an event for the next entry; together with one pending it may become a double fault. */
void vcpu_inject(struct vmx_vcpu *v, uint32_t info, uint32_t error_code);

/* --- exits.c ------------------------------------------------------------------------------------
 */

/* True if the exit is for a machine check: in the guest, or while it was entered. */
bool exit_is_machine_check(const struct vmx_vcpu *v);

/* Handles the exit that v->reason tells; interrupts are on. */
void exit_handle(struct vmx_vcpu *v);

/* Stops the VM because of something this vCPU did, with a register dump in the log. */
void vcpu_stop_vm(struct vmx_vcpu *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A triple fault of this vCPU, with the same register dump: resets the VM. */
void vcpu_triple_fault(struct vmx_vcpu *v);

/*
 * On the vCPU's core: where the guest has no TSC offset, and the core's IA32_TSC_ADJUST says so,
 * too, it reads that register without an exit. (Linux looks once a second.)
 */
void msr_allow_adjust(struct vmx_vcpu *v);

/* The handlers, by exit reason. */
void exit_cpuid(struct vmx_vcpu *v);
void exit_rdmsr(struct vmx_vcpu *v);
void exit_wrmsr(struct vmx_vcpu *v);
void exit_cr_access(struct vmx_vcpu *v);
void exit_xsetbv(struct vmx_vcpu *v);
void exit_apic_access(struct vmx_vcpu *v);
void exit_apic_write(struct vmx_vcpu *v);
void exit_virtualized_eoi(struct vmx_vcpu *v);
void exit_ept_violation(struct vmx_vcpu *v);
void exit_ept_misconfiguration(struct vmx_vcpu *v);

#endif
