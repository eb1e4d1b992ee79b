/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands for a processor's VMX instructions too; included before all other headers of a test's
 * sources.
 */
#ifndef SLUICE_TESTS_UNIT_VMX_FAKE_VMCS_H
#define SLUICE_TESTS_UNIT_VMX_FAKE_VMCS_H

#include "tests/unit/vmx/fake_processor.h"

/* The real ones keep other names. */
#define vmxon   processor_vmxon
#define vmclear processor_vmclear
#define vmptrld processor_vmptrld
#define vmread  processor_vmread
#define vmwrite processor_vmwrite
#define invept  processor_invept
#define invvpid processor_invvpid
#include "arch/x86/vmx/operations.h"
#undef vmxon
#undef vmclear
#undef vmptrld
#undef vmread
#undef vmwrite
#undef invept
#undef invvpid

bool vmxon(uint64_t region);
bool vmclear(uint64_t vmcs);
bool vmptrld(uint64_t vmcs);
uint64_t vmread(enum vmcs_field field);
void vmwrite(enum vmcs_field field, uint64_t value);
bool invept(uint64_t type, uint64_t ept_pointer);
bool invvpid(uint64_t type, uint16_t vpid);

#endif
