/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC a guest sees (SDM volume 3, "Advanced Programmable Interrupt Controller" and
 * "APIC Virtualization and Virtual Interrupts").
 *
 * Its registers live in the virtual-APIC page. With virtual-interrupt delivery the processor
 * works on that page by itself; without, the functions of this header do the same in software.
 */
#ifndef SLUICE_ARCH_X86_VMX_LAPIC_H
#define SLUICE_ARCH_X86_VMX_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* Register offsets in the page; x2APIC MSR numbers are 0x800 + offset / 16. */
#define APIC_ID            0x020
#define APIC_VERSION       0x030
#define APIC_TPR           0x080
#define APIC_PPR           0x0a0
#define APIC_EOI           0x0b0
#define APIC_LDR           0x0d0
#define APIC_DFR           0x0e0
#define APIC_SVR           0x0f0
#define APIC_SVR_ENABLE    (1u << 8)
#define APIC_ISR           0x100
#define APIC_TMR           0x180
#define APIC_IRR           0x200
#define APIC_ESR           0x280
#define APIC_ICR           0x300
#define APIC_ICR_HIGH      0x310
#define APIC_LVT_TIMER     0x320
#define APIC_LVT_THERMAL   0x330
#define APIC_LVT_PMC       0x340
#define APIC_LVT_LINT0     0x350
#define APIC_LVT_LINT1     0x360
#define APIC_LVT_ERROR     0x370
#define APIC_LVT_MASKED    (1u << 16)
#define APIC_INITIAL_COUNT 0x380
#define APIC_CURRENT_COUNT 0x390
#define APIC_DIVIDE        0x3e0
#define APIC_SELF_IPI      0x3f0

#define LAPIC_NEVER UINT64_MAX

/* Timer modes (LVT timer register, bits 18:17). */
enum lapic_timer_mode {
	LAPIC_TIMER_ONE_SHOT,
	LAPIC_TIMER_PERIODIC,
	LAPIC_TIMER_TSC_DEADLINE
};

struct lapic {
	uint8_t *page; /* the virtual-APIC page, 4096 bytes */
	uint64_t base; /* IA32_APIC_BASE */
	uint32_t id;

	/* The timer, in host ticks. What it works with, as the page may be ahead of it. */
	enum lapic_timer_mode timer_mode;
	unsigned timer_shift;  /* log2 of the divider */
	uint64_t deadline;     /* when it fires next, or LAPIC_NEVER */
	uint64_t period;       /* of the periodic mode, 0 otherwise */
	uint64_t tsc_deadline; /* IA32_TSC_DEADLINE as the guest reads it, in its own TSC */
};

/* --- State: lapic_state.c. Pure functions of the page. ------------------------------------------
 */

/* State after reset (SDM "Local APIC State After Power-Up or Reset"). */
void lapic_reset(struct lapic *lapic, uint32_t id, bool bootstrap);

static inline uint32_t lapic_get(const struct lapic *lapic, uint32_t offset)
{
	return *(const volatile uint32_t *)(lapic->page + offset);
}

static inline void lapic_set(struct lapic *lapic, uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(lapic->page + offset) = value;
}

bool lapic_is_x2apic(const struct lapic *lapic);

/* Bits of the 256-bit registers APIC_ISR, APIC_TMR and APIC_IRR. */
bool lapic_test(const struct lapic *lapic, uint32_t reg, uint8_t vector);
void lapic_mark(struct lapic *lapic, uint32_t reg, uint8_t vector);
void lapic_clear(struct lapic *lapic, uint32_t reg, uint8_t vector);

/* Highest vector set in such a register, or -1. */
int lapic_highest(const struct lapic *lapic, uint32_t reg);

/* Computes the PPR from TPR and ISR, stores it and returns it. */
uint8_t lapic_update_ppr(struct lapic *lapic);

/* The vector that would be delivered now, or -1. Vectors 0 to 15 never are. */
int lapic_deliverable(struct lapic *lapic);

/* The processor takes vector: from IRR to ISR. */
void lapic_accept(struct lapic *lapic, uint8_t vector);

/* End of interrupt: returns the vector that left the ISR, or -1. */
int lapic_end_of_interrupt(struct lapic *lapic);

/* --- Timer: lapic_timer.c. now: host ticks. ------------------------------------------------------
 */

/* The guest wrote APIC_INITIAL_COUNT, the divider or the LVT: start, stop or keep counting. */
void lapic_timer_start(struct lapic *lapic, uint64_t now);
void lapic_timer_write_lvt(struct lapic *lapic, uint32_t value);
void lapic_timer_write_divide(struct lapic *lapic, uint32_t value, uint64_t now);
uint32_t lapic_timer_count(const struct lapic *lapic, uint64_t now);

/* IA32_TSC_DEADLINE; tsc_offset is guest TSC minus host ticks. */
void lapic_timer_write_deadline(struct lapic *lapic, uint64_t value, uint64_t tsc_offset);

/*
 * In TSC-deadline mode, where guest and host ticks are the same: the guest had the core's own
 * timer. value: what it left in IA32_TSC_DEADLINE; expired: there was an interrupt. Returns the
 * vector to deliver, or -1 if there is none or the timer is masked.
 */
int lapic_timer_take_back(struct lapic *lapic, uint64_t value, bool expired);

/*
 * To be called when now has reached deadline: sets the next deadline. Returns the vector to
 * deliver, or -1 if the timer is masked.
 */
int lapic_timer_expire(struct lapic *lapic, uint64_t now);

/* --- Registers: lapic.c. Called in exits of the vCPU. -------------------------------------------
 */

/*
 * Read or write of the 32-bit register at offset (0 to 0xff0) in the APIC page. Reads of reserved
 * registers give 0; writes to them are ignored.
 */
uint32_t lapic_mmio_read(struct vcpu *vcpu, uint32_t offset);
void lapic_mmio_write(struct vcpu *vcpu, uint32_t offset, uint32_t value);

/* The processor wrote offset in the page already (APIC-write exit): do what the register does. */
void lapic_written(struct vcpu *vcpu, uint32_t offset);

/*
 * x2APIC registers by MSR (0x800 to 0x8ff). False: the access must raise #GP.
 */
bool lapic_msr_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool lapic_msr_write(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* IA32_APIC_BASE. False: the write must raise #GP. */
bool lapic_base_write(struct vcpu *vcpu, uint64_t value);

#endif
