/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of arch/x86/cpu/pci_config.c: configuration spaces that behave as the functions' would.
 */
#ifndef SLUICE_TESTS_UNIT_PCI_FAKE_CONFIG_H
#define SLUICE_TESTS_UNIT_PCI_FAKE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/config.h"

#define FAKE_FUNCTIONS_MOST 1100
#define FAKE_POWER          0x50 /* capabilities of cards and ports */
#define FAKE_MSIX           0x70
#define FAKE_MSI            0x80
#define FAKE_EXPRESS        0xa0
#define FAKE_TABLE          0x2000
#define FAKE_ENTRIES        3

/* A function: registers, and which of their bits can be written. */
struct fake_function {
	struct pci_address at;
	uint32_t value[64], writable[64];
	bool gone;         /* all its registers read as ones */
	unsigned lives;    /* not 0: gone after so many more reads */
	uint64_t ready_at; /* on its way to D0 until then */
	bool decoded_zero; /* memory decoding was on while BAR 0 and 1 were 0 */
};

void fake_clear(void);

/* A function without a BAR; its Command has MEMORY set. The pointer is valid until fake_clear(). */
struct fake_function *fake_add(uint8_t bus, uint8_t device, uint8_t function, uint32_t id,
			       uint8_t header);
void fake_set_bar(struct fake_function *f, unsigned index, uint32_t value, uint32_t writable);

/* A 64-bit BAR 0 of 16 KB at 38e0000000 with MSI-X behind it; Power Management, MSI, PCI Express.
 */
struct fake_function *fake_add_card(uint8_t bus, uint8_t device);

/* A root port, or port of a switch, that leads to these buses, its windows wide enough for the
 * card; Command is 0, as firmware leaves it that is careful about DMA. */
struct fake_function *fake_add_port(uint8_t bus, uint8_t device, uint8_t secondary,
				    uint8_t subordinate);

/* A capability at offset, in front of those that there are. */
void fake_add_capability(struct fake_function *f, uint8_t offset, uint32_t value);

/* Whether a request of the function reaches memory: it and all bridges above are bus masters. */
bool fake_dma_passes(const struct fake_function *f);

#endif
