/* SPDX-License-Identifier: BSD-2-Clause */
/* Model-specific registers (SDM volume 4), by the SDM's names. VMX has its own header. */
#ifndef SLUICE_ARCH_X86_CPU_MSR_H
#define SLUICE_ARCH_X86_CPU_MSR_H

#include <stdbool.h>
#include <stdint.h>

#define IA32_TSC               0x010
#define IA32_APIC_BASE         0x01b
#define IA32_APIC_BASE_BSP     (1ull << 8)
#define IA32_APIC_BASE_EXTD    (1ull << 10) /* x2APIC mode */
#define IA32_APIC_BASE_EN      (1ull << 11)
#define IA32_APIC_BASE_ADDRESS 0x000ffffffffff000ull
#define IA32_TSC_ADJUST        0x03b
#define IA32_BIOS_SIGN_ID      0x08b /* microcode revision in the upper half */
#define MSR_PLATFORM_INFO      0x0ce
#define IA32_SYSENTER_CS       0x174
#define IA32_SYSENTER_ESP      0x175
#define IA32_SYSENTER_EIP      0x176
#define IA32_PERF_STATUS       0x198
#define IA32_MISC_ENABLE       0x1a0
#define MSR_POWER_CTL          0x1fc
#define IA32_PAT               0x277
#define IA32_PAT_AFTER_RESET   0x0007040600070406ull /* WB, WT, UC-, UC; the same again */
#define IA32_TSC_DEADLINE      0x6e0
#define IA32_X2APIC_FIRST      0x800 /* register offset / 16 is added */
#define IA32_EFER              0xc0000080
#define IA32_EFER_SCE          (1ull << 0)
#define IA32_EFER_LME          (1ull << 8)
#define IA32_EFER_LMA          (1ull << 10)
#define IA32_EFER_NXE          (1ull << 11)
#define IA32_STAR              0xc0000081
#define IA32_LSTAR             0xc0000082
#define IA32_CSTAR             0xc0000083
#define IA32_FMASK             0xc0000084
#define IA32_FS_BASE           0xc0000100
#define IA32_GS_BASE           0xc0000101
#define IA32_KERNEL_GS_BASE    0xc0000102

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

/* Reads an MSR that this processor may not have: false then. */
bool msr_probe(uint32_t msr, uint64_t *value);

#endif
