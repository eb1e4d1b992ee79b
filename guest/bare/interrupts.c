/* SPDX-License-Identifier: BSD-2-Clause */
/* Local APIC: timer in all modes, self-IPIs, priorities, EOI, HLT; as xAPIC, then as x2APIC. */
#include "guest/bare/bare.h"

#define LOW   0x41
#define HIGH  0x81
#define TIMER 0x61
#define SELF  (1u << 18)
#define SHORT 200000ul    /* ticks */
#define LONG  100000000ul /* time-out in ticks */

static uint32_t order[4];
static unsigned taken;
static uint32_t in_service;

static void note_order(unsigned vector)
{
	if (taken < 4)
		order[taken++] = vector;
	in_service = apic_read(APIC_ISR + vector / 32 * 16) >> (vector % 32) & 1;
}

static void reset(void)
{
	for (unsigned i = 0; i < 256; i++)
		interrupts[i] = 0;
	taken = 0;
	on_interrupt = note_order;
}

static bool is_pending(unsigned vector)
{
	return apic_read(APIC_IRR + vector / 32 * 16) >> (vector % 32) & 1;
}

static void test_self_ipi(void)
{
	reset();
	apic_write(APIC_ICR, SELF | LOW);
	check(wait_interrupts(LOW, 1, LONG, false), "a self-IPI arrives once");
	check(in_service, "it is in service in its handler");
	check(!(apic_read(APIC_ISR + LOW / 32 * 16) >> (LOW % 32) & 1), "and not after its EOI");
	apic_send(apic_read(APIC_ID) >> 24, LOW);
	check(wait_interrupts(LOW, 2, LONG, true), "an IPI to the own id ends HLT");
}

static void test_priorities(void)
{
	reset();
	apic_write(APIC_ICR, SELF | LOW);
	apic_write(APIC_ICR, SELF | HIGH);
	wait_interrupts(LOW, 1, LONG, false);
	check(taken == 2 && order[0] == HIGH && order[1] == LOW, "the higher vector comes first");

	reset();
	apic_write(APIC_TPR, 0x70);
	apic_write(APIC_ICR, SELF | LOW);
	apic_write(APIC_ICR, SELF | HIGH);
	check(wait_interrupts(HIGH, 1, LONG, false), "above the TPR: delivered");
	wait_interrupts(LOW, 1, SHORT, false);
	check(interrupts[LOW] == 0 && is_pending(LOW), "below the TPR: kept pending");
	apic_write(APIC_TPR, 0);
	check(wait_interrupts(LOW, 1, LONG, false), "and delivered when the TPR goes down");

	reset();
	__asm__ volatile("movq %0, %%cr8" ::"r"(7ul));
	apic_write(APIC_ICR, SELF | LOW);
	wait_interrupts(LOW, 1, SHORT, false);
	check(interrupts[LOW] == 0 && apic_read(APIC_TPR) == 0x70, "CR8 is the TPR");
	__asm__ volatile("movq %0, %%cr8" ::"r"(0ul));
	check(wait_interrupts(LOW, 1, LONG, false), "delivered when CR8 goes down");
}

static void test_timer_counts(void)
{
	uint64_t start;
	uint32_t count;

	reset();
	apic_write(APIC_DIVIDE, 0xb);
	apic_write(APIC_TIMER, TIMER);
	start = tsc();
	apic_write(APIC_INITIAL, SHORT);
	count = apic_read(APIC_CURRENT);
	check(count > 0 && count <= SHORT, "the current count goes down from the initial count");
	check(wait_interrupts(TIMER, 1, LONG, true), "the one-shot timer ends HLT");
	check(tsc() - start >= SHORT, "and not too early");
	wait_interrupts(TIMER, 2, 3 * SHORT, false);
	check(interrupts[TIMER] == 1 && apic_read(APIC_CURRENT) == 0, "it fires once");

	reset();
	apic_write(APIC_TIMER, TIMER | TIMER_PERIODIC);
	start = tsc();
	apic_write(APIC_INITIAL, SHORT);
	while (interrupts[TIMER] < 5 && tsc() - start < LONG)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	check(interrupts[TIMER] >= 5 && tsc() - start >= 5 * SHORT, "the periodic timer goes on");
	apic_write(APIC_INITIAL, 0);
	wait_interrupts(TIMER, 1000, SHORT, false); /* what was on its way */
	reset();
	wait_interrupts(TIMER, 1, 3 * SHORT, false);
	check(interrupts[TIMER] == 0, "an initial count of 0 stops it");
}

