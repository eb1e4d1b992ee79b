/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor a guest sees: CPUID, MSRs, control registers, instructions it must not use. */
#include "guest/bare/bare.h"

#define ARCH_CAPABILITIES        0x10a
#define ARCH_CAPABILITIES_HIDDEN 0x2a41e8aul /* stand for MSRs, or for a hypervisor */

#define UD 6
#define GP 13

static void read_unknown_msr(void)
{
	msr_read(0x12345678);
}

static void write_unknown_msr(void)
{
	msr_write(0x12345678, 1);
}

static void read_arch_capabilities(void)
{
	msr_read(ARCH_CAPABILITIES);
}

static void write_arch_capabilities(void)
{
	msr_write(ARCH_CAPABILITIES, 0);
}

static void write_bad_efer(void)
{
	msr_write(IA32_EFER, msr_read(IA32_EFER) | 1ull << 40);
}

static void clear_long_mode(void)
{
	msr_write(IA32_EFER, msr_read(IA32_EFER) & ~(1ull << 8));
}

static void read_x2apic_as_xapic(void)
{
	msr_read(IA32_X2APIC_FIRST + APIC_ID / 16);
}

static void write_bad_cr0(void)
{
	__asm__ volatile("movq %0, %%cr0" ::"r"(0x80000000ul)); /* PG without PE */
}

static void write_bad_cr4(void)
{
	uint64_t cr4;

	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("movq %0, %%cr4" ::"r"(cr4 | 1ul << 13)); /* VMXE */
}

static void write_bad_cr3(void)
{
	__asm__ volatile("movq %0, %%cr3" ::"r"(1ul << 62));
}

static void set_bad_xcr0(void)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"(6), "d"(0)); /* without x87 */
}

static void execute_vmxon(void)
{
	uint64_t zero = 0;

	__asm__ volatile("vmxon %0" ::"m"(zero));
}

static void execute_monitor(void)
{
	__asm__ volatile("monitor" ::"a"(&caught), "c"(0), "d"(0));
}

static void execute_rdpmc(void)
{
	__asm__ volatile("rdpmc" ::"c"(0) : "eax", "edx");
}

static bool has_xsave(void)
{
	uint32_t r[4];

	cpuid(1, 0, r);
	return r[2] >> 26 & 1;
}

static void test_cpuid(void)
{
	uint32_t r[4];

	cpuid(0x40000000, 0, r);
	check(r[1] == 0x69756c53 && r[2] == 0x6c536563 && r[3] == 0x65636975,
	      "the hypervisor's signature is SluiceSluice");
	cpuid(1, 0, r);
	check(r[2] >> 31, "the hypervisor bit is set");
	check(!(r[2] >> 5 & 1) && !(r[2] >> 3 & 1), "no VMX, no MONITOR");
	check(r[2] >> 24 & 1, "there is a TSC-deadline timer");
	cpuid(0x15, 0, r);
	check(r[0] == 1 && r[1] == 1 && r[2] > 1000000, "leaf 0x15 tells the TSC's frequency");
	cpuid(0xb, 0, r);
	check((r[2] >> 8 & 0xff) == 1 && r[1] == 1 && r[0] == 0, "leaf 0xb: one thread a core");
	cpuid(0xd, 0, r);
	check(has_xsave() ? (r[0] & 3) == 3 && r[2] >= 576 : !r[0],
	      "leaf 0xd: XSAVE states and size");
}

static void test_msrs(void)
{
	uint64_t before;

	check(catch_fault(read_unknown_msr, GP), "reading an unknown MSR raises #GP");
	check(catch_fault(write_unknown_msr, GP), "writing one too");
	check(catch_fault(write_bad_efer, GP), "reserved bits of EFER raise #GP");
	check(catch_fault(clear_long_mode, GP), "EFER.LME cannot change under paging");
	check(catch_fault(read_x2apic_as_xapic, GP), "x2APIC registers raise #GP in xAPIC mode");
	msr_write(0xc0000102, 0x123456789ull);
	check(msr_read(0xc0000102) == 0x123456789ull, "KERNEL_GS_BASE keeps its value");
	before = tsc();
	msr_write(IA32_TSC_ADJUST, msr_read(IA32_TSC_ADJUST) + (1ull << 40));
	check(tsc() - before >= 1ull << 40, "TSC_ADJUST moves the TSC");
	msr_write(IA32_TSC_ADJUST, msr_read(IA32_TSC_ADJUST) - (1ull << 40));
	check(tsc() - before < 1ull << 40, "and back");
}

