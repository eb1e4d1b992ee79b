// SPDX-License-Identifier: BSD-2-Clause
/* INIT and start-up IPI for one vCPU after the other, each with a stack of its own. */
#include "guest/bare/traffic/smp.h"

#include "guest/bare/bare.h"
#include "guest/bare/traffic/traffic.h"

#define TRAMPOLINE  0x8000ul
#define INIT        0x4500u
#define STARTUP     0x4600u
#define STACK_BYTES 16384
#define TIME_OUT    1000000000ul

extern const uint8_t bare_trampoline[], bare_trampoline_bytes[], bare_trampoline_gdtr[],
	bare_trampoline_gdt[], bare_trampoline_cr3[], bare_trampoline_entry[];

/* Where the vCPU that is starting finds its stack, and where it goes from the trampoline. */
uint8_t *smp_stack;
void smp_entry(void);
_Noreturn void smp_main(void);

static void (*run)(unsigned vcpu);
static volatile unsigned starting; /* the vCPU that starts now */
static volatile unsigned started;

__asm__(".text\n"
	".global smp_entry\n"
	"smp_entry:\n\t"
	"movw $0x18, %ax\n\t"
	"movw %ax, %ds\n\t"
	"movw %ax, %es\n\t"
	"movw %ax, %ss\n\t"
	"movq smp_stack(%rip), %rsp\n\t"
	"xorl %ebp, %ebp\n\t"
	"call smp_main\n");

_Noreturn void smp_main(void)
{
	unsigned vcpu = starting;

	bare_load_idt();
	apic_enable();
	started = vcpu;
	run(vcpu);
	for (;;)
		__asm__ volatile("cli; hlt");
}

unsigned smp_vcpus(void)
{
	uint32_t r[4];

	cpuid(0xb, 1, r);
	return r[1] & 0xffff ? r[1] & 0xffff : 1;
}

static void place_trampoline(void)
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
		(uint32_t)(uint64_t)smp_entry;
}

bool smp_start(unsigned count, void (*main)(unsigned vcpu))
{
	run = main;
	place_trampoline();
	for (unsigned vcpu = 1; vcpu < count; vcpu++) {
		uint64_t start = tsc();

		smp_stack = (uint8_t *)traffic_alloc(STACK_BYTES) + STACK_BYTES;
		starting = vcpu;
		apic_send(vcpu, INIT);
		apic_send(vcpu, STARTUP | TRAMPOLINE >> 12);
		while (started != vcpu && tsc() - start < TIME_OUT)
			__asm__ volatile("pause");
		if (started != vcpu)
			return false;
	}
	return true;
}
