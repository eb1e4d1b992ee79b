/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CR0, CR4, CR8 and XCR0 of the guest (SDM volume 3, "Guest/Host Masks and Read Shadows"). The
 * guest owns the bits whose change needs nobody's attention; writes that change others exit.
 */
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/cpuid.h"
#include "arch/x86/vmx/vmx_vcpu.h"

#define CR0_GUEST_OWNED (CR0_MP | CR0_EM | CR0_TS | CR0_WP | CR0_AM)
#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)

/* VME, PVI, TSD, DE, PSE, MCE, PGE, PCE */
#define CR4_BASIC    (0x0full | BIT(4) | CR4_MCE | CR4_PGE | BIT(8))
#define CR4_UMIP     BIT(11)
#define CR4_FSGSBASE BIT(16)
#define CR4_PCIDE    BIT(17)
#define CR4_SMEP     BIT(20)
#define CR4_SMAP     BIT(21)
#define CR4_PKE      BIT(22)
/* MCE is always set: a machine check with it clear shuts the whole machine down. */
#define CR4_HOST_OWNED (CR4_PAE | CR4_MCE | CR4_VMXE)
/* What would act on the pages that stand for no paging. */
#define CR4_OF_PAGING (CR4_SMEP | CR4_SMAP | CR4_PKE)

#define CR3_KEEP_TLB   BIT(63)
#define PDPTE_RESERVED 0xfff00000000001e6ull
#define TSS_BUSY_64    0xbull

/* Exit qualification of control-register accesses */
#define ACCESS_REGISTER(q)  ((q)&15)
#define ACCESS_KIND(q)      ((q) >> 4 & 3)
#define ACCESS_GPR(q)       ((q) >> 8 & 15)
#define ACCESS_LMSW_DATA(q) ((q) >> 16 & 0xffff)
enum access_kind {
	ACCESS_TO_CR,
	ACCESS_FROM_CR,
	ACCESS_CLTS,
	ACCESS_LMSW
};

/* Bits of CR4 that the guest may use. */
static uint64_t get_cr4_allowed(void)
{
	struct cpuid one = cpuid_guest(1, 0);
	struct cpuid seven = cpuid_guest(7, 0);
	uint64_t bits = CR4_BASIC | CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	bits |= one.ecx & BIT(17) ? CR4_PCIDE : 0;
	bits |= one.ecx & CPUID_1_ECX_XSAVE ? CR4_OSXSAVE : 0;
	bits |= seven.ebx & BIT(0) ? CR4_FSGSBASE : 0;
	bits |= seven.ebx & BIT(7) ? CR4_SMEP : 0;
	bits |= seven.ebx & BIT(20) ? CR4_SMAP : 0;
	bits |= seven.ecx & BIT(2) ? CR4_UMIP : 0;
	bits |= seven.ecx & BIT(3) ? CR4_PKE : 0;
	return bits;
}

uint64_t vmcs_guest_cr0(void)
{
	return (vmread(GUEST_CR0) & CR0_GUEST_OWNED) |
	       (vmread(CR0_READ_SHADOW) & ~(uint64_t)CR0_GUEST_OWNED);
}

uint64_t vmcs_guest_cr3(const struct vmx_vcpu *v)
{
	return v->unpaged ? v->unpaged_cr3 : vmread(GUEST_CR3);
}

uint64_t vmcs_guest_cr4(void)
{
	uint64_t mask = vmread(CR4_GUEST_HOST_MASK);

	return (vmread(GUEST_CR4) & ~mask) | (vmread(CR4_READ_SHADOW) & mask);
}

void vmcs_set_cr0(uint64_t value)
{
	uint64_t fixed0 = vmx_caps.cr0_fixed0;

	if (vmx_caps.unrestricted_guest)
		fixed0 &= ~(CR0_PE | CR0_PG);
	vmwrite(CR0_GUEST_HOST_MASK, ~(uint64_t)CR0_GUEST_OWNED);
	vmwrite(CR0_READ_SHADOW, value);
	vmwrite(GUEST_CR0, ((value & ~(CR0_CD | CR0_NW)) | fixed0) & vmx_caps.cr0_fixed1);
}

