/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bare guests share: console, power, interrupts, local APIC in both modes, checks. */
#ifndef SLUICE_GUEST_BARE_BARE_H
#define SLUICE_GUEST_BARE_BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu/io.h"
#include "arch/x86/cpu/msr.h"

#define VCPUS_MOST 16

#define APIC_ADDRESS  0xfee00000ul
#define APIC_ID       0x020
#define APIC_TPR      0x080
#define APIC_EOI      0x0b0
#define APIC_SVR      0x0f0
#define APIC_ISR      0x100
#define APIC_IRR      0x200
#define APIC_ICR      0x300
#define APIC_ICR_HIGH 0x310
#define APIC_TIMER    0x320
#define APIC_INITIAL  0x380
#define APIC_CURRENT  0x390
#define APIC_DIVIDE   0x3e0

#define TIMER_PERIODIC (1u << 17)
#define TIMER_DEADLINE (2u << 17)

struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error_code, rip, cs, rflags, rsp, ss;
};

/* The test. What it returns is the number of failed checks. */
void test(void);

/* Prints; %s, %u, %x, %lu, %lx and %% only. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints PASS or FAIL with name, and counts. */
void check(bool fine, const char *name);

/* The Linux boot parameters that the guest was started with. */
extern const void *bare_boot_params;

_Noreturn void power_off(void);

/* Interrupts taken by vector, by all vCPUs. */
extern volatile uint32_t interrupts[256];

/* The next exception with this vector is skipped by jumping to where; caught tells it came. */
extern volatile bool caught;
bool catch_fault(void (*function)(void), unsigned vector);

/* Called for each exception, if set; true: it is handled, and frame is where to go on. */
extern bool (*on_exception)(struct trap_frame *frame);

/* Called for each interrupt after it was counted and before its EOI, if set. */
extern void (*on_interrupt)(unsigned vector);

/* The number after NAME= in the guest's command line, or otherwise if it is not there. */
unsigned parameter(const char *name, unsigned otherwise);

/*
 * Starts vCPU id (1 to 15), or starts it anew, by INIT and start-up IPI: it runs main(id), with
 * its local APIC enabled in the mode of vCPU 0 and interrupts off. False if it does not come up.
 */
bool start_vcpu(unsigned id, void (*main)(unsigned id));

/* The vCPU that runs this. */
unsigned this_vcpu(void);

/* Halts, interrupts off, for good. */
_Noreturn void stop_vcpu(void);

/*
 * Runs work on vCPUs 0 to vcpus - 1 in the time that is the same for all guests of a machine: from
 * the parameter start to end, in millions of ticks of the TSC (work returns at that tick).
 */
void run_in_window(unsigned vcpus, void (*work)(unsigned id, uint64_t end));

/* Waits, halted, until the TSC has reached ticks; uses the local APIC's timer. */
void halt_until(uint64_t ticks);

void bare_start(const void *boot_params);
void bare_trap(struct trap_frame *frame);
void bare_further_start(unsigned id);
void bare_load_idt(void);

void apic_use_x2apic(void);

/* On a further vCPU: the mode of the first one. */
void apic_follow_mode(void);

uint32_t apic_read(uint32_t reg);
void apic_write(uint32_t reg, uint32_t value);

/* Sends an interrupt command; destination is an APIC id. */
void apic_send(uint32_t destination, uint32_t command);

/* Waits, interrupts on, until the count of vector reaches count, or ticks have passed. */
bool wait_interrupts(unsigned vector, uint32_t count, uint64_t ticks, bool halt);

static inline void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
			 : "a"(leaf), "c"(subleaf));
}

static inline void pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline uint64_t tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

#endif
