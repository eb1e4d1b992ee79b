/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMCS of a vCPU: controls, host state, and the guest state it starts with. */
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/descriptors.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "arch/x86/vmx/world_switch.h"
#include "kernel/log.h"

#define RFLAGS_RESERVED    BIT(1)
#define DR7_AFTER_RESET    0x400
#define START_CODE         0x10 /* selectors of struct vcpu_start's GDT */
#define START_DATA         0x18
#define PLE_GAP_TICKS      128
#define PLE_WINDOW_TICKS   4096
#define EXCEPTIONS_TO_EXIT (BIT(VECTOR_DB) | BIT(VECTOR_AC) | BIT(VECTOR_MC))
#define VECTOR_AC          17

/* The current VMCS of each core. */
static struct vmx_vcpu *current[CORES_MOST];

void vmcs_make_current(struct vmx_vcpu *v)
{
	struct vmx_vcpu **here = &current[core_this()->id];

	if (*here == v)
		return;
	if (!vmptrld((uint64_t)v->vmcs))
		panic("VMPTRLD of the VMCS of %s.%u failed", v->vcpu->vm->name, v->vcpu->id);
	*here = v;
}

void vmcs_forget(struct vmx_vcpu *v)
{
	struct vmx_vcpu **here = &current[core_this()->id];

	vmclear((uint64_t)v->vmcs);
	if (*here == v)
		*here = NULL;
}

void vmcs_set_primary(struct vmx_vcpu *v, uint64_t bits, bool on)
{
	uint64_t wanted = on ? v->primary | bits : v->primary & ~bits;
	uint32_t value = (uint32_t)vmx_adjust(&vmx_caps.primary, wanted);

	if (value != v->primary)
		vmwrite(PRIMARY_PROCESSOR_CONTROLS, value);
	v->primary = value;
}

void vmcs_set_secondary(struct vmx_vcpu *v, uint64_t bits, bool on)
{
	uint64_t wanted = on ? v->secondary | bits : v->secondary & ~bits;
	uint32_t value = (uint32_t)vmx_adjust(&vmx_caps.secondary, wanted);

	if (value != v->secondary)
		vmwrite(SECONDARY_PROCESSOR_CONTROLS, value);
	v->secondary = value;
}

static uint64_t wanted_primary(void)
{
	uint64_t bits = CPU_USE_TSC_OFFSETTING | CPU_HLT_EXITING | CPU_MWAIT_EXITING |
			CPU_MONITOR_EXITING | CPU_RDPMC_EXITING | CPU_UNCONDITIONAL_IO_EXITING |
			CPU_USE_MSR_BITMAPS | CPU_SECONDARY_CONTROLS;

	return bits | (vmx_caps.tpr_shadow ? CPU_USE_TPR_SHADOW
					   : CPU_CR8_LOAD_EXITING | CPU_CR8_STORE_EXITING);
}

static uint64_t wanted_secondary(void)
{
	uint64_t bits =
		CPU2_ENABLE_EPT | CPU2_WBINVD_EXITING | CPU2_ENABLE_RDTSCP | CPU2_ENABLE_INVPCID;

	if (vmx_caps.pause_loop_exiting)
		bits |= CPU2_PAUSE_LOOP_EXITING;
	if (vmx_caps.encls_exiting)
		bits |= CPU2_ENCLS_EXITING;
	if (vmx_caps.vpid)
		bits |= CPU2_ENABLE_VPID;
	if (vmx_caps.unrestricted_guest)
		bits |= CPU2_UNRESTRICTED_GUEST;
	if (vmx_caps.delivery != DELIVERY_INJECTION)
		bits |= CPU2_VIRTUALIZE_APIC_ACCESSES | CPU2_APIC_REGISTER_VIRT |
			CPU2_VIRTUAL_INTERRUPT_DELIVERY;
	return bits;
}

