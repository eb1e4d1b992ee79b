/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest VMX host; field encodings from the SDM, volume 3, appendix B. */

#include "tests/system/lab/vmx.h"

#include "tests/system/lab/kernel.h"

#define MSR_FEATURE_CONTROL      0x3a
#define FEATURE_CONTROL_LOCK     1u
#define FEATURE_CONTROL_VMXON    (1u << 2)
#define MSR_VMX_BASIC            0x480
#define MSR_VMX_MISC             0x485
#define MSR_VMX_CR0_FIXED0       0x486
#define MSR_VMX_CR4_FIXED0       0x488
#define MSR_VMX_TRUE_PINBASED    0x48d
#define MSR_VMX_TRUE_PROCBASED   0x48e
#define MSR_VMX_TRUE_EXIT        0x48f
#define MSR_VMX_TRUE_ENTRY       0x490
#define CR4_VMXE                 (1ul << 13)
#define PIN_EXTERNAL_INTERRUPT   (1u << 0)
#define PIN_PREEMPTION_TIMER     (1u << 6)
#define PIN_POSTED_INTERRUPTS    (1u << 7)
#define PROC_TPR_SHADOW          (1u << 21)
#define PROC_SECONDARY           (1u << 31)
#define PROC2_APIC_REGISTERS     (1u << 8)
#define PROC2_VIRTUAL_INTERRUPTS (1u << 9)
#define EXIT_HOST_64             (1u << 9)
#define EXIT_ACKNOWLEDGE         (1u << 15)
#define EXIT_SAVE_EFER           (1u << 20)
#define EXIT_LOAD_EFER           (1u << 21)
#define ENTRY_GUEST_64           (1u << 9)
#define ENTRY_LOAD_EFER          (1u << 15)
#define RFLAGS_TF                (1u << 8)
#define RFLAGS_IF                (1u << 9)
#define ACCESS_CODE              0xa09b
#define ACCESS_DATA              0xc093
#define ACCESS_TSS               0x008b
#define ACCESS_UNUSABLE          0x10000
/* Longer than any check takes: a guest still running or asleep then is lost. */
#define PREEMPTION_TICKS 20000000u

enum vmcs_field {
	NOTIFICATION_VECTOR = 0x0002,
	GUEST_ES_SELECTOR = 0x0800,
	GUEST_TR_SELECTOR = 0x080e,
	GUEST_INTERRUPT_STATUS = 0x0810,
	HOST_ES_SELECTOR = 0x0c00,
	HOST_TR_SELECTOR = 0x0c0c,
	VIRTUAL_APIC_ADDRESS = 0x2012,
	POSTED_INTERRUPT_ADDRESS = 0x2016,
	VMCS_LINK = 0x2800,
	GUEST_EFER = 0x2806,
	HOST_EFER = 0x2c02,
	PIN_CONTROLS = 0x4000,
	PROC_CONTROLS = 0x4002,
	EXCEPTION_BITMAP = 0x4004,
	CR3_TARGET_COUNT = 0x400a,
	EXIT_CONTROLS = 0x400c,
	ENTRY_CONTROLS = 0x4012,
	PROC2_CONTROLS = 0x401e,
	EXIT_REASON = 0x4402,
	GUEST_ES_LIMIT = 0x4800,
	GUEST_GDTR_LIMIT = 0x4810,
	GUEST_IDTR_LIMIT = 0x4812,
	GUEST_ES_ACCESS = 0x4814,
	GUEST_INTERRUPTIBILITY = 0x4824,
	PREEMPTION_TIMER = 0x482e,
	GUEST_CR0 = 0x6800,
	GUEST_GDTR_BASE = 0x6816,
	GUEST_IDTR_BASE = 0x6818,
	GUEST_DR7 = 0x681a,
	GUEST_RSP = 0x681c,
	GUEST_RIP = 0x681e,
	GUEST_RFLAGS = 0x6820,
	GUEST_PENDING_DEBUG = 0x6822,
	HOST_CR0 = 0x6c00,
	HOST_GDTR_BASE = 0x6c0c,
	HOST_IDTR_BASE = 0x6c0e,
	HOST_RIP = 0x6c16,
};

