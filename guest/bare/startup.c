/* SPDX-License-Identifier: BSD-2-Clause */
/* Two vCPUs: INIT and start-up IPI, IPIs between them, to running and to halted ones. */
#include "guest/bare/bare.h"

#define TRAMPOLINE 0x8000ul
#define INIT       0x4500u
#define STARTUP    0x4600u
#define PING       0x51
#define PONG       0x52
#define STOP       0x53
#define ROUNDS     200u
#define TIME_OUT   2000000000ul

extern const uint8_t bare_trampoline[], bare_trampoline_bytes[], bare_second[];
extern const uint8_t bare_trampoline_gdtr[], bare_trampoline_gdt[], bare_trampoline_cr3[],
	bare_trampoline_entry[];

static volatile bool second_runs, second_stops;
static volatile uint32_t second_pings;

void bare_second_main(void)
{
	bare_load_idt();
	apic_enable();
	second_runs = true;
	while (!second_stops) {
		__asm__ volatile("sti; hlt; cli" ::: "memory");
		while (second_pings < interrupts[PING]) {
			second_pings++;
			apic_send(0, PONG);
		}
	}
}

static void start_second(void)
{
	uint8_t *low = (uint8_t *)TRAMPOLINE;
	uint64_t cr3;

	for (uint64_t i = 0; i < (uint64_t)bare_trampoline_bytes; i++)
		low[i] = bare_trampoline[i];
	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	*(volatile uint32_t *)(low + (uint64_t)bare_trampoline_gdtr + 2) =
		(uint32_t)(TRAMPOLINE + (uint64_t)bare_trampoline_gdt);
	*(volatile uint32_t *)(low + (uint64_t)bare_trampoline_cr3) = (uint32_t)cr3;
	*(volatile uint32_t *)(low + (uint64_t)bare_trampoline_entry) =
		(uint32_t)(uint64_t)bare_second;
	apic_send(1, INIT);
	apic_send(1, STARTUP | TRAMPOLINE >> 12);
}

void test(void)
{
	uint64_t start = tsc();
	bool fine = true;

	start_second();
	while (!second_runs && tsc() - start < TIME_OUT)
		__asm__ volatile("pause");
	check(second_runs, "INIT and start-up IPI start the second vCPU");
	for (uint32_t i = 1; i <= ROUNDS && fine; i++) {
		apic_send(1, PING);
		fine = wait_interrupts(PONG, i, TIME_OUT, i & 1);
	}
	check(fine && second_pings == ROUNDS, "IPIs go to and fro, none lost");
	second_stops = true;
	apic_send(1, STOP);
}
