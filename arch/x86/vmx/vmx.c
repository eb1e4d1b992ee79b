/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX operation of the cores, and the names of what can go wrong with VMX instructions. */
#include "arch/x86/vmx/vmx.h"

#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/controls.h"
#include "arch/x86/vmx/instruction_error.h"
#include "arch/x86/vmx/operations.h"
#include "kernel/core.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/memory.h"

static const char *const instruction_errors[] = {
	[1] = "VMCALL executed in VMX root operation",
	[2] = "VMCLEAR with invalid physical address",
	[3] = "VMCLEAR with VMXON pointer",
	[4] = "VMLAUNCH with non-clear VMCS",
	[5] = "VMRESUME with non-launched VMCS",
	[6] = "VMRESUME after VMXOFF",
	[7] = "VM entry with invalid control fields",
	[8] = "VM entry with invalid host-state fields",
	[9] = "VMPTRLD with invalid physical address",
	[10] = "VMPTRLD with VMXON pointer",
	[11] = "VMPTRLD with incorrect VMCS revision identifier",
	[12] = "VMREAD or VMWRITE of an unsupported field",
	[13] = "VMWRITE to a read-only field",
	[15] = "VMXON executed in VMX root operation",
	[25] = "VM entry with invalid executive-VMCS pointer",
	[26] = "VM entry with events blocked by MOV SS",
	[28] = "invalid operand to INVEPT or INVVPID",
};

const char *vmx_instruction_error_name(uint64_t number)
{
	if (number < ARRAY_SIZE(instruction_errors) && instruction_errors[number])
		return instruction_errors[number];
	return "unknown error";
}

void vmx_field_failed(const char *instruction, enum vmcs_field field)
{
	panic("%s of VMCS field 0x%x failed", instruction, (unsigned)field);
}

/* It came when its guest had just left. The vCPU looks before it sleeps or enters: posted.h. */
static void late_notification(void *argument)
{
	(void)argument;
}

bool vmx_init(uint32_t hide)
{
	interrupt_set_handler(VECTOR_POSTED_NOTIFY, late_notification, NULL);
	vmx_detect(hide);
	return vmx_caps.usable;
}

bool vmx_usable(void)
{
	return vmx_caps.usable;
}

void vmx_enable_core(void)
{
	uint32_t *region;

	if (!vmx_caps.usable)
		return;
	region = memory_alloc(PAGE_BYTES, PAGE_BYTES);
	if (!region || !vmx_open_feature_control()) {
		log_error("core %u: VMX cannot be switched on: %s", core_this()->id,
			  region ? "its firmware setting differs from the boot core's"
				 : "out of memory");
		vmx_caps.usable = false;
		return;
	}
	*region = vmx_caps.revision;
	cr0_write(((cr0_read() | vmx_caps.cr0_fixed0) & vmx_caps.cr0_fixed1 & ~(CR0_TS | CR0_EM)) |
		  CR0_MP);
	cr4_write((cr4_read() | vmx_caps.cr4_fixed0 | CR4_VMXE | CR4_OSFXSR | CR4_OSXMMEXCPT |
		   (vmx_caps.xsave ? CR4_OSXSAVE : 0)) &
		  vmx_caps.cr4_fixed1);
	ASSERT(vmxon((uint64_t)region));
}