static void test_deadline(void)
{
	uint64_t deadline;

	reset();
	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE);
	deadline = tsc() + SHORT;
	msr_write(IA32_TSC_DEADLINE, deadline);
	check(msr_read(IA32_TSC_DEADLINE) == deadline, "the deadline can be read back");
	check(wait_interrupts(TIMER, 1, LONG, true), "the TSC-deadline timer ends HLT");
	check(tsc() >= deadline && msr_read(IA32_TSC_DEADLINE) == 0,
	      "at its deadline, which is then 0");
	msr_write(IA32_TSC_DEADLINE, 1);
	check(wait_interrupts(TIMER, 2, LONG, false), "a deadline in the past fires at once");
	apic_write(APIC_TIMER, TIMER | 1u << 16);
}

/* An exit, wherever deadlines are kept. */
static void leave_guest(void)
{
	uint32_t a = 0, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
}

static void test_deadline_changes(void)
{
	uint64_t deadline;

	reset();
	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE);
	msr_write(IA32_TSC_DEADLINE, tsc() + SHORT);
	msr_write(IA32_TSC_DEADLINE, 0);
	wait_interrupts(TIMER, 1, 3 * SHORT, false);
	check(interrupts[TIMER] == 0, "a deadline of 0 disarms");
	msr_write(IA32_TSC_DEADLINE, tsc() + LONG);
	leave_guest();
	deadline = tsc() + SHORT;
	msr_write(IA32_TSC_DEADLINE, deadline);
	leave_guest();
	check(msr_read(IA32_TSC_DEADLINE) == deadline, "the latest deadline counts, exits or not");
	while (tsc() < deadline + SHORT)
		leave_guest();
	check(wait_interrupts(TIMER, 1, LONG, false) && msr_read(IA32_TSC_DEADLINE) == 0,
	      "it fires amid exits");
	wait_interrupts(TIMER, 2, 3 * SHORT, false);
	check(interrupts[TIMER] == 1, "and once");

	msr_write(IA32_TSC_DEADLINE, tsc() + SHORT);
	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE | 1u << 16);
	wait_interrupts(TIMER, 2, 3 * SHORT, false);
	check(interrupts[TIMER] == 1, "a masked timer is silent");
	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE);
	msr_write(IA32_TSC_DEADLINE, tsc() + SHORT);
	apic_write(APIC_TIMER, TIMER);
	wait_interrupts(TIMER, 2, 3 * SHORT, false);
	check(interrupts[TIMER] == 1, "another mode disarms");

	apic_write(APIC_TIMER, TIMER | TIMER_DEADLINE);
	msr_write(IA32_TSC_ADJUST, msr_read(IA32_TSC_ADJUST) + 1000000 * SHORT);
	deadline = tsc() + SHORT;
	msr_write(IA32_TSC_DEADLINE, deadline);
	check(wait_interrupts(TIMER, 2, LONG, true) && tsc() >= deadline,
	      "deadlines are in the guest's own TSC");
	msr_write(IA32_TSC_ADJUST, msr_read(IA32_TSC_ADJUST) - 1000000 * SHORT);
	apic_write(APIC_TIMER, TIMER | 1u << 16);
}

static void test_all(const char *mode)
{
	print("%s\n", mode);
	test_self_ipi();
	test_priorities();
	test_timer_counts();
	test_deadline();
	test_deadline_changes();
}

void test(void)
{
	uint32_t r[4];

	test_all("xAPIC mode");
	cpuid(1, 0, r);
	if (!(r[2] >> 21 & 1)) {
		print("no x2APIC\n");
		return;
	}
	apic_use_x2apic();
	test_all("x2APIC mode");
}