void vmcs_set_cr4(const struct vmx_vcpu *v, uint64_t value)
{
	uint64_t host = ~get_cr4_allowed() | CR4_HOST_OWNED | (v->unpaged ? CR4_OF_PAGING : 0);
	uint64_t real = v->unpaged ? (value & ~CR4_OF_PAGING) | CR4_PAE : value;

	vmwrite(CR4_GUEST_HOST_MASK, host);
	vmwrite(CR4_READ_SHADOW, value);
	vmwrite(GUEST_CR4, (real | CR4_MCE | vmx_caps.cr4_fixed0) & vmx_caps.cr4_fixed1);
}

bool vmcs_load_pdptes(struct vmx_vcpu *v)
{
	const uint64_t *table = vm_memory(v->vcpu->vm, vmread(GUEST_CR3) & 0xffffffe0, 32);

	if (!table)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t entry = READ_ONCE(table[i]);

		if ((entry & 1) && (entry & PDPTE_RESERVED))
			return false;
		vmwrite(GUEST_PDPTE_0 + 2 * i, entry);
	}
	return true;
}

static void set_long_mode(bool on)
{
	uint64_t efer = vmread(GUEST_IA32_EFER);
	uint64_t controls = vmread(ENTRY_CONTROLS);
	uint64_t rights = vmread(GUEST_TR_ACCESS_RIGHTS);

	vmwrite(GUEST_IA32_EFER, on ? efer | IA32_EFER_LMA : efer & ~IA32_EFER_LMA);
	vmwrite(ENTRY_CONTROLS,
		on ? controls | ENTRY_IA32E_MODE_GUEST : controls & ~ENTRY_IA32E_MODE_GUEST);
	if (on) /* entries insist on it, while LTR in the new mode is yet to come */
		vmwrite(GUEST_TR_ACCESS_RIGHTS, (rights & ~15ull) | TSS_BUSY_64);
}

/* Long mode begins or ends with paging. False: #GP. */
static bool switch_long_mode(struct vmx_vcpu *v, bool on)
{
	uint64_t efer = vmread(GUEST_IA32_EFER);
	uint64_t cr4 = vmcs_guest_cr4();
	bool code64 = vmread(GUEST_CS_ACCESS_RIGHTS) & ACCESS_LONG;

	if (!on) {
		if ((efer & IA32_EFER_LMA) && (code64 || (cr4 & CR4_PCIDE)))
			return false;
		if (efer & IA32_EFER_LMA)
			set_long_mode(false);
		return true;
	}
	if (efer & IA32_EFER_LME) {
		if (!(cr4 & CR4_PAE) || code64)
			return false;
		set_long_mode(true);
		return true;
	}
	return !(cr4 & CR4_PAE) || vmcs_load_pdptes(v);
}

/* Paging goes on or off. False: #GP. */
static bool switch_paging(struct vmx_vcpu *v, bool on)
{
	bool was_unpaged = v->unpaged;
	bool fine;

	if (was_unpaged)
		unpaged_leave(v);
	fine = switch_long_mode(v, on);
	if (!vmx_caps.unrestricted_guest && (fine ? !on : was_unpaged))
		unpaged_enter(v);
	vmcs_flush_tlb(v);
	return fine;
}

