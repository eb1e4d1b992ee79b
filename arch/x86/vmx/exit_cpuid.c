/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID: the host's processor, less what guests cannot have, with a topology of one package of
 * single-threaded cores, one for each vCPU (SDM volume 2, CPUID).
 */
#include "arch/x86/cpu/cr.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/vmx/capabilities.h"
#include "arch/x86/vmx/cpuid.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/string.h"

#define LEAF_MOST       0x1fu
#define LEAF_HYPERVISOR 0x40000000u
/*
 * A second range, KVM's: Linux takes an x2APIC without interrupt remapping only from hypervisors
 * that it knows.
 */
#define LEAF_HYPERVISOR_KVM (LEAF_HYPERVISOR + 0x100)
#define LEAF_EXTENDED_MOST  0x80000008u

/* Leaf 1, ECX: SSE3, PCLMULQDQ, SSSE3, FMA, CX16, PCID, SSE4.1, SSE4.2, x2APIC, MOVBE, POPCNT,
 * TSC-deadline, AES, XSAVE, AVX, F16C, RDRAND. */
#define LEAF1_ECX 0x77fa3203u
/* Leaf 1, EDX: all up to SSE2 but MCE and MCA, DS and ACPI. */
#define LEAF1_EDX 0x078bbb7fu
#define EDX_HTT   BIT(28)
/* Leaf 7, EBX: FSGSBASE, TSC_ADJUST, BMI1, AVX2, FDP_EXCPTN_ONLY, SMEP, BMI2, ERMS, INVPCID, FPU CS
 * and DS deprecated, AVX-512 F, DQ, IFMA, CD, BW and VL, RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, SHA.
 */
#define LEAF7_EBX 0xf1bf27ebu
/* ECX: AVX-512 VBMI, UMIP, PKU, VBMI2, GFNI, VAES, VPCLMULQDQ, VNNI, BITALG, VPOPCNTDQ, RDPID. */
#define LEAF7_ECX        0x00405f4eu
#define LEAF7_EBX_AVX512 (BIT(16) | BIT(17) | BIT(21) | BIT(28) | BIT(30) | BIT(31))
#define LEAF7_ECX_PKU    BIT(3)
#define LEAF7_ECX_OSPKE  BIT(4)
/* EDX: fast short REP MOV, MD_CLEAR, IA32_ARCH_CAPABILITIES (exit_msr.c). */
#define LEAF7_EDX 0x20000410u
/* Leaf 0xd, 1, EAX: XSAVEOPT, XSAVEC, XGETBV with ECX 1. */
#define LEAFD1_EAX 0x7u
/* Leaf 0x80000001: LAHF, LZCNT, PREFETCHW; SYSCALL, NX, 1 GB pages, RDTSCP, long mode. */
#define LEAF81_ECX 0x00000121u
#define LEAF81_EDX 0x2c100800u
#define EDX_RDTSCP BIT(27)

#define ECX_PCID           BIT(17)
#define ECX_OSXSAVE        BIT(27)
#define EBX_INVPCID        BIT(10)
#define EAX_ARAT           BIT(2)
#define CR4_PKE            BIT(22)
#define XSAVE_LEGACY_BYTES 576

/* A range of hypervisor leaves: the last one, and who is there. */
static struct cpuid hypervisor_range(uint32_t last, const char signature[12])
{
	struct cpuid r = {.eax = last};

	memcpy(&r.ebx, signature, 4);
	memcpy(&r.ecx, signature + 4, 4);
	memcpy(&r.edx, signature + 8, 4);
	return r;
}

static struct cpuid features(void)
{
	struct cpuid r = cpuid_leaf(1, 0);

	r.ecx &= LEAF1_ECX;
	r.edx &= LEAF1_EDX;
	r.ecx |= CPUID_1_ECX_HYPERVISOR | CPUID_1_ECX_TSC_DEADLINE;
	r.ecx |= vmx_caps.x2apic_mode ? CPUID_1_ECX_X2APIC : 0;
	r.ecx &= vmx_caps.x2apic_mode ? ~0u : ~CPUID_1_ECX_X2APIC;
	if (!vmx_caps.invpcid)
		r.ecx &= ~(uint32_t)ECX_PCID;
	r.edx |= CPUID_1_EDX_APIC;
	return r;
}

