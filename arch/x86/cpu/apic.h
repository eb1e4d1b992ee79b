/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC of this core, in x2APIC mode where there is one (SDM volume 3, "APIC"). */
#ifndef SLUICE_ARCH_X86_CPU_APIC_H
#define SLUICE_ARCH_X86_CPU_APIC_H

#include <stdbool.h>
#include <stdint.h>

/* Ids from here on exist in x2APIC mode only; 255 is everybody in xAPIC mode. */
#define APIC_XAPIC_ID_END 255

/*
 * Enables this core's APIC with everything masked, but for the machine's NMIs on the boot core. The
 * first call chooses the mode: x2APIC if the processor has it and the configuration does not hide
 * it, or if the firmware left it on and some core's id needs it.
 */
void apic_init_core(void);

bool apic_is_x2apic(void);
uint32_t apic_id(void);
void apic_eoi(void);

void apic_send_ipi(uint32_t destination, uint8_t vector);
void apic_send_nmi(uint32_t destination);
void apic_send_init(uint32_t destination);
/* start_page: physical address / 4096, below 256. */
void apic_send_startup(uint32_t destination, uint8_t start_page);

/* Local vector table and counter of the timer; see apic_timer.c. */
void apic_write_timer(uint32_t lvt);
void apic_write_timer_count(uint32_t initial, uint32_t divide);
uint32_t apic_read_timer_count(void);

/* True if the interrupt with vector has come to this core, which has not yet taken it. */
bool apic_is_pending(uint8_t vector);

#endif
