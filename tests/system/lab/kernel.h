/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's test kernel: what its checks share. It runs identity-mapped on two CPUs. */
#ifndef SLUICE_TESTS_SYSTEM_LAB_KERNEL_H
#define SLUICE_TESTS_SYSTEM_LAB_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86/cpu/io.h"
#include "arch/x86/cpu/msr.h"

#define APIC_ID              0x020
#define APIC_VERSION         0x030
#define APIC_EOI             0x0b0
#define APIC_SPURIOUS        0x0f0
#define APIC_SPURIOUS_ENABLE (1u << 8)
#define APIC_ISR             0x100
#define APIC_ICR_LOW         0x300
#define APIC_ICR_HIGH        0x310
#define APIC_LVT_TIMER       0x320
#define APIC_TIMER_INITIAL   0x380
#define APIC_TIMER_DIVIDE    0x3e0

#define SPURIOUS_VECTOR 0xef
#define NOTIFY_VECTOR   0xf2
#define GUEST_VECTOR    0x51
#define TIMER_VECTOR    0x61
#define VECTOR_UD       6
#define VECTOR_GP       13

/* What a vector's stub leaves on the stack for its handler. */
struct frame {
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

typedef void (*vector_handler)(struct frame *frame);

/* Sets the handler of a vector, on all CPUs. */
void set_handler(unsigned vector, vector_handler handler);
/* Sets the code a vector jumps to, without a stub. */
void set_gate(unsigned vector, const void *code);

/* Sets COM1 to 115200 baud and masks the legacy interrupts. */
void machine_start(void);
void print(const char *text);
/* Waits for a character typed on COM1. */
char read_console(void);
void print_hex(uint64_t value);
/* Prints PASS or FAIL and the check's name. */
void report(const char *name, bool pass);
/* Ends the emulator. */
void power_off(void) __attribute__((noreturn));

uint32_t apic_read(unsigned offset);
void apic_write(unsigned offset, uint32_t value);
/* Sends a fixed interrupt to the CPU with this APIC id. */
void apic_send(unsigned id, unsigned vector);

/* Starts the second CPU if it is not up, and has it run work() once; false if it does not answer.
 */
bool ap_run(void (*work)(void));
/* True once the second CPU has done its work. */
bool ap_is_idle(void);

/* Code in start.S: a handler that faults, and the guests with their stack. */
extern char faulting_handler[], catch_fault[];
uint64_t fault_in_handler(void);
uint64_t fault_after_exit(void);
extern char guest_exit[], guest_spin[], guest_sti_hlt[], guest_cli_hlt[], guest_hlt[],
	guest_cli_spin[], guest_vmcall[], guest_stack_end[];
extern volatile uint32_t guest_interrupts;
uint64_t time_loop(uint64_t turns);

static inline uint64_t read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

#endif
