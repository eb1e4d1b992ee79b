/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protected mode without paging on processors without unrestricted guest, which want CR0.PG set in
 * guests (SDM volume 3, "VMX-Fixed Bits in CR0"). Kernels are in it for a moment when a further
 * processor starts. PAE paging with tables that map 4 GB at their own addresses stands for it; the
 * guest sees its own CR3 and EFER.
 */
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/vmx_vcpu.h"

#define CR3_ACCESS_EXITS (CPU_CR3_LOAD_EXITING | CPU_CR3_STORE_EXITING)

void unpaged_enter(struct vmx_vcpu *v)
{
	uint64_t cr4 = vmcs_guest_cr4();

	v->unpaged_cr3 = vmread(GUEST_CR3);
	v->unpaged_efer = vmread(GUEST_IA32_EFER);
	v->unpaged = true;
	vmwrite(GUEST_CR3, vmx_vm(v->vcpu->vm)->further.pae_cr3);
	if (!vmcs_load_pdptes(v))
		vcpu_stop_vm(v, "the guest has overwritten the reserved page tables at 0x%llx",
			     (unsigned long long)vmread(GUEST_CR3));
	/* With paging LME and LMA must be the same. */
	vmwrite(GUEST_IA32_EFER, v->unpaged_efer & ~(uint64_t)IA32_EFER_LME);
	vmcs_set_cr4(v, cr4);
	vmcs_set_primary(v, CR3_ACCESS_EXITS, true);
}

void unpaged_leave(struct vmx_vcpu *v)
{
	uint64_t cr4 = vmcs_guest_cr4();

	v->unpaged = false;
	vmwrite(GUEST_CR3, v->unpaged_cr3);
	vmwrite(GUEST_IA32_EFER, v->unpaged_efer);
	vmcs_set_cr4(v, cr4);
	vmcs_set_primary(v, CR3_ACCESS_EXITS, false);
}
