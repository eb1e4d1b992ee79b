// SPDX-License-Identifier: BSD-2-Clause
/* A VMCS as memory. */
#include <string.h>

#include "arch/x86/vmx/controls.h"
#include "tests/unit/vmx/fake_vmcs.h"

#define RFLAGS_TF    BIT(8)
#define DEBUGCTL_BTF BIT(1)
#define PENDING_BS   BIT(14)

uint64_t fake_vmcs[FAKE_VMCS_FIELDS];
uint64_t fake_dr6;
unsigned fake_invept, fake_invvpid;

void fake_vmcs_reset(void)
{
	memset(fake_vmcs, 0, sizeof(fake_vmcs));
	fake_dr6 = 0xffff0ff0;
	fake_invept = fake_invvpid = 0;
}

bool vmxon(uint64_t region)
{
	return region;
}

bool vmclear(uint64_t vmcs)
{
	return vmcs;
}

bool vmptrld(uint64_t vmcs)
{
	return vmcs;
}

uint64_t vmread(enum vmcs_field field)
{
	return fake_vmcs[field];
}

void vmwrite(enum vmcs_field field, uint64_t value)
{
	fake_vmcs[field] = value;
}

bool invept(uint64_t type, uint64_t ept_pointer)
{
	(void)type;
	(void)ept_pointer;
	fake_invept++;
	return true;
}

bool invvpid(uint64_t type, uint16_t vpid)
{
	(void)type;
	(void)vpid;
	fake_invvpid++;
	return true;
}

uint64_t cr0_read(void)
{
	return CR0_PE | CR0_PG;
}

uint64_t cr3_read(void)
{
	return 0x1000;
}

uint64_t cr4_read(void)
{
	return CR4_PAE | CR4_MCE | CR4_VMXE;
}

uint64_t dr6_read(void)
{
	return fake_dr6;
}

void dr6_write(uint64_t value)
{
	fake_dr6 = value;
}

static const char *event_refusal(uint32_t event, uint32_t bytes)
{
	uint64_t type = event & INTERRUPTION_TYPE;
	uint64_t blocking = fake_vmcs[GUEST_INTERRUPTIBILITY_STATE];

	if (!(event & INTERRUPTION_VALID))
		return NULL;
	if ((type == INTERRUPTION_SOFTWARE || type == INTERRUPTION_PRIVILEGED ||
	     type == INTERRUPTION_SOFT_EXCEPTION) &&
	    (bytes < 1 || bytes > 15))
		return "a software event without an instruction's length";
	if (type == INTERRUPTION_NMI && blocking & BLOCKING_BY_NMI)
		return "an NMI while NMIs are blocked";
	return NULL;
}

const char *fake_vmcs_refusal(uint32_t event, uint32_t event_bytes)
{
	bool steps = (fake_vmcs[GUEST_RFLAGS] & RFLAGS_TF) &&
		     !(fake_vmcs[GUEST_IA32_DEBUGCTL] & DEBUGCTL_BTF);
	bool blocked =
		fake_vmcs[GUEST_INTERRUPTIBILITY_STATE] & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS);
	bool pending = fake_vmcs[GUEST_PENDING_DEBUG_EXCEPTIONS] & PENDING_BS;

	if (steps && blocked && !pending)
		return "a single step under blocking by STI or MOV SS is not pending";
	if (!steps && pending)
		return "a single step is pending, but the guest does not step";
	return event_refusal(event, event_bytes);
}
