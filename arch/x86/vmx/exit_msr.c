/* SPDX-License-Identifier: BSD-2-Clause */
/* MSRs that exit. What is not listed here raises #GP in the guest. */
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/cpuid.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/log.h"

#define IA32_TSC               0x010
#define IA32_PLATFORM_ID       0x017
#define IA32_FEATURE_CONTROL   0x03a
#define FEATURE_LOCKED         1 /* and nothing enabled */
#define IA32_BIOS_SIGN_ID      0x08b
#define IA32_MTRRCAP           0x0fe
#define MTRRCAP_WC             BIT(10) /* no fixed and no variable ranges */
#define IA32_ARCH_CAPABILITIES 0x10a
#define IA32_MISC_ENABLE       0x1a0
#define IA32_MTRR_DEF_TYPE     0x2ff
#define MTRR_DEF_TYPE_BITS     (BIT(11) | BIT(10) | 0xff)
#define X2APIC_LAST            0x8ff

/*
 * What a guest is told of IA32_ARCH_CAPABILITIES (SDM volume 4): what the processor is not
 * susceptible to (RDCL_NO 0, SSB_NO 4, MDS_NO 5, IF_PSCHANGE_MC_NO 6, TAA_NO 8, SBDR_SSDP_NO 13,
 * FBSDP_NO 14, PSDP_NO 15, BHI_NO 20, PBRSB_NO 24, GDS_NO 26, RFDS_NO 27, ITS_NO 62), what VERW
 * clears (FB_CLEAR 17, RFDS_CLEAR 28) and how its return-stack buffer behaves (RSBA 2, RRSBA 19).
 * Not the bits that stand for MSRs which guests do not have.
 */
#define ARCH_CAPABILITIES_SHOWN                                                              \
	(BIT(0) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(13) | BIT(14) | BIT(15) | \
	 BIT(17) | BIT(19) | BIT(20) | BIT(24) | BIT(26) | BIT(27) | BIT(28) | BIT(62))

#define EFER_WRITABLE (IA32_EFER_SCE | IA32_EFER_LME | IA32_EFER_NXE)

#define REPORTED_MOST 64

/* Each MSR is reported once; which ones were, so that a guest cannot flood the log. */
static uint32_t reported[REPORTED_MOST];

static void report_once(const struct vmx_vcpu *v, uint32_t msr, const char *access)
{
	for (unsigned i = 0; i < REPORTED_MOST; i++) {
		if (reported[i] == msr)
			return;
		if (reported[i] == 0) {
			reported[i] = msr;
			log_debug("%s.%u: %s MSR 0x%x: #GP", v->vcpu->vm->name, v->vcpu->id, access,
				  msr);
			return;
		}
	}
}

static uint64_t guest_tsc(const struct vmx_vcpu *v)
{
	return ticks_now() + v->tsc_offset;
}

void msr_allow_adjust(struct vmx_vcpu *v)
{
	bool present = cpuid_leaf(7, 0).ebx & CPUID_7_EBX_TSC_ADJUST;

	msr_bitmap_set_adjust(v->msr_bitmap,
			      present && !v->tsc_offset && !msr_read(IA32_TSC_ADJUST));
}

static void set_tsc_offset(struct vmx_vcpu *v, uint64_t offset)
{
	v->tsc_offset = offset;
	vmwrite(TSC_OFFSET, offset);
	msr_allow_adjust(v);
	if (v->lapic.tsc_deadline)
		lapic_timer_write_deadline(&v->lapic, v->lapic.tsc_deadline, offset);
}

/* The host's, as far as it concerns a guest, if it has the register. */
static bool read_arch_capabilities(uint64_t *value)
{
	if (!(cpuid_guest(7, 0).edx & CPUID_7_EDX_ARCH_CAPABILITIES))
		return false;
	*value = msr_read(IA32_ARCH_CAPABILITIES) & ARCH_CAPABILITIES_SHOWN;
	return true;
}

