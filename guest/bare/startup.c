/* SPDX-License-Identifier: BSD-2-Clause */
/* Two vCPUs: INIT and start-up IPI, IPIs to running and to halted ones, starting anew. */
#include "guest/bare/bare.h"

#define PING     0x51
#define PONG     0x52
#define STUCK    0x53
#define ROUNDS   200u
#define RESTARTS 20u
#define TIME_OUT 2000000000ul

static volatile bool second_stops, second_stopped;
static volatile uint32_t second_pings;

static void answer(unsigned id)
{
	(void)id;
	while (!second_stops) {
		__asm__ volatile("sti; hlt; cli" ::: "memory");
		while (second_pings < interrupts[PING]) {
			second_pings++;
			apic_send(0, PONG);
		}
	}
	second_stopped = true;
}

/* Its last EOI must be behind it when the mode of the local APICs changes. */
static void stop_second(void)
{
	uint64_t start = tsc();

	second_stopped = false;
	second_stops = true;
	apic_send(1, PING);
	while (!second_stopped && tsc() - start < TIME_OUT)
		pause();
	check(second_stopped, "it stops when told");
}

static void stay_in_handler(unsigned vector)
{
	if (vector == STUCK)
		for (;;)
			pause();
}

static void wait_halted(unsigned id)
{
	(void)id;
	for (;;)
		__asm__ volatile("sti; hlt" ::: "memory");
}

static void wait_spinning(unsigned id)
{
	(void)id;
	__asm__ volatile("sti");
	for (;;)
		pause();
}

/* Sends vCPU 1 an interrupt; true if one with answer_vector is taken, by either vCPU. */
static bool send_and_wait(uint32_t vector, unsigned answer_vector)
{
	uint32_t before = interrupts[answer_vector];

	apic_send(1, vector);
	return wait_interrupts(answer_vector, before + 1, TIME_OUT, false);
}

static void test_pings(void)
{
	bool fine = true;

	check(start_vcpu(1, answer), "INIT and start-up IPI start the second vCPU");
	for (uint32_t i = 1; i <= ROUNDS && fine; i++) {
		apic_send(1, PING);
		fine = wait_interrupts(PONG, i, TIME_OUT, i & 1);
	}
	check(fine && second_pings == ROUNDS, "IPIs go to and fro, none lost");
	stop_second();
}

/* Whatever it does: halted, spinning, or in a handler, with the interrupt in service. */
static void test_restarts(void)
{
	bool fine = true;

	on_interrupt = stay_in_handler;
	for (unsigned i = 0; i < RESTARTS && fine; i++) {
		fine = start_vcpu(1, i % 2 ? wait_halted : wait_spinning);
		if (i % 4 < 2)
			continue;
		fine = fine && send_and_wait(STUCK, STUCK);
	}
	check(fine, "a running vCPU is started anew");
	on_interrupt = 0;
	second_stops = false;
	second_pings = interrupts[PING];
	check(start_vcpu(1, answer), "and once more");
	check(send_and_wait(PING, PONG), "its interrupts work as if nothing had been in service");
	stop_second();
}

void test(void)
{
	uint32_t r[4];

	test_pings();
	test_restarts();
	cpuid(1, 0, r);
	if (r[2] >> 21 & 1) {
		apic_use_x2apic();
		print("x2APIC mode\n");
		test_restarts();
	}
}
