// SPDX-License-Identifier: BSD-2-Clause
/*
 * The core's timer, lent to a guest: whenever a deadline expires, between any two accesses to the
 * processor, it interrupts the guest once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/x86/cpu/apic.h"
#include "arch/x86/cpu/apic_timer.h"
#include "arch/x86/cpu/vectors.h"
#include "arch/x86/vmx/vmx_vcpu.h"
#include "kernel/boot.h"
#include "kernel/config.h"
#include "kernel/interrupt.h"
#include "machine_host.h"

#define VECTOR      0xecu
#define TIMER_LVT   (VECTOR | 2u << 17)
#define DEADLINE    1000u
#define AFTERWARDS  2000u
#define ROUNDS      4
#define NOT_AT_ALL  1000u
#define REASON_SOME REASON_CPUID

struct core cores[CORES_MOST];
struct config host_config;

static uint8_t page[4096] __attribute__((aligned(4096)));
static uint8_t bitmap[4096];
static struct vcpu vcpu = {.core = &cores[0]};
static struct vmx_vcpu v;
static void (*timer_handler)(void *argument);

/* The processor: its timer fires before the access numbered fire_at, if a deadline is armed. */
static uint64_t deadline_register;
static bool irr;
static unsigned accesses, fire_at;
static struct {
	unsigned deadline_reads, deadline_writes, irr_reads;
} count;

static unsigned delivered;

static void expire(void)
{
	if (!deadline_register || host_ticks < deadline_register)
		return;
	deadline_register = 0;
	irr = true;
}

static void access_processor(void)
{
	if (++accesses >= fire_at && deadline_register && host_ticks < deadline_register)
		host_ticks = deadline_register;
	expire();
}

uint64_t msr_read(uint32_t msr)
{
	assert_int_equal(msr, IA32_TSC_DEADLINE);
	access_processor();
	count.deadline_reads++;
	return deadline_register;
}

void msr_write(uint32_t msr, uint64_t value)
{
	assert_int_equal(msr, IA32_TSC_DEADLINE);
	access_processor();
	count.deadline_writes++;
	deadline_register = value;
	expire();
}

bool apic_is_pending(uint8_t vector)
{
	assert_int_equal(vector, VECTOR_TIMER);
	access_processor();
	count.irr_reads++;
	return irr;
}

uint64_t vmread(enum vmcs_field field)
{
	assert_int_equal(field, EXIT_INTERRUPTION_INFORMATION);
	access_processor();
	return INTERRUPTION_VALID | VECTOR_TIMER;
}

struct cpuid cpuid_leaf(uint32_t leaf, uint32_t subleaf)
{
	(void)subleaf;
	return (struct cpuid){.ecx = leaf == 1 ? CPUID_1_ECX_TSC_DEADLINE : 0};
}

struct core *core_this(void)
{
	return &cores[0];
}

void interrupt_set_handler(uint8_t vector, void (*handler)(void *argument), void *argument)
{
	(void)argument;
	assert_int_equal(vector, VECTOR_TIMER);
	timer_handler = handler;
}

void interrupts_mark_timer(struct vmx_vcpu *vcpu_of_timer, int vector)
{
	(void)vcpu_of_timer;
	if (vector < 0)
		return;
	assert_int_equal(vector, VECTOR);
	lapic_mark(&v.lapic, APIC_IRR, VECTOR);
}

void msr_bitmap_set_deadline(uint8_t *of, bool direct)
{
	assert_ptr_equal(of, bitmap);
	assert_int_equal(direct, v.timer_lent);
}

void apic_write_timer(uint32_t lvt)
{
	assert_int_equal(lvt, VECTOR_TIMER | 2u << 17);
}

void apic_write_timer_count(uint32_t initial, uint32_t divide)
{
	(void)initial;
	(void)divide;
	fail();
}

uint32_t apic_read_timer_count(void)
{
	fail();
	return 0;
}

uint64_t ticks_per_second(void)
{
	return 1000000000;
}

void boot_refuse(const char *format, ...)
{
	(void)format;
	fail();
	abort();
}

static int setup(void **state)
{
	(void)state;
	memset(cores, 0, sizeof(cores));
	memset(&v, 0, sizeof(v));
	v.vcpu = &vcpu;
	v.msr_bitmap = bitmap;
	v.lapic.page = page;
	lapic_reset(&v.lapic, 0, true);
	lapic_set(&v.lapic, APIC_SVR, 0x1ff);
	lapic_timer_write_lvt(&v.lapic, TIMER_LVT);
	host_ticks = 1;
	deadline_register = 77; /* as the firmware left it */
	irr = false;
	accesses = delivered = 0;
	fire_at = NOT_AT_ALL;
	apic_timer_init();
	apic_timer_init_core();
	assert_int_equal(deadline_register, 0);
	memset(&count, 0, sizeof(count));
	return 0;
}

static void take_host_interrupt(void)
{
	irr = false;
	timer_handler(NULL);
}

/* Interrupts on for a moment, as after each exit. */
static void open_window(void)
{
	expire();
	if (irr)
		take_host_interrupt();
}

/* As interrupts_prepare_entry() does it. */
static void enter(void)
{
	if (v.lapic.deadline <= host_ticks)
		interrupts_mark_timer(&v, lapic_timer_expire(&v.lapic, host_ticks));
	guest_timer_lend(&v, true);
}

static void leave(uint32_t reason)
{
	v.reason = reason;
	guest_timer_take_back(&v);
	if (reason == REASON_EXTERNAL_INTERRUPT)
		timer_handler(NULL); /* acknowledged by the exit */
	open_window();
}

