/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMX instructions (SDM volume 3, "VMX Instruction Reference"). */
#ifndef SLUICE_ARCH_X86_VMX_OPERATIONS_H
#define SLUICE_ARCH_X86_VMX_OPERATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/vmx/vmcs_fields.h"

/* VMXON, VMCLEAR and VMPTRLD take a physical address in memory; false: VMfail. */
static inline bool vmxon(uint64_t region)
{
	bool failed;

	__asm__ volatile("vmxon %1" : "=@ccbe"(failed) : "m"(region) : "memory");
	return !failed;
}

static inline bool vmclear(uint64_t vmcs)
{
	bool failed;

	__asm__ volatile("vmclear %1" : "=@ccbe"(failed) : "m"(vmcs) : "memory");
	return !failed;
}

static inline bool vmptrld(uint64_t vmcs)
{
	bool failed;

	__asm__ volatile("vmptrld %1" : "=@ccbe"(failed) : "m"(vmcs) : "memory");
	return !failed;
}

/* Reports an instruction that failed on a field; that is the hypervisor's own mistake. */
_Noreturn void vmx_field_failed(const char *instruction, enum vmcs_field field);

static inline uint64_t vmread(enum vmcs_field field)
{
	uint64_t value;
	bool failed;

	__asm__ volatile("vmread %2, %1"
			 : "=@ccbe"(failed), "=r"(value)
			 : "r"((uint64_t)field)
			 : "memory");
	if (__builtin_expect(failed, 0))
		vmx_field_failed("VMREAD", field);
	return value;
}

static inline void vmwrite(enum vmcs_field field, uint64_t value)
{
	bool failed;

	__asm__ volatile("vmwrite %1, %2"
			 : "=@ccbe"(failed)
			 : "r"(value), "r"((uint64_t)field)
			 : "memory");
	if (__builtin_expect(failed, 0))
		vmx_field_failed("VMWRITE", field);
}

static inline bool invept(uint64_t type, uint64_t ept_pointer)
{
	struct {
		uint64_t ept_pointer, reserved;
	} descriptor = {ept_pointer, 0};
	bool failed;

	__asm__ volatile("invept %1, %2"
			 : "=@ccbe"(failed)
			 : "m"(descriptor), "r"(type)
			 : "memory");
	return !failed;
}

static inline bool invvpid(uint64_t type, uint16_t vpid)
{
	struct {
		uint64_t vpid, linear_address;
	} descriptor = {vpid, 0};
	bool failed;

	__asm__ volatile("invvpid %1, %2"
			 : "=@ccbe"(failed)
			 : "m"(descriptor), "r"(type)
			 : "memory");
	return !failed;
}

#endif