enum {
	SEGMENT_COUNT = 8,
	SEGMENT_CS = 1,
	SEGMENT_FS = 4,
	SEGMENT_LDTR = 6,
	SEGMENT_TR = 7
};

struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern struct descriptor_pointer gdt_pointer, idt_pointer;
extern char vm_exit[];
bool vm_enter(bool launched);

static char vmxon_region[4096] __attribute__((aligned(4096)));
static char vmcs_region[4096] __attribute__((aligned(4096)));
static char virtual_apic[4096] __attribute__((aligned(4096)));
static bool vmx_on, launched;

static uint64_t read_cr(unsigned number)
{
	uint64_t value;

	if (number == 0)
		__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	else if (number == 3)
		__asm__ volatile("mov %%cr3, %0" : "=r"(value));
	else
		__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static void write_field(uint64_t field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" ::"r"(field), "r"(value) : "cc");
}

static uint64_t read_field(uint64_t field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

/* The wanted control bits with those that must be one. */
static uint32_t adjust_controls(uint32_t msr, uint32_t wanted)
{
	return wanted | (uint32_t)msr_read(msr);
}

bool vmx_start(void)
{
	uint64_t region = (uint64_t)vmxon_region;
	uint64_t control = msr_read(MSR_FEATURE_CONTROL);
	bool ok;

	if (vmx_on)
		return true;
	if (!(control & FEATURE_CONTROL_LOCK))
		msr_write(MSR_FEATURE_CONTROL, FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMXON);
	__asm__ volatile("mov %0, %%cr0" ::"r"(read_cr(0) | msr_read(MSR_VMX_CR0_FIXED0)));
	__asm__ volatile(
		"mov %0, %%cr4" ::"r"(read_cr(4) | msr_read(MSR_VMX_CR4_FIXED0) | CR4_VMXE));
	*(uint32_t *)vmxon_region = (uint32_t)msr_read(MSR_VMX_BASIC);
	__asm__ volatile("vmxon %1" : "=@cca"(ok) : "m"(region) : "memory");
	if (!ok)
		print("vmxon failed\n");
	vmx_on = ok;
	return ok;
}

static void write_controls(const struct posted_interrupt *pid)
{
	write_field(PIN_CONTROLS, adjust_controls(MSR_VMX_TRUE_PINBASED,
						  PIN_EXTERNAL_INTERRUPT | PIN_PREEMPTION_TIMER |
							  PIN_POSTED_INTERRUPTS));
	write_field(PROC_CONTROLS,
		    adjust_controls(MSR_VMX_TRUE_PROCBASED, PROC_TPR_SHADOW | PROC_SECONDARY));
	write_field(PROC2_CONTROLS, PROC2_APIC_REGISTERS | PROC2_VIRTUAL_INTERRUPTS);
	write_field(EXIT_CONTROLS,
		    adjust_controls(MSR_VMX_TRUE_EXIT, EXIT_HOST_64 | EXIT_ACKNOWLEDGE |
							       EXIT_SAVE_EFER | EXIT_LOAD_EFER));
	write_field(ENTRY_CONTROLS,
		    adjust_controls(MSR_VMX_TRUE_ENTRY, ENTRY_GUEST_64 | ENTRY_LOAD_EFER));
	write_field(EXCEPTION_BITMAP, 0);
	write_field(CR3_TARGET_COUNT, 0);
	write_field(VMCS_LINK, ~0ul);
	write_field(VIRTUAL_APIC_ADDRESS, (uint64_t)virtual_apic);
	write_field(POSTED_INTERRUPT_ADDRESS, (uint64_t)pid);
	write_field(NOTIFICATION_VECTOR, NOTIFY_VECTOR);
	write_field(PREEMPTION_TIMER, PREEMPTION_TICKS >> (msr_read(MSR_VMX_MISC) & 31));
}

static void write_host(void)
{
	for (unsigned i = 0; i < 3; i++)
		write_field(HOST_CR0 + 2 * i, read_cr(i == 0 ? 0 : 2 + i));
	for (unsigned i = 0; i < 6; i++)
		write_field(HOST_ES_SELECTOR + 2 * i, i == SEGMENT_CS  ? 0x08
						      : i < SEGMENT_FS ? 0x10
								       : 0);
	write_field(HOST_TR_SELECTOR, 0x18);
	write_field(HOST_GDTR_BASE, gdt_pointer.base);
	write_field(HOST_IDTR_BASE, idt_pointer.base);
	write_field(HOST_EFER, msr_read(IA32_EFER));
	write_field(HOST_RIP, (uint64_t)vm_exit);
}

static void write_guest(const char *code)
{
	static const uint16_t selectors[SEGMENT_COUNT] = {0x10, 0x08, 0x10, 0x10, 0, 0, 0, 0x18};
	static const uint32_t access[SEGMENT_COUNT] = {
		ACCESS_DATA,     ACCESS_CODE,     ACCESS_DATA,     ACCESS_DATA,
		ACCESS_UNUSABLE, ACCESS_UNUSABLE, ACCESS_UNUSABLE, ACCESS_TSS};

	for (unsigned i = 0; i < 3; i++)
		write_field(GUEST_CR0 + 2 * i, read_cr(i == 0 ? 0 : 2 + i));
	for (unsigned i = 0; i < SEGMENT_COUNT; i++) {
		write_field(GUEST_ES_SELECTOR + 2 * i, selectors[i]);
		write_field(GUEST_ES_LIMIT + 2 * i, i == SEGMENT_TR ? 0x67 : 0xffffffff);
		write_field(GUEST_ES_ACCESS + 2 * i, access[i]);
	}
	write_field(GUEST_GDTR_BASE, gdt_pointer.base);
	write_field(GUEST_GDTR_LIMIT, gdt_pointer.limit);
	write_field(GUEST_IDTR_BASE, idt_pointer.base);
	write_field(GUEST_IDTR_LIMIT, idt_pointer.limit);
	write_field(GUEST_EFER, msr_read(IA32_EFER));
	write_field(GUEST_DR7, 0x400);
	write_field(GUEST_RSP, (uint64_t)guest_stack_end);
	write_field(GUEST_RIP, (uint64_t)code);
	write_field(GUEST_RFLAGS, 2);
}

void vmx_make_guest(const char *code, struct posted_interrupt *pid, unsigned virtual_interrupt)
{
	uint64_t region = (uint64_t)vmcs_region;

	for (unsigned i = 0; i < sizeof(virtual_apic); i++)
		virtual_apic[i] = 0;
	if (virtual_interrupt)
		((uint32_t *)virtual_apic)[(0x200 + virtual_interrupt / 32 * 16) / 4] =
			1u << virtual_interrupt % 32;
	*(uint32_t *)vmcs_region = (uint32_t)msr_read(MSR_VMX_BASIC);
	__asm__ volatile("vmclear %0\n\tvmptrld %0" ::"m"(region) : "cc", "memory");
	launched = false;
	guest_interrupts = 0;
	write_controls(pid);
	write_host();
	write_guest(code);
	write_field(GUEST_INTERRUPT_STATUS, virtual_interrupt);
}

void vmx_set_stepping(bool stepping, uint64_t interruptibility, uint64_t pending_debug)
{
	uint64_t interrupts = interruptibility & BLOCKING_BY_STI ? RFLAGS_IF : 0;

	write_field(GUEST_RFLAGS, (stepping ? RFLAGS_TF : 0) | interrupts | 2);
	write_field(GUEST_INTERRUPTIBILITY, interruptibility);
	write_field(GUEST_PENDING_DEBUG, pending_debug);
}

void vmx_set_exit_code(const char *code)
{
	write_field(HOST_RIP, (uint64_t)code);
}

unsigned vmx_run(void)
{
	if (!vm_enter(launched))
		return EXIT_ENTRY_FAILED;
	launched = true;
	return read_field(EXIT_REASON) & 0xffff;
}