static struct cpuid structured_features(void)
{
	struct cpuid r = cpuid_leaf(7, 0);

	r.eax = 0;
	r.ebx = (r.ebx & LEAF7_EBX) | BIT(1);
	r.ecx &= LEAF7_ECX;
	r.edx &= LEAF7_EDX;
	if (!vmx_caps.invpcid)
		r.ebx &= ~(uint32_t)EBX_INVPCID;
	if (!(vmx_caps.xcr0_mask & BIT(5)))
		r.ebx &= ~(uint32_t)LEAF7_EBX_AVX512;
	if (!(vmx_caps.xcr0_mask & BIT(9)))
		r.ecx &= ~(uint32_t)LEAF7_ECX_PKU;
	return r;
}

static struct cpuid extended_features(void)
{
	struct cpuid r = cpuid_leaf(0x80000001, 0);

	r.ebx = 0;
	r.ecx &= LEAF81_ECX;
	r.edx &= LEAF81_EDX;
	if (!vmx_caps.rdtscp)
		r.edx &= ~(uint32_t)EDX_RDTSCP;
	return r;
}

/* Crystal and TSC have the same frequency, which is also the local APIC timer's. */
static struct cpuid time_stamp_counter(void)
{
	return (struct cpuid){.eax = 1, .ebx = 1, .ecx = (uint32_t)ticks_per_second()};
}

static struct cpuid frequencies(void)
{
	uint32_t mhz = (uint32_t)(ticks_per_second() / 1000000);

	return (struct cpuid){.eax = mhz, .ebx = mhz, .ecx = 0};
}

/* Sizes for the features that the guest may set; the size for those it has set: exit_cpuid(). */
static struct cpuid extended_states(uint32_t subleaf)
{
	uint64_t mask = vmx_caps.xcr0_mask;
	struct cpuid r = cpuid_leaf(0xd, subleaf);
	uint32_t most = XSAVE_LEGACY_BYTES;

	if (!vmx_caps.xsave)
		return (struct cpuid){0};
	if (subleaf == 1)
		return (struct cpuid){.eax = r.eax & LEAFD1_EAX};
	if (subleaf > 1)
		return subleaf < 63 && (mask & BIT(subleaf)) ? r : (struct cpuid){0};
	for (uint32_t i = 2; i < 63; i++) {
		if (mask & BIT(i)) {
			struct cpuid part = cpuid_leaf(0xd, i);

			if (part.ebx + part.eax > most)
				most = part.ebx + part.eax;
		}
	}
	return (struct cpuid){.eax = (uint32_t)mask, .ecx = most, .edx = (uint32_t)(mask >> 32)};
}

static struct cpuid extended_leaf(uint32_t leaf)
{
	struct cpuid r = cpuid_leaf(leaf, 0);

	switch (leaf) {
	case 0x80000000:
		return (struct cpuid){.eax = LEAF_EXTENDED_MOST};
	case 0x80000001:
		return extended_features();
	case 0x80000007:
		return (struct cpuid){.edx = r.edx & CPUID_80000007_EDX_INVARIANT_TSC};
	case 0x80000008:
		return (struct cpuid){.eax = r.eax & 0xffff};
	default:
		return leaf <= LEAF_EXTENDED_MOST ? r : (struct cpuid){0};
	}
}

struct cpuid cpuid_guest(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	if (leaf >= 0x80000000)
		return extended_leaf(leaf);
	switch (leaf) {
	case 0:
		r = cpuid_leaf(0, 0);
		r.eax = LEAF_MOST;
		return r;
	case 1:
		return features();
	case 2:
	case 4:
		return cpuid_leaf(leaf, subleaf);
	case 6:
		return (struct cpuid){.eax = EAX_ARAT};
	case 7:
		return subleaf == 0 ? structured_features() : (struct cpuid){0};
	case 0xd:
		return extended_states(subleaf);
	case 0x15:
		return time_stamp_counter();
	case 0x16:
		return frequencies();
	case LEAF_HYPERVISOR:
		return hypervisor_range(LEAF_HYPERVISOR, "SluiceSluice");
	case LEAF_HYPERVISOR_KVM:
		return hypervisor_range(LEAF_HYPERVISOR_KVM + 1, "KVMKVMKVM\0\0");
	case LEAF_HYPERVISOR_KVM + 1: /* none of its features */
		return (struct cpuid){0};
	default:
		return (struct cpuid){0};
	}
}