static bool read_msr(struct vmx_vcpu *v, uint32_t msr, uint64_t *value)
{
	if (msr >= IA32_X2APIC_FIRST && msr <= X2APIC_LAST)
		return lapic_msr_read(v->vcpu, msr, value);
	switch (msr) {
	case IA32_TSC:
		*value = guest_tsc(v);
		return true;
	case IA32_TSC_ADJUST:
		*value = v->tsc_offset;
		return true;
	case IA32_APIC_BASE:
		*value = v->lapic.base;
		return true;
	case IA32_TSC_DEADLINE:
		*value = v->lapic.tsc_deadline;
		return true;
	case IA32_EFER:
		*value = vmcs_guest_efer(v);
		return true;
	case IA32_ARCH_CAPABILITIES:
		return read_arch_capabilities(value);
	case IA32_FEATURE_CONTROL:
		*value = FEATURE_LOCKED;
		return true;
	case IA32_MTRRCAP:
		*value = MTRRCAP_WC;
		return true;
	case IA32_MTRR_DEF_TYPE:
		*value = v->mtrr_def_type;
		return true;
	case IA32_MISC_ENABLE:
		*value = v->misc_enable;
		return true;
	case IA32_PLATFORM_ID:
	case IA32_BIOS_SIGN_ID: /* microcode revision 0: unknown */
		*value = 0;
		return true;
	default:
		return false;
	}
}

uint64_t vmcs_guest_efer(const struct vmx_vcpu *v)
{
	return v->unpaged ? v->unpaged_efer : vmread(GUEST_IA32_EFER);
}

static bool write_efer(struct vmx_vcpu *v, uint64_t value)
{
	uint64_t before = vmcs_guest_efer(v);

	if (value & ~(EFER_WRITABLE | IA32_EFER_LMA))
		return false;
	if (((before ^ value) & IA32_EFER_LME) && (vmcs_guest_cr0() & BIT(31)))
		return false;
	value = (value & EFER_WRITABLE) | (before & IA32_EFER_LMA);
	v->unpaged_efer = value;
	vmwrite(GUEST_IA32_EFER, v->unpaged ? value & ~(uint64_t)IA32_EFER_LME : value);
	return true;
}

static bool write_msr(struct vmx_vcpu *v, uint32_t msr, uint64_t value)
{
	if (msr >= IA32_X2APIC_FIRST && msr <= X2APIC_LAST)
		return lapic_msr_write(v->vcpu, msr, value);
	switch (msr) {
	case IA32_TSC:
		set_tsc_offset(v, value - ticks_now());
		return true;
	case IA32_TSC_ADJUST:
		set_tsc_offset(v, value);
		return true;
	case IA32_APIC_BASE:
		return lapic_base_write(v->vcpu, value);
	case IA32_TSC_DEADLINE:
		lapic_timer_write_deadline(&v->lapic, value, v->tsc_offset);
		return true;
	case IA32_EFER:
		return write_efer(v, value);
	case IA32_MTRR_DEF_TYPE:
		v->mtrr_def_type = value & MTRR_DEF_TYPE_BITS;
		return !(value & ~MTRR_DEF_TYPE_BITS);
	case IA32_MISC_ENABLE:
		v->misc_enable = value;
		return true;
	case IA32_BIOS_SIGN_ID:
		return true;
	default:
		return false;
	}
}

void exit_rdmsr(struct vmx_vcpu *v)
{
	uint64_t *registers = vcpu_registers(v->vcpu);
	uint32_t msr = (uint32_t)registers[VCPU_RCX];
	uint64_t value;

	if (!read_msr(v, msr, &value)) {
		report_once(v, msr, "read of");
		vcpu_inject_gp(v->vcpu);
		return;
	}
	registers[VCPU_RAX] = (uint32_t)value;
	registers[VCPU_RDX] = value >> 32;
	vcpu_skip_instruction(v->vcpu, vcpu_exit_instruction_bytes(v->vcpu));
}

void exit_wrmsr(struct vmx_vcpu *v)
{
	const uint64_t *registers = vcpu_registers(v->vcpu);
	uint32_t msr = (uint32_t)registers[VCPU_RCX];
	uint64_t value = registers[VCPU_RDX] << 32 | (uint32_t)registers[VCPU_RAX];

	if (!write_msr(v, msr, value)) {
		report_once(v, msr, "write to");
		vcpu_inject_gp(v->vcpu);
		return;
	}
	vcpu_skip_instruction(v->vcpu, vcpu_exit_instruction_bytes(v->vcpu));
}
