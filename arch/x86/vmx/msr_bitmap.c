/* SPDX-License-Identifier: BSD-2-Clause */
/* MSR bitmap: which MSRs the guest reaches without an exit (SDM volume 3, "MSR-Bitmap Address"). */
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/string.h"

#define IA32_TSC     0x010
#define IA32_TSC_AUX 0xc0000103

/* Byte offsets of the four bitmaps in the page. */
#define READ_LOW   0
#define READ_HIGH  1024
#define WRITE_LOW  2048
#define WRITE_HIGH 3072
#define HIGH_FIRST 0xc0000000u

static void set_exit(uint8_t *bitmap, uint32_t msr, bool is_write, bool exit)
{
	unsigned offset = msr >= HIGH_FIRST ? (is_write ? WRITE_HIGH : READ_HIGH)
					    : (is_write ? WRITE_LOW : READ_LOW);
	unsigned bit = msr & 0x1fff;

	if (exit)
		bitmap[offset + bit / 8] |= (uint8_t)(1u << (bit % 8));
	else
		bitmap[offset + bit / 8] &= (uint8_t) ~(1u << (bit % 8));
}

void msr_bitmap_init(uint8_t *bitmap)
{
	/* Kept per vCPU by the VMCS or by context.c. */
	static const uint32_t direct[] = {
		IA32_FS_BASE,     IA32_GS_BASE,      IA32_KERNEL_GS_BASE, IA32_STAR,
		IA32_LSTAR,       IA32_CSTAR,        IA32_FMASK,          IA32_PAT,
		IA32_SYSENTER_CS, IA32_SYSENTER_ESP, IA32_SYSENTER_EIP,   IA32_TSC_AUX,
	};

	memset(bitmap, 0xff, 4096);
	for (unsigned i = 0; i < ARRAY_SIZE(direct); i++) {
		set_exit(bitmap, direct[i], false, false);
		set_exit(bitmap, direct[i], true, false);
	}
	set_exit(bitmap, IA32_TSC, false, false);
}

/* Registers that the processor reads from the virtual-APIC page as they are. */
static bool is_readable(uint32_t offset)
{
	switch (offset) {
	case APIC_ID:
	case APIC_VERSION:
	case APIC_TPR:
	case APIC_PPR:
	case APIC_LDR:
	case APIC_SVR:
	case APIC_ESR:
	case APIC_ICR:
	case APIC_INITIAL_COUNT:
	case APIC_DIVIDE:
		return true;
	default:
		return (offset >= APIC_ISR && offset < APIC_ESR) ||
		       (offset >= APIC_LVT_TIMER && offset <= APIC_LVT_ERROR);
	}
}

void msr_bitmap_set_x2apic(uint8_t *bitmap, bool direct)
{
	for (uint32_t offset = 0; offset < 0x1000; offset += 16) {
		uint32_t msr = IA32_X2APIC_FIRST + offset / 16;
		bool writable = offset == APIC_TPR || offset == APIC_EOI || offset == APIC_SELF_IPI;

		set_exit(bitmap, msr, false, !(direct && is_readable(offset)));
		set_exit(bitmap, msr, true, !(direct && writable));
	}
}

void msr_bitmap_set_adjust(uint8_t *bitmap, bool direct)
{
	set_exit(bitmap, IA32_TSC_ADJUST, false, !direct);
}

void msr_bitmap_set_deadline(uint8_t *bitmap, bool direct)
{
	set_exit(bitmap, IA32_TSC_DEADLINE, false, !direct);
	set_exit(bitmap, IA32_TSC_DEADLINE, true, !direct);
}
