/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's I/O APIC (Intel 82093AA datasheet, section 3), 24 pins. */
#ifndef SLUICE_ARCH_X86_PLATFORM_IOAPIC_H
#define SLUICE_ARCH_X86_PLATFORM_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/spinlock.h"
#include "kernel/vm.h"

#define VIOAPIC_PINS  24
#define VIOAPIC_BYTES 4096

struct vioapic {
	struct vm *vm;
	struct spinlock lock;         /* protects the rest */
	uint32_t select;              /* IOREGSEL */
	uint32_t id;                  /* IOAPICID */
	uint64_t entry[VIOAPIC_PINS]; /* IOREDTBL */
	uint32_t lines;               /* bit n: pin n is high */
};

/* Brings the I/O APIC into its reset state: all pins masked. */
void vioapic_init(struct vioapic *ioapic, struct vm *vm);

/* Access to offset (0 to VIOAPIC_BYTES - 1) of its page, bytes 1 to 8. */
uint64_t vioapic_read(struct vioapic *ioapic, uint32_t offset, unsigned bytes);
void vioapic_write(struct vioapic *ioapic, uint32_t offset, unsigned bytes, uint64_t value);

/* Sets the line of pin (below VIOAPIC_PINS); from any core and from interrupt handlers. */
void vioapic_set_line(struct vioapic *ioapic, unsigned pin, bool high);

/* A vCPU has ended the interrupt `vector`: level-triggered pins may interrupt again. */
void vioapic_eoi(struct vioapic *ioapic, uint8_t vector);

#endif