/* Bits of an APIC id below the package: enough for all vCPUs. */
static unsigned package_shift(const struct vm *vm)
{
	unsigned shift = 0;

	while ((1u << shift) < vm->vcpus)
		shift++;
	return shift;
}

/* Leaves 0xb and 0x1f: level 0 is the thread (one per core), level 1 the core. */
static struct cpuid topology(const struct vcpu *vcpu, uint32_t subleaf)
{
	struct cpuid r = {.ecx = subleaf & 0xff, .edx = vcpu->id};

	if (subleaf == 0) {
		r.ebx = 1;
		r.ecx |= 1 << 8;
	} else if (subleaf == 1) {
		r.eax = package_shift(vcpu->vm);
		r.ebx = vcpu->vm->vcpus;
		r.ecx |= 2 << 8;
	}
	return r;
}

/* The caches are shared as if all cores had their own, but for the last level. */
static void set_cache_sharing(const struct vm *vm, struct cpuid *r)
{
	uint32_t level = r->eax >> 5 & 7;
	uint32_t ids = (1u << package_shift(vm)) - 1;

	if ((r->eax & 31) == 0)
		return;
	r->eax = (r->eax & 0x3fff) | ids << 26 | (level >= 3 ? ids << 14 : 0);
}

/* Size of the XSAVE area for what is set in XCR0: standard format, or with XSAVEC compacted. */
static uint32_t xsave_bytes(uint64_t xcr0, bool compacted)
{
	uint32_t bytes = XSAVE_LEGACY_BYTES;

	for (uint32_t i = 2; i < 63; i++) {
		struct cpuid part;

		if (!(xcr0 & BIT(i)))
			continue;
		part = cpuid_leaf(0xd, i);
		if (compacted)
			bytes = (part.ecx & 2 ? (bytes + 63) & ~63u : bytes) + part.eax;
		else if (part.ebx + part.eax > bytes)
			bytes = part.ebx + part.eax;
	}
	return bytes;
}

static void personalize(const struct vmx_vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid *r)
{
	const struct vcpu *vcpu = v->vcpu;

	switch (leaf) {
	case 1:
		r->ebx = (r->ebx & 0xff00) | (1u << package_shift(vcpu->vm)) << 16 | vcpu->id << 24;
		r->edx |= vcpu->vm->vcpus > 1 ? EDX_HTT : 0;
		r->ecx |= vmread(GUEST_CR4) & CR4_OSXSAVE ? ECX_OSXSAVE : 0;
		if (!(v->lapic.base & IA32_APIC_BASE_EN))
			r->edx &= ~CPUID_1_EDX_APIC;
		break;
	case 4:
		set_cache_sharing(vcpu->vm, r);
		break;
	case 7:
		if (subleaf == 0)
			r->ecx |= vmcs_guest_cr4() & CR4_PKE ? LEAF7_ECX_OSPKE : 0;
		break;
	case 0xb:
	case 0x1f:
		*r = topology(vcpu, subleaf);
		break;
	case 0xd:
		if (subleaf <= 1 && vmx_caps.xsave)
			r->ebx = xsave_bytes(v->context.xcr0, subleaf == 1);
		break;
	default:
		break;
	}
}

void exit_cpuid(struct vmx_vcpu *v)
{
	uint64_t *registers = vcpu_registers(v->vcpu);
	uint32_t leaf = (uint32_t)registers[VCPU_RAX];
	uint32_t subleaf = (uint32_t)registers[VCPU_RCX];
	struct cpuid r = cpuid_guest(leaf, subleaf);

	personalize(v, leaf, subleaf, &r);
	registers[VCPU_RAX] = r.eax;
	registers[VCPU_RBX] = r.ebx;
	registers[VCPU_RCX] = r.ecx;
	registers[VCPU_RDX] = r.edx;
	vcpu_skip_instruction(v->vcpu, vcpu_exit_instruction_bytes(v->vcpu));
}
