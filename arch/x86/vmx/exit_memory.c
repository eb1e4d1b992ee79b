/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits for guest-physical addresses: EPT violations and the local APIC's page. */
#include "arch/x86/platform/platform.h"
#include "arch/x86/vmx/vmx_vcpu.h"

/* Access types in the qualification of APIC-access exits, bits 15:12 */
enum apic_access {
	APIC_LINEAR_READ = 0,
	APIC_LINEAR_WRITE = 1
};

/* While an event was being delivered there is no instruction to emulate. */
static bool stop_if_delivering(struct vmx_vcpu *v, uint64_t address)
{
	if (!v->idt_vectoring)
		return false;
	vcpu_stop_vm(v,
		     "event 0x%x could not be delivered: its IDT, stack or handler is at 0x%llx, "
		     "where there is no memory",
		     v->idt_vectoring & 0xff, (unsigned long long)address);
	return true;
}

void exit_ept_violation(struct vmx_vcpu *v)
{
	uint64_t qualification = vmread(EXIT_QUALIFICATION);
	uint64_t address = vmread(GUEST_PHYSICAL_ADDRESS);
	bool is_write = qualification & EPT_VIOLATION_WRITE;

	if (stop_if_delivering(v, address))
		return;
	if (qualification & EPT_VIOLATION_FETCH)
		vcpu_stop_vm(v, "instruction fetch from 0x%llx, where there is no memory",
			     (unsigned long long)address);
	else if ((address & ~0xfffull) == PLATFORM_LAPIC)
		platform_lapic_exit(v->vcpu, address & 0xfff, is_write);
	else
		platform_mmio_exit(v->vcpu, address, is_write);
}

void exit_ept_misconfiguration(struct vmx_vcpu *v)
{
	vcpu_stop_vm(v, "EPT misconfiguration at 0x%llx",
		     (unsigned long long)vmread(GUEST_PHYSICAL_ADDRESS));
}

void exit_apic_access(struct vmx_vcpu *v)
{
	uint64_t qualification = vmread(EXIT_QUALIFICATION);
	uint32_t offset = qualification & 0xfff;
	unsigned type = qualification >> 12 & 15;

	if (stop_if_delivering(v, PLATFORM_LAPIC + offset))
		return;
	if (type == APIC_LINEAR_READ || type == APIC_LINEAR_WRITE)
		platform_lapic_exit(v->vcpu, offset, type == APIC_LINEAR_WRITE);
	else
		vcpu_stop_vm(v, "access of type %u to offset 0x%x of the local APIC's page", type,
			     offset);
}

void exit_apic_write(struct vmx_vcpu *v)
{
	lapic_written(v->vcpu, vmread(EXIT_QUALIFICATION) & 0xff0);
}

void exit_virtualized_eoi(struct vmx_vcpu *v)
{
	platform_eoi(v->vcpu->vm, vmread(EXIT_QUALIFICATION) & 0xff);
}