/* What the processor is not susceptible to: told if the host is told, and never written. */
static void test_arch_capabilities(void)
{
	uint32_t r[4];

	cpuid(7, 0, r);
	check(catch_fault(write_arch_capabilities, GP), "IA32_ARCH_CAPABILITIES is read-only");
	if (r[3] >> 29 & 1)
		check(!(msr_read(ARCH_CAPABILITIES) & ARCH_CAPABILITIES_HIDDEN),
		      "IA32_ARCH_CAPABILITIES tells of no MSR that is not there");
	else
		check(catch_fault(read_arch_capabilities, GP),
		      "there is no IA32_ARCH_CAPABILITIES");
}

static void test_machine_check_bit(void)
{
	uint64_t before, again;

	__asm__ volatile("movq %%cr4, %0" : "=r"(before));
	check(!(before >> 6 & 1), "CR4.MCE reads 0");
	__asm__ volatile("movq %0, %%cr4" ::"r"(before | 1ul << 6));
	__asm__ volatile("movq %%cr4, %0" : "=r"(again));
	check(again == (before | 1ul << 6), "CR4.MCE can be set");
	__asm__ volatile("movq %0, %%cr4" ::"r"(before));
	__asm__ volatile("movq %%cr4, %0" : "=r"(again));
	check(again == before, "and cleared");
}

static void test_control_registers(void)
{
	uint64_t cr0, cr3, cr4, again, more = 3ul << 9;

	check(catch_fault(write_bad_cr0, GP), "CR0.PG without PE raises #GP");
	check(catch_fault(write_bad_cr4, GP), "CR4.VMXE raises #GP");
	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	check(!(cr4 >> 13 & 1), "CR4.VMXE reads 0");
	if (has_xsave())
		more |= 1ul << 18;
	__asm__ volatile("movq %0, %%cr4" ::"r"(cr4 | more));
	__asm__ volatile("movq %%cr4, %0" : "=r"(again));
	check(again == (cr4 | more), "CR4.OSFXSR, and OSXSAVE if there is XSAVE, can be set");
	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	__asm__ volatile("movq %0, %%cr3" ::"r"(cr3 | 1ul << 3));
	__asm__ volatile("movq %%cr3, %0" : "=r"(again));
	check(again == (cr3 | 1ul << 3), "CR3 reads as it was written");
	__asm__ volatile("movq %0, %%cr3" ::"r"(cr3));
	check(catch_fault(write_bad_cr3, GP), "reserved bits of CR3 raise #GP");
	__asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("movq %0, %%cr0" ::"r"(cr0 | 1ul << 30 | 1ul << 16));
	__asm__ volatile("movq %%cr0, %0" : "=r"(again));
	check(again == (cr0 | 1ul << 30 | 1ul << 16), "CR0.CD and WP can be set");
	__asm__ volatile("movq %0, %%cr0" ::"r"(cr0));
}

static void test_xsave(void)
{
	uint32_t r[4], low, high;

	cpuid(0xd, 0, r);
	check(catch_fault(set_bad_xcr0, GP), "XCR0 without x87 raises #GP");
	__asm__ volatile("xsetbv" ::"c"(0), "a"(r[0] & 7), "d"(0));
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	check(low == (r[0] & 7) && high == 0, "XCR0 takes x87, SSE and AVX");
}

void test(void)
{
	uint64_t rax = 1;

	test_cpuid();
	test_msrs();
	test_arch_capabilities();
	test_machine_check_bit();
	test_control_registers();
	if (has_xsave())
		test_xsave();
	check(catch_fault(execute_vmxon, UD), "VMXON raises #UD");
	check(catch_fault(execute_monitor, UD), "MONITOR raises #UD");
	check(catch_fault(execute_rdpmc, GP), "RDPMC raises #GP");
	__asm__ volatile("vmcall" : "+a"(rax)::"memory");
	check((int64_t)rax < 0, "an unknown hypercall gives an error");
	check(io_read8(0x1234) == 0xff, "an absent port reads all ones");
}
