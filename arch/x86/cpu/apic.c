// SPDX-License-Identifier: BSD-2-Clause
/* The local APIC in its two modes. Register names and offsets: SDM volume 3, table 11-1. */
#include "arch/x86/cpu/apic.h"

#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/cpuid.h"
#include "arch/x86/cpu/msr.h"
#include "arch/x86/cpu/paging.h"
#include "arch/x86/cpu/vectors.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/spinlock.h"

#define APIC_ID            0x020
#define APIC_TPR           0x080
#define APIC_EOI           0x0b0
#define APIC_SPURIOUS      0x0f0
#define SPURIOUS_ENABLE    (1u << 8)
#define APIC_IRR           0x200
#define APIC_ICR_LOW       0x300
#define APIC_ICR_HIGH      0x310
#define ICR_INIT           (5u << 8)
#define ICR_NMI            (4u << 8)
#define ICR_STARTUP        (6u << 8)
#define ICR_PENDING        (1u << 12)
#define ICR_ASSERT         (1u << 14)
#define APIC_LVT_TIMER     0x320
#define APIC_LVT_LINT0     0x350
#define APIC_LVT_LINT1     0x360
#define APIC_LVT_ERROR     0x370
#define LVT_MASKED         (1u << 16)
#define LVT_ACTIVE_LOW     (1u << 13)
#define LVT_NMI            (4u << 8)
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE  0x3e0

#define ICR_POLLS_MOST 100000
#define XAPIC_ID_SHIFT 24

enum apic_mode {
	APIC_UNKNOWN,
	APIC_XAPIC,
	APIC_X2APIC,
};

static enum apic_mode mode;
static volatile uint8_t *registers; /* xAPIC mode */

static uint32_t read(unsigned offset)
{
	if (mode == APIC_X2APIC)
		return (uint32_t)msr_read(IA32_X2APIC_FIRST + offset / 16);
	return registers ? mmio_read32(registers + offset) : 0;
}

static void write(unsigned offset, uint32_t value)
{
	if (mode == APIC_X2APIC)
		msr_write(IA32_X2APIC_FIRST + offset / 16, value);
	else if (registers)
		mmio_write32(registers + offset, value);
}

/* Some core has an id that xAPIC mode cannot name. */
static bool needs_x2apic(void)
{
	for (unsigned i = 0; i < acpi_info.cores; i++)
		if (acpi_info.apic_id[i] >= APIC_XAPIC_ID_END)
			return true;
	return false;
}

static void choose_mode(void)
{
	uint64_t base = msr_read(IA32_APIC_BASE);
	struct cpuid leaf = cpuid_leaf(1, 0);

	bool usable = leaf.ecx & CPUID_1_ECX_X2APIC && !(host_config.hide & HIDE_X2APIC);

	if (!(leaf.edx & CPUID_1_EDX_APIC))
		boot_refuse("this processor has no local APIC (CPUID 1 EDX bit 9)");
	if (base & IA32_APIC_BASE_EXTD) {
		log_info("APIC: the firmware left it in x2APIC mode");
	} else if (usable && acpi_info.x2apic_opt_out) {
		log_info("APIC: the firmware asks not to use x2APIC mode (DMAR, X2APIC_OPT_OUT)");
		usable = false;
	}
	if (usable || (base & IA32_APIC_BASE_EXTD && needs_x2apic())) {
		mode = APIC_X2APIC;
		return;
	}
	registers = mmio_map(base & IA32_APIC_BASE_ADDRESS, PAGE_BYTES);
	if (!registers)
		boot_refuse("the local APIC is at %#llx", base & IA32_APIC_BASE_ADDRESS);
	mode = APIC_XAPIC;
}