/* The guest runs until something makes it exit: its timer, or another reason. */
static void stay(void)
{
	expire();
	if (irr) {
		irr = false;
		leave(REASON_EXTERNAL_INTERRUPT);
		return;
	}
	if (lapic_test(&v.lapic, APIC_IRR, VECTOR)) {
		lapic_clear(&v.lapic, APIC_IRR, VECTOR);
		delivered++;
	}
	leave(REASON_SOME);
}

/* The guest arms its deadline, with or without an exit. */
static void guest_arms(uint64_t value)
{
	if (v.timer_lent)
		deadline_register = value;
	else
		lapic_timer_write_deadline(&v.lapic, value, 0);
}

static void run_rounds(unsigned rounds)
{
	while (rounds--) {
		enter();
		stay();
	}
}

/* Before it enters, or while it is in. The timer fires at the latest after some rounds. */
static void expect_one_interrupt(unsigned when, bool inside)
{
	setup(NULL);
	fire_at = when;
	if (!inside)
		guest_arms(DEADLINE);
	enter();
	if (inside)
		guest_arms(DEADLINE);
	stay();
	run_rounds(ROUNDS);
	host_ticks = AFTERWARDS;
	run_rounds(ROUNDS);
	if (delivered != 1)
		fail_msg("%u interrupts of a deadline %s, fired at access %u", delivered,
			 inside ? "armed inside" : "armed before", when);
}

static void test_fires_between_any_two_accesses(void **state)
{
	(void)state;
	for (unsigned when = 1; when < 40; when++) {
		expect_one_interrupt(when, false);
		expect_one_interrupt(when, true);
	}
	expect_one_interrupt(NOT_AT_ALL, false);
	expect_one_interrupt(NOT_AT_ALL, true);
}

/* What the guest disarms comes no more; what it arms anew comes once. */
static void test_rearmed(void **state)
{
	(void)state;
	for (unsigned when = 1; when < 40; when++) {
		setup(NULL);
		enter();
		guest_arms(DEADLINE);
		stay();
		enter();
		guest_arms(0);
		stay();
		run_rounds(1);
		enter();
		guest_arms(DEADLINE + 1);
		fire_at = when;
		stay();
		run_rounds(ROUNDS);
		host_ticks = AFTERWARDS;
		run_rounds(ROUNDS);
		assert_int_equal(delivered, 1);
	}
}

/* An exit that leaves the deadline alone costs one read of the register, and nothing at the entry.
 */
static void test_costs_nothing_in_vain(void **state)
{
	(void)state;
	enter();
	guest_arms(DEADLINE);
	stay();
	run_rounds(1);
	memset(&count, 0, sizeof(count));
	run_rounds(10);
	assert_int_equal(count.deadline_reads, 10);
	assert_int_equal(count.deadline_writes, 0);
	assert_int_equal(count.irr_reads, 0);
}

/* Without a deadline one may have been armed and have come inside: the IRR tells. */
static void test_costs_without_deadline(void **state)
{
	(void)state;
	run_rounds(2);
	memset(&count, 0, sizeof(count));
	run_rounds(10);
	assert_int_equal(count.deadline_reads, 10);
	assert_int_equal(count.deadline_writes, 0);
	assert_int_equal(count.irr_reads, 10);
}

static unsigned host_expired;

static void host_timer_expired(struct timer *timer)
{
	(void)timer;
	host_expired++;
}

static void test_not_beside_a_timer_of_the_host(void **state)
{
	struct timer timer = {.expired = host_timer_expired};

	(void)state;
	host_expired = 0;
	timer_arm(&timer, 500);
	assert_int_equal(deadline_register, 500);
	enter();
	assert_false(v.timer_lent);
	timer_disarm(&timer);
	host_ticks = 500; /* its interrupt is on its way, or comes when the register is looked at */
	enter();
	assert_false(v.timer_lent);
	open_window();
	run_rounds(ROUNDS);
	assert_int_equal(delivered, 0);
	assert_int_equal(host_expired, 0);
}

/* While the guest sleeps: the same deadline, as a timer of the host's, needs no write. */
static void test_sleep(void **state)
{
	struct timer timer = {.expired = host_timer_expired};

	(void)state;
	host_expired = 0;
	enter();
	guest_arms(DEADLINE);
	stay();
	memset(&count, 0, sizeof(count));
	timer_arm(&timer, v.lapic.deadline);
	assert_int_equal(count.deadline_writes, 0);
	host_ticks = DEADLINE;
	open_window();
	assert_int_equal(host_expired, 1);
	run_rounds(ROUNDS);
	assert_int_equal(delivered, 1);
}

/* An interrupt that comes before its deadline has been reached: the deadline is armed anew. */
static void test_early_interrupt(void **state)
{
	struct timer timer = {.expired = host_timer_expired};

	(void)state;
	host_expired = 0;
	timer_arm(&timer, 500);
	deadline_register = 0;
	host_ticks = 499;
	take_host_interrupt();
	assert_int_equal(host_expired, 0);
	assert_int_equal(deadline_register, 500);
	timer_disarm(&timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_fires_between_any_two_accesses, setup),
		cmocka_unit_test_setup(test_rearmed, setup),
		cmocka_unit_test_setup(test_costs_nothing_in_vain, setup),
		cmocka_unit_test_setup(test_costs_without_deadline, setup),
		cmocka_unit_test_setup(test_not_beside_a_timer_of_the_host, setup),
		cmocka_unit_test_setup(test_sleep, setup),
		cmocka_unit_test_setup(test_early_interrupt, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