static void init_controls(struct vmx_vcpu *v)
{
	uint64_t pin = PIN_EXTERNAL_INTERRUPT_EXITING | PIN_NMI_EXITING;

	if (vmx_caps.virtual_nmis)
		pin |= PIN_VIRTUAL_NMIS;
	if (vmx_caps.preemption_timer)
		pin |= PIN_PREEMPTION_TIMER;
	if (vmx_caps.delivery == DELIVERY_POSTED)
		pin |= PIN_PROCESS_POSTED_INTERRUPTS;
	v->primary = (uint32_t)vmx_adjust(&vmx_caps.primary, wanted_primary());
	v->secondary = (uint32_t)vmx_adjust(&vmx_caps.secondary, wanted_secondary());
	vmwrite(PIN_BASED_CONTROLS, vmx_adjust(&vmx_caps.pin, pin));
	vmwrite(PRIMARY_PROCESSOR_CONTROLS, v->primary);
	vmwrite(SECONDARY_PROCESSOR_CONTROLS, v->secondary);
	vmwrite(EXIT_CONTROLS,
		vmx_adjust(&vmx_caps.exit, EXIT_SAVE_DEBUG_CONTROLS | EXIT_HOST_ADDRESS_SPACE_SIZE |
						   EXIT_ACKNOWLEDGE_INTERRUPT | EXIT_SAVE_IA32_PAT |
						   EXIT_LOAD_IA32_PAT | EXIT_SAVE_IA32_EFER |
						   EXIT_LOAD_IA32_EFER));
	vmwrite(ENTRY_CONTROLS,
		vmx_adjust(&vmx_caps.entry,
			   ENTRY_LOAD_DEBUG_CONTROLS | ENTRY_LOAD_IA32_PAT | ENTRY_LOAD_IA32_EFER));
	vmwrite(EXCEPTION_BITMAP, EXCEPTIONS_TO_EXIT);
	vmwrite(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmwrite(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmwrite(CR3_TARGET_COUNT, 0);
	vmwrite(EXIT_MSR_STORE_COUNT, 0);
	vmwrite(EXIT_MSR_LOAD_COUNT, 0);
	vmwrite(ENTRY_MSR_LOAD_COUNT, 0);
	vmwrite(ENTRY_INTERRUPTION_INFORMATION, 0);
}

static void init_addresses(struct vmx_vcpu *v)
{
	struct vmx_vm *vm = v->vcpu->vm->arch;

	vmwrite(VMCS_LINK_POINTER, UINT64_MAX);
	vmwrite(MSR_BITMAP, (uint64_t)v->msr_bitmap);
	vmwrite(TSC_OFFSET, v->tsc_offset);
	vmwrite(EPT_POINTER, vm->ept_pointer);
	if (vmx_caps.vpid)
		vmwrite(VIRTUAL_PROCESSOR_ID, v->vpid);
	if (vmx_caps.tpr_shadow) {
		vmwrite(VIRTUAL_APIC_ADDRESS, (uint64_t)v->lapic.page);
		vmwrite(TPR_THRESHOLD, 0);
	}
	if (vmx_caps.delivery != DELIVERY_INJECTION) {
		vmwrite(APIC_ACCESS_ADDRESS, (uint64_t)vm->apic_access_page);
		vmwrite(GUEST_INTERRUPT_STATUS, 0);
		for (unsigned i = 0; i < 4; i++)
			vmwrite(EOI_EXIT_BITMAP_0 + 2 * i, 0);
	}
	if (vmx_caps.delivery == DELIVERY_POSTED) {
		vmwrite(POSTED_INTERRUPT_NOTIFICATION_VECTOR, VECTOR_POSTED_NOTIFY);
		vmwrite(POSTED_INTERRUPT_DESCRIPTOR_ADDRESS, (uint64_t)&v->posted);
	}
	if (vmx_caps.encls_exiting)
		vmwrite(ENCLS_EXITING_BITMAP, UINT64_MAX);
	if (v->secondary & CPU2_PAUSE_LOOP_EXITING) {
		vmwrite(PLE_GAP, PLE_GAP_TICKS);
		vmwrite(PLE_WINDOW, PLE_WINDOW_TICKS);
	}
}

static void init_host_state(void)
{
	struct core *core = core_this();
	struct arch_core *arch = core->arch;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) gdtr, idtr;

	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	__asm__ volatile("sidt %0" : "=m"(idtr));
	vmwrite(HOST_CR0, cr0_read());
	vmwrite(HOST_CR3, cr3_read());
	vmwrite(HOST_CR4, cr4_read());
	vmwrite(HOST_CS_SELECTOR, SELECTOR_CODE);
	vmwrite(HOST_SS_SELECTOR, SELECTOR_DATA);
	vmwrite(HOST_DS_SELECTOR, 0);
	vmwrite(HOST_ES_SELECTOR, 0);
	vmwrite(HOST_FS_SELECTOR, 0);
	vmwrite(HOST_GS_SELECTOR, 0);
	vmwrite(HOST_TR_SELECTOR, SELECTOR_TSS);
	vmwrite(HOST_FS_BASE, msr_read(IA32_FS_BASE));
	vmwrite(HOST_GS_BASE, msr_read(IA32_GS_BASE));
	vmwrite(HOST_TR_BASE, (uint64_t)&arch->tss);
	vmwrite(HOST_GDTR_BASE, gdtr.base);
	vmwrite(HOST_IDTR_BASE, idtr.base);
	vmwrite(HOST_IA32_SYSENTER_CS, 0);
	vmwrite(HOST_IA32_SYSENTER_ESP, 0);
	vmwrite(HOST_IA32_SYSENTER_EIP, 0);
	vmwrite(HOST_IA32_PAT, msr_read(IA32_PAT));
	vmwrite(HOST_IA32_EFER, msr_read(IA32_EFER));
	vmwrite(HOST_RIP, (uint64_t)world_switch_exit);
}

static void set_segment(enum vmcs_field selector_field, uint16_t selector, uint64_t base,
			uint32_t limit, uint64_t rights)
{
	unsigned segment = selector_field - GUEST_ES_SELECTOR; /* ES 0, CS 2, ... TR 14 */

	vmwrite(selector_field, selector);
	vmwrite(GUEST_ES_BASE + segment, base);
	vmwrite(GUEST_ES_LIMIT + segment, limit);
	vmwrite(GUEST_ES_ACCESS_RIGHTS + segment, rights);
}

static void set_data_segments(uint16_t selector, uint32_t limit, uint64_t rights)
{
	set_segment(GUEST_ES_SELECTOR, selector, 0, limit, rights);
	set_segment(GUEST_SS_SELECTOR, selector, 0, limit, rights);
	set_segment(GUEST_DS_SELECTOR, selector, 0, limit, rights);
	set_segment(GUEST_FS_SELECTOR, selector, 0, limit, rights);
	set_segment(GUEST_GS_SELECTOR, selector, 0, limit, rights);
}

/* What is the same after power-up and in the 64-bit start. */
static void init_common_guest_state(void)
{
	set_segment(GUEST_LDTR_SELECTOR, 0, 0, 0xffff, ACCESS_LDT);
	set_segment(GUEST_TR_SELECTOR, 0, 0, 0xffff, ACCESS_TSS);
	vmwrite(GUEST_IDTR_BASE, 0);
	vmwrite(GUEST_IDTR_LIMIT, 0xffff);
	vmwrite(GUEST_GDTR_BASE, 0);
	vmwrite(GUEST_GDTR_LIMIT, 0xffff);
	vmwrite(GUEST_RFLAGS, RFLAGS_RESERVED);
	vmwrite(GUEST_DR7, DR7_AFTER_RESET);
	vmwrite(GUEST_IA32_DEBUGCTL, 0);
	vmwrite(GUEST_IA32_PAT, IA32_PAT_AFTER_RESET);
	vmwrite(GUEST_IA32_SYSENTER_CS, 0);
	vmwrite(GUEST_IA32_SYSENTER_ESP, 0);
	vmwrite(GUEST_IA32_SYSENTER_EIP, 0);
	vmwrite(GUEST_PENDING_DEBUG_EXCEPTIONS, 0);
	vmwrite(GUEST_INTERRUPTIBILITY_STATE, 0);
	vmwrite(GUEST_ACTIVITY_STATE, ACTIVITY_ACTIVE);
	vmwrite(GUEST_CR3, 0);
	for (unsigned i = 0; i < 4; i++)
		vmwrite(GUEST_PDPTE_0 + 2 * i, 0);
}

static void set_efer(uint64_t value)
{
	uint64_t controls = vmread(ENTRY_CONTROLS) & ~ENTRY_IA32E_MODE_GUEST;

	vmwrite(GUEST_IA32_EFER, value);
	vmwrite(ENTRY_CONTROLS, controls | (value & IA32_EFER_LMA ? ENTRY_IA32E_MODE_GUEST : 0));
}

static void clear_registers(struct vmx_vcpu *v)
{
	for (unsigned i = 0; i < VCPU_REGISTERS; i++)
		v->registers[i] = 0;
	v->rsp_loaded = false;
	v->event.info = 0;
	if (v->unpaged)
		unpaged_leave(v);
	init_common_guest_state();
}

void vmcs_flush_tlb(const struct vmx_vcpu *v)
{
	if (vmx_caps.vpid &&
	    (!vmx_caps.invvpid_single || !invvpid(INVVPID_SINGLE_CONTEXT, v->vpid)))
		invvpid(INVVPID_ALL_CONTEXTS, 0);
}

void vmcs_set_start(struct vmx_vcpu *v, const struct vcpu_start *start, uint64_t rip)
{
	clear_registers(v);
	set_data_segments(START_DATA, 0xffffffff, ACCESS_DATA);
	set_segment(GUEST_CS_SELECTOR, START_CODE, 0, 0xffffffff, ACCESS_CODE64);
	vmwrite(GUEST_GDTR_BASE, start->gdt_base);
	vmwrite(GUEST_GDTR_LIMIT, start->gdt_limit);
	vmwrite(GUEST_RIP, rip);
	vmwrite(GUEST_RSP, start->rsp);
	v->registers[VCPU_RSI] = start->rsi;
	vmwrite(GUEST_CR3, start->cr3);
	set_efer(IA32_EFER_LME | IA32_EFER_LMA);
	vmcs_set_cr0(CR0_PE | CR0_ET | CR0_PG);
	vmcs_set_cr4(v, CR4_PAE);
	vmcs_flush_tlb(v);
}

void vmcs_set_startup(struct vmx_vcpu *v, uint8_t vector)
{
	clear_registers(v);
	v->registers[VCPU_RDX] = cpuid_leaf(1, 0).eax;
	set_data_segments(0, 0xffff, ACCESS_DATA16);
	set_segment(GUEST_CS_SELECTOR, (uint16_t)(vector << 8), (uint64_t)vector << 12, 0xffff,
		    ACCESS_CODE16);
	vmwrite(GUEST_RIP, 0);
	vmwrite(GUEST_RSP, 0);
	set_efer(0);
	vmcs_set_cr0(CR0_ET);
	vmcs_set_cr4(v, 0);
}

/* Everything that the TLB holds for the vCPU and its page tables. */
static void flush_all(const struct vmx_vcpu *v)
{
	vmcs_flush_tlb(v);
	if (!vmx_caps.invept_single || !invept(INVEPT_SINGLE_CONTEXT, vmread(EPT_POINTER)))
		invept(INVEPT_ALL_CONTEXTS, 0);
}

void vmcs_apic_mode_changed(struct vmx_vcpu *v)
{
	bool x2apic = lapic_is_x2apic(&v->lapic);
	bool on = v->lapic.base & IA32_APIC_BASE_EN;
	uint32_t before = v->secondary;

	if (vmx_caps.delivery == DELIVERY_INJECTION)
		return;
	vmcs_set_secondary(v, CPU2_VIRTUALIZE_APIC_ACCESSES, on && !x2apic);
	/* Translations of the time when the page was none of the APIC's (SDM, "Guidelines for Use
	 * of the INVVPID Instruction", "... of the INVEPT Instruction"). */
	if (~before & v->secondary & CPU2_VIRTUALIZE_APIC_ACCESSES)
		flush_all(v);
	if (vmx_caps.x2apic_mode)
		vmcs_set_secondary(v, CPU2_VIRTUALIZE_X2APIC_MODE, on && x2apic);
	msr_bitmap_set_x2apic(v->msr_bitmap, on && x2apic);
	vmwrite(GUEST_INTERRUPT_STATUS, 0); /* for a reset APIC; entries set RVI */
}

void vmcs_init(struct vmx_vcpu *v, const struct vcpu_start *start)
{
	*(uint32_t *)v->vmcs = vmx_caps.revision;
	if (!vmclear((uint64_t)v->vmcs))
		panic("VMCLEAR of a new VMCS failed");
	vmcs_make_current(v);
	init_controls(v);
	init_addresses(v);
	init_host_state();
	if (start)
		vmcs_set_start(v, start, start->rip);
	else
		vmcs_set_startup(v, 0);
	v->activity = start ? VCPU_ACTIVE : VCPU_WAIT_FOR_SIPI;
	/* Nothing of an earlier VM with this tag, or with these pages as its tables, may survive.
	 */
	flush_all(v);
}