/* False: #GP. */
static bool write_cr0(struct vmx_vcpu *v, uint64_t value)
{
	uint64_t before = vmcs_guest_cr0();

	if (value >> 32)
		return false;
	value = (value & CR0_DEFINED) | CR0_ET;
	if (((value & CR0_PG) && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
		return false;
	if (!vmx_caps.unrestricted_guest && !(value & CR0_PE)) {
		vcpu_stop_vm(v, "the guest leaves protected mode, for which this processor's VT-x "
				"needs unrestricted guest");
		return true;
	}
	if (((before ^ value) & CR0_PG) && !switch_paging(v, value & CR0_PG))
		return false;
	vmcs_set_cr0(value);
	return true;
}

/* False: #GP. */
static bool write_cr4(struct vmx_vcpu *v, uint64_t value)
{
	bool long_mode = vmread(GUEST_IA32_EFER) & IA32_EFER_LMA;
	uint64_t changed = vmcs_guest_cr4() ^ value;

	if (value & ~get_cr4_allowed())
		return false;
	if (long_mode && !(value & CR4_PAE))
		return false;
	if ((changed & value & CR4_PCIDE) && !long_mode)
		return false;
	vmcs_set_cr4(v, value);
	if (changed & CR4_PAE)
		vmcs_flush_tlb(v);
	if (!long_mode && (value & CR4_PAE) && (vmcs_guest_cr0() & CR0_PG))
		return vmcs_load_pdptes(v);
	return true;
}

/* Exits only while the guest is unpaged, or where the processor cannot leave them out. False: #GP.
 */
static bool write_cr3(struct vmx_vcpu *v, uint64_t value)
{
	bool long_mode = vmread(GUEST_IA32_EFER) & IA32_EFER_LMA;
	uint64_t cr4 = vmcs_guest_cr4();

	if (v->unpaged) {
		v->unpaged_cr3 = value;
		return true;
	}
	if (cr4 & CR4_PCIDE)
		value &= ~CR3_KEEP_TLB;
	if (value >> vmx_caps.physical_bits)
		return false;
	vmwrite(GUEST_CR3, value);
	vmcs_flush_tlb(v);
	return long_mode || !(cr4 & CR4_PAE) || !(vmcs_guest_cr0() & CR0_PG) || vmcs_load_pdptes(v);
}

static bool write_cr8(struct vmx_vcpu *v, uint64_t value)
{
	if (value > 15)
		return false;
	lapic_set(&v->lapic, APIC_TPR, (uint32_t)value << 4);
	return true;
}

static bool write_register(struct vmx_vcpu *v, unsigned number, uint64_t value)
{
	switch (number) {
	case 0:
		return write_cr0(v, value);
	case 3:
		return write_cr3(v, value);
	case 4:
		return write_cr4(v, value);
	case 8:
		return write_cr8(v, value);
	default:
		vcpu_stop_vm(v, "unexpected exit for a write to CR%u", number);
		return true;
	}
}

void exit_cr_access(struct vmx_vcpu *v)
{
	uint64_t qualification = vmread(EXIT_QUALIFICATION);
	uint64_t *gpr = &vcpu_registers(v->vcpu)[ACCESS_GPR(qualification)];
	uint64_t cr0 = vmcs_guest_cr0();
	struct vcpu_mode mode;
	bool fine = true;

	vcpu_get_mode(v->vcpu, &mode);
	switch (ACCESS_KIND(qualification)) {
	case ACCESS_TO_CR:
		fine = write_register(v, ACCESS_REGISTER(qualification),
				      mode.code64 ? *gpr : (uint32_t)*gpr);
		break;
	case ACCESS_FROM_CR: /* of the others no reads exit */
		*gpr = ACCESS_REGISTER(qualification) == 3 ? vmcs_guest_cr3(v)
							   : lapic_get(&v->lapic, APIC_TPR) >> 4;
		break;
	case ACCESS_CLTS:
		vmcs_set_cr0(cr0 & ~CR0_TS);
		break;
	case ACCESS_LMSW: /* may set PE, not clear it */
		fine = write_cr0(v, (cr0 & ~0xeull) | (ACCESS_LMSW_DATA(qualification) & 0xf));
		break;
	}
	if (fine)
		vcpu_skip_instruction(v->vcpu, vcpu_exit_instruction_bytes(v->vcpu));
	else
		vcpu_inject_gp(v->vcpu);
}

/* SDM volume 1, "XSAVE-Enabled Features" and volume 2, XSETBV. */
static bool xcr0_is_valid(uint64_t value)
{
	uint64_t avx512 = value & XCR0_AVX512;

	if (!(value & BIT(0)) || (value & ~vmx_caps.xcr0_mask))
		return false;
	if ((value & BIT(2)) && !(value & BIT(1)))
		return false;
	return !avx512 || (avx512 == XCR0_AVX512 && (value & BIT(2)));
}

void exit_xsetbv(struct vmx_vcpu *v)
{
	const uint64_t *registers = vcpu_registers(v->vcpu);
	uint64_t value = registers[VCPU_RDX] << 32 | (uint32_t)registers[VCPU_RAX];

	if ((uint32_t)registers[VCPU_RCX] != 0 || !xcr0_is_valid(value)) {
		vcpu_inject_gp(v->vcpu);
		return;
	}
	context_set_xcr0(&v->context, value);
	vcpu_skip_instruction(v->vcpu, vcpu_exit_instruction_bytes(v->vcpu));
}
