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

#define cr0_read  processor_cr0_read
#define cr0_write processor_cr0_write
#define cr2_read  processor_cr2_read
#define cr2_write processor_cr2_write
#define cr3_read  processor_cr3_read
#define cr3_write processor_cr3_write
#define cr4_read  processor_cr4_read
#define cr4_write processor_cr4_write
#define dr6_read  processor_dr6_read
#define dr6_write processor_dr6_write
#include "arch/x86/cpu/cr.h"
#undef cr0_read
#undef cr0_write
#undef cr2_read
#undef cr2_write
#undef cr3_read
#undef cr3_write
#undef cr4_read
#undef cr4_write
#undef dr6_read
#undef dr6_write

bool vmxon(uint64_t region);
bool vmclear(uint64_t vmcs);
bool vmptrld(uint64_t vmcs);
uint64_t vmread(enum vmcs_field field);
void vmwrite(enum vmcs_field field, uint64_t value);
bool invept(uint64_t type, uint64_t ept_pointer);
bool invvpid(uint64_t type, uint16_t vpid);
uint64_t cr0_read(void);
uint64_t cr3_read(void);
uint64_t cr4_read(void);
uint64_t dr6_read(void);
void dr6_write(uint64_t value);

/* --- fake_vmcs.c: the current VMCS as memory, and what was done with it -------------------------
 */

#define FAKE_VMCS_FIELDS 0x7000

extern uint64_t fake_vmcs[FAKE_VMCS_FIELDS];
extern uint64_t fake_dr6;
extern unsigned fake_invept, fake_invvpid; /* executed */

/* All fields 0, nothing executed. */
void fake_vmcs_reset(void);

/*
 * The checks of a VM entry that depend on how the guest was left: interruptibility, single step and
 * the event to inject (SDM volume 3, "Checks on Guest Non-Register State", "VM-Entry Control
 * Fields"). NULL if it would enter, else what is wrong.
 */
const char *fake_vmcs_refusal(uint32_t event, uint32_t event_bytes);

#endif
