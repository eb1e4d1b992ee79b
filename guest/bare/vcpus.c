/* SPDX-License-Identifier: BSD-2-Clause */
/* Further vCPUs of the bare guests: starting them, and waiting on each of them. */
#include "guest/bare/bare.h"

#define TRAMPOLINE   0x8000ul
#define INIT         0x4500u
#define STARTUP      0x4600u
#define START_TICKS  1000000000ul
#define TIMER_VECTOR 0xe1u
#define MILLION      1000000ul

/* Offsets in boot_params and in ACPI's tables; numbers of theirs. */
#define ACPI_RSDP_ADDR 0x070
#define RSDP_XSDT      24
#define TABLE_LENGTH   4
#define TABLE_BYTES    36
#define MADT_BYTES     44
#define MADT_WAKEUP    16
#define SIGNATURE_MADT 0x43495041 /* "APIC" */

extern const uint8_t bare_trampoline[], bare_trampoline_bytes[], bare_further[];
extern const uint8_t bare_trampoline_gdtr[], bare_trampoline_gdt[], bare_trampoline_cr3[],
	bare_trampoline_entry[], bare_wake_up[];

static void (*volatile further_main)(unsigned id);
static void (*window_work)(unsigned id, uint64_t end);
static volatile unsigned window_ended;

static void place_trampoline(void)
{
	uint8_t *low = (uint8_t *)TRAMPOLINE;
	uint64_t cr3;

	for (uint64_t i = 0; i < (uint64_t)bare_trampoline_bytes; i++)
		low[i] = bare_trampoline[i];
	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	*(volatile uint64_t *)(low + (uint64_t)bare_trampoline_gdtr + 2) =
		(TRAMPOLINE + (uint64_t)bare_trampoline_gdt);
	*(volatile uint32_t *)(low + (uint64_t)bare_trampoline_cr3) = (uint32_t)cr3;
	*(volatile uint32_t *)(low + (uint64_t)bare_trampoline_entry) =
		(uint32_t)(uint64_t)bare_further;
}

static uint64_t acpi_get(uint64_t address, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t) * (const uint8_t *)(address + i) << 8 * i;
	return value;
}

/* The ACPI table with this signature, 0: none. */
static uint64_t find_table(uint64_t signature)
{
	uint64_t rsdp = acpi_get((uint64_t)bare_boot_params + ACPI_RSDP_ADDR, 8);
	uint64_t xsdt = acpi_get(rsdp + RSDP_XSDT, 8);
	uint64_t end = xsdt + acpi_get(xsdt + TABLE_LENGTH, 4);

	for (uint64_t entry = xsdt + TABLE_BYTES; entry < end; entry += 8)
		if (acpi_get(acpi_get(entry, 8), 4) == signature)
			return acpi_get(entry, 8);
	return 0;
}

/* The wake-up mailbox that the MADT names, NULL: none. */
static volatile uint8_t *find_mailbox(void)
{
	uint64_t madt = find_table(SIGNATURE_MADT);
	uint64_t end = madt ? madt + acpi_get(madt + TABLE_LENGTH, 4) : 0;

	for (uint64_t entry = madt + MADT_BYTES; entry < end; entry += acpi_get(entry + 1, 1))
		if (acpi_get(entry, 1) == MADT_WAKEUP)
			return (volatile uint8_t *)acpi_get(entry + 8, 8);
	return 0;
}

static void wake_up(volatile uint8_t *mailbox, unsigned id)
{
	*(volatile uint32_t *)(mailbox + 4) = id;
	*(volatile uint64_t *)(mailbox + 8) = (uint64_t)bare_wake_up;
	*(volatile uint16_t *)mailbox = 1;
	while (*(volatile uint16_t *)mailbox)
		pause();
}

bool start_vcpu(unsigned id, void (*main)(unsigned id))
{
	uint64_t start = tsc();

	place_trampoline();
	further_main = main;
	if (find_mailbox()) {
		wake_up(find_mailbox(), id);
	} else {
		apic_send(id, INIT);
		apic_send(id, STARTUP | TRAMPOLINE >> 12);
	}
	while (further_main && tsc() - start < START_TICKS)
		pause();
	return !further_main;
}

_Noreturn void stop_vcpu(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Called by the code in start.S. */
void bare_further_start(unsigned id)
{
	void (*main)(unsigned id) = further_main;

	bare_load_idt();
	apic_follow_mode();
	further_main = 0;
	main(id);
	stop_vcpu();
}

void halt_until(uint64_t ticks)
{
	apic_write(APIC_TIMER, TIMER_VECTOR | TIMER_DEADLINE);
	while (tsc() < ticks) {
		msr_write(IA32_TSC_DEADLINE, ticks);
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	}
}

static void work_in_window(unsigned id)
{
	halt_until(parameter("start", 500) * MILLION);
	window_work(id, parameter("end", 600) * MILLION);
	__atomic_fetch_add(&window_ended, 1, __ATOMIC_SEQ_CST);
}

void run_in_window(unsigned vcpus, void (*work)(unsigned id, uint64_t end))
{
	check(tsc() < parameter("start", 500) * MILLION, "ready before the start");
	window_work = work;
	for (unsigned id = 1; id < vcpus; id++)
		check(start_vcpu(id, work_in_window), "another vCPU runs");
	work_in_window(0);
	while (window_ended < vcpus)
		halt_until(tsc() + MILLION / 10);
}