static void enable(void)
{
	uint64_t base = msr_read(IA32_APIC_BASE) | IA32_APIC_BASE_EN;

	/* From x2APIC mode, which firmware may have left on, only by way of a disabled APIC. */
	if (mode == APIC_XAPIC && base & IA32_APIC_BASE_EXTD) {
		base &= ~(uint64_t)(IA32_APIC_BASE_EN | IA32_APIC_BASE_EXTD);
		msr_write(IA32_APIC_BASE, base);
		base |= IA32_APIC_BASE_EN;
	}
	msr_write(IA32_APIC_BASE, base);
	if (mode == APIC_X2APIC)
		msr_write(IA32_APIC_BASE, base | IA32_APIC_BASE_EXTD);
}

/* The pin of the boot core at which the machine's NMIs arrive; other cores leave theirs masked. */
static void accept_nmi(void)
{
	struct acpi_local_nmi nmi = acpi_find_nmi(&acpi_info, apic_id());
	uint32_t entry = LVT_NMI | (nmi.active_low ? LVT_ACTIVE_LOW : 0);

	write(nmi.lint ? APIC_LVT_LINT1 : APIC_LVT_LINT0, entry);
}

void apic_init_core(void)
{
	bool first = mode == APIC_UNKNOWN;

	if (first)
		choose_mode();
	enable();
	if (first)
		core_this()->apic_id = apic_id();
	write(APIC_TPR, 0);
	write(APIC_LVT_TIMER, LVT_MASKED);
	write(APIC_LVT_LINT0, LVT_MASKED);
	write(APIC_LVT_LINT1, LVT_MASKED);
	write(APIC_LVT_ERROR, LVT_MASKED);
	write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	if (first)
		accept_nmi();
}

bool apic_is_x2apic(void)
{
	return mode == APIC_X2APIC;
}

uint32_t apic_id(void)
{
	return mode == APIC_X2APIC ? read(APIC_ID) : read(APIC_ID) >> XAPIC_ID_SHIFT;
}

void apic_eoi(void)
{
	write(APIC_EOI, 0);
}

/* Interrupts are off meanwhile: a handler's own command must not come between the two halves. */
static void send(uint32_t destination, uint32_t command)
{
	bool interrupts = irq_save();

	if (mode == APIC_X2APIC) {
		/* WRMSR to x2APIC registers does not order earlier stores (SDM 11.12.3). */
		__asm__ volatile("mfence; lfence" ::: "memory");
		msr_write(IA32_X2APIC_FIRST + APIC_ICR_LOW / 16,
			  (uint64_t)destination << 32 | command);
	} else {
		for (unsigned polls = 0; polls < ICR_POLLS_MOST; polls++) {
			if (!(read(APIC_ICR_LOW) & ICR_PENDING))
				break;
			cpu_relax();
		}
		write(APIC_ICR_HIGH, destination << XAPIC_ID_SHIFT);
		write(APIC_ICR_LOW, command);
	}
	irq_restore(interrupts);
}

void apic_send_ipi(uint32_t destination, uint8_t vector)
{
	send(destination, ICR_ASSERT | vector);
}

void apic_send_nmi(uint32_t destination)
{
	send(destination, ICR_ASSERT | ICR_NMI);
}

void apic_send_init(uint32_t destination)
{
	send(destination, ICR_ASSERT | ICR_INIT);
}

void apic_send_startup(uint32_t destination, uint8_t start_page)
{
	send(destination, ICR_ASSERT | ICR_STARTUP | start_page);
}

void apic_write_timer(uint32_t lvt)
{
	write(APIC_LVT_TIMER, lvt);
}

void apic_write_timer_count(uint32_t initial, uint32_t divide)
{
	write(APIC_TIMER_DIVIDE, divide);
	write(APIC_TIMER_INITIAL, initial);
}

uint32_t apic_read_timer_count(void)
{
	return read(APIC_TIMER_CURRENT);
}

bool apic_is_pending(uint8_t vector)
{
	return read(APIC_IRR + vector / 32 * 16) >> (vector % 32) & 1;
}
