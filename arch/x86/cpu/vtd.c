// SPDX-License-Identifier: BSD-2-Clause
/* Switching VT-d off (VT-d specification 4.1, 11.4: registers; 11.4.4: how GCMD is written). */
#include "arch/x86/cpu/vtd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86/cpu/acpi.h"
#include "kernel/address_space.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/memory.h"

#define VTD_VERSION     0x00
#define VTD_CAP         0x08
#define CAP_PLMR        (1u << 5) /* protected low and high memory regions */
#define CAP_PHMR        (1u << 6)
#define VTD_GCMD        0x18
#define VTD_GSTS        0x1c
#define GSTS_TES        (1u << 31) /* in GCMD: enable; in GSTS: enabled */
#define GSTS_IRES       (1u << 25)
#define GSTS_PERSISTENT 0x96ffffffu /* all but the one-shot commands */
#define VTD_PMEN        0x64
#define PMEN_ENABLE     (1u << 31)
#define PMEN_STATUS     (1u << 0)

#define OFF_WAIT_US 100000
#define POLL_US     10

static bool wait_clear(volatile uint8_t *unit, unsigned reg, uint32_t bit)
{
	for (uint32_t us = 0; us < OFF_WAIT_US; us += POLL_US) {
		if (!(mmio_read32(unit + reg) & bit))
			return true;
		delay_us(POLL_US);
	}
	return false;
}

static void report(uint64_t address, const char *what, bool off)
{
	if (off)
		log_info("VT-d at %#lx: %s, left on by the firmware, switched off", address, what);
	else
		log_error("VT-d at %#lx: %s, left on by the firmware, does not go off: the card "
			  "may not work",
			  address, what);
}

/* One command at a time, the one-shot ones left out. Returns true if it had been on. */
static bool disable(uint64_t address, volatile uint8_t *unit, uint32_t bit, const char *what)
{
	uint32_t status = mmio_read32(unit + VTD_GSTS);

	if (!(status & bit))
		return false;
	mmio_write32(unit + VTD_GCMD, status & GSTS_PERSISTENT & ~bit);
	report(address, what, wait_clear(unit, VTD_GSTS, bit));
	return true;
}

static bool unprotect(uint64_t address, volatile uint8_t *unit)
{
	uint32_t pmen;

	if (!(mmio_read32(unit + VTD_CAP) & (CAP_PLMR | CAP_PHMR)))
		return false;
	pmen = mmio_read32(unit + VTD_PMEN);
	if (!(pmen & (PMEN_ENABLE | PMEN_STATUS)))
		return false;
	mmio_write32(unit + VTD_PMEN, pmen & ~PMEN_ENABLE);
	report(address, "protected memory", wait_clear(unit, VTD_PMEN, PMEN_STATUS));
	return true;
}

/* True if something had been on. */
static bool take_over(uint64_t address)
{
	volatile uint8_t *unit = address % PAGE_BYTES ? NULL : mmio_map(address, PAGE_BYTES);
	uint32_t version = unit ? mmio_read32(unit + VTD_VERSION) : 0;
	bool was_on;

	if (!version || version == UINT32_MAX) {
		log_warning("VT-d: a unit is said to be at %#lx, where none is", address);
		return false;
	}
	was_on = disable(address, unit, GSTS_IRES, "interrupt remapping");
	was_on |= disable(address, unit, GSTS_TES, "DMA translation");
	was_on |= unprotect(address, unit);
	return was_on;
}

void vtd_take_over(void)
{
	unsigned on = 0;

	if (!acpi_info.has_dmar)
		return;
	for (unsigned i = 0; i < acpi_info.drhds; i++)
		on += take_over(acpi_info.drhd[i].address);
	log_info("VT-d: %u units, not used%s", acpi_info.drhds,
		 on ? "" : "; the firmware left them off");
}
