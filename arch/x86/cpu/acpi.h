/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hypervisor takes from the firmware's ACPI tables (ACPI specification 6.5, chapter 5). */
#ifndef SLUICE_ARCH_X86_CPU_ACPI_H
#define SLUICE_ARCH_X86_CPU_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACPI_CORES_MOST   1024
#define ACPI_IOAPICS_MOST 64
#define ACPI_ISA_IRQS     16
#define ACPI_ECAMS_MOST   32
#define ACPI_DRHDS_MOST   64

#define ACPI_NEAR_MEMORIES_MOST 128

/* A register in memory or I/O space (5.2.3.2). */
struct acpi_register {
	uint8_t space; /* 0: memory, 1: I/O */
	uint64_t address;
};

struct acpi_ioapic {
	uint64_t address;
	uint32_t gsi_base; /* global system interrupt of its pin 0 */
};

/* Where an ISA interrupt arrives (5.2.12.5). */
struct acpi_isa_irq {
	uint32_t gsi;
	uint16_t flags; /* MPS INTI flags: polarity in bits 0-1, trigger mode in bits 2-3 */
};

/* The local APIC pin at which a processor takes NMIs (5.2.12.7, 5.2.12.13). */
struct acpi_local_nmi {
	uint32_t uid; /* of the processor; ACPI_UID_ALL: of every one */
	uint8_t lint; /* 0 or 1 */
	bool active_low;
};

#define ACPI_UID_ALL UINT32_MAX

/* Memory-mapped configuration space of some buses of a PCI segment (PCI Firmware 3.3, 4.1.2). */
struct acpi_ecam {
	uint64_t address; /* of bus 0, whether first_bus is 0 or not */
	uint16_t segment;
	uint8_t first_bus, last_bus;
};

/* A DMA remapping unit (VT-d specification, 8.3, 8.6). */
struct acpi_drhd {
	uint64_t address; /* of its registers */
	uint16_t segment;
	bool rest;         /* it is also for the segment's devices that no other unit names */
	uint8_t buses[32]; /* bit n: it names devices at or below root bus n */
	bool has_node;
	uint32_t node; /* proximity domain */
};

/* The serial port that the firmware's console uses, from the SPCR. */
struct acpi_serial {
	bool there;
	bool memory;           /* registers in memory, else in I/O space */
	uint8_t stride, width; /* bytes from a register to the next, and of an access: 1, 2, 4 */
	uint8_t irq;           /* ISA interrupt, or 0 */
	unsigned baud;         /* 0: as the firmware left it */
	uint32_t clock;        /* Hz, or 0 */
	uint64_t address;
};

/* What the SRAT puts into a node, its proximity domain (5.2.16.1 to 5.2.16.3). */
struct acpi_near_core {
	uint32_t apic_id, node;
};

struct acpi_near_memory {
	uint64_t start, end;
	uint32_t node;
};

struct acpi_info {
	unsigned cores; /* enabled local APICs */
	unsigned cores_disabled;
	unsigned cores_dropped; /* enabled, but more than ACPI_CORES_MOST */
	uint32_t apic_id[ACPI_CORES_MOST];
	uint32_t uid[ACPI_CORES_MOST]; /* by which other tables call the core */
	unsigned local_nmis;
	struct acpi_local_nmi local_nmi[ACPI_CORES_MOST];
	unsigned ioapics;
	struct acpi_ioapic ioapic[ACPI_IOAPICS_MOST];
	struct acpi_isa_irq isa_irq[ACPI_ISA_IRQS];

	unsigned ecams;
	struct acpi_ecam ecam[ACPI_ECAMS_MOST];

	unsigned near_cores;
	struct acpi_near_core near_core[ACPI_CORES_MOST];
	unsigned near_memories;
	struct acpi_near_memory near_memory[ACPI_NEAR_MEMORIES_MOST];

	bool has_dmar;
	bool x2apic_opt_out; /* the firmware asks for xAPIC mode */
	unsigned drhds;
	struct acpi_drhd drhd[ACPI_DRHDS_MOST];

	struct acpi_serial serial;

	uint16_t pm_timer_port; /* 0: none */
	uint16_t pm1a_control, pm1b_control;
	uint16_t sleep_control; /* port of hardware-reduced ACPI, which has no PM1, or 0 */
	uint16_t smi_command;
	uint8_t acpi_enable;
	bool has_reset;
	struct acpi_register reset;
	uint8_t reset_value;
	bool has_s5; /* \_S5 was found: the sleep types of soft-off */
	uint8_t s5_type_a, s5_type_b;
};

extern struct acpi_info acpi_info;

/* Physical address of a valid RSDP in the EBDA or the BIOS area, or 0 (5.2.5.1). */
uint64_t acpi_search_rsdp(void);

/*
 * Reads the tables from the RSDP at physical address rsdp into info. Returns 0, or -ENOENT
 * without valid tables (info then says one unknown core, no timer, no power-off); what is wrong
 * with which table is logged.
 */
int acpi_parse(uint64_t rsdp, struct acpi_info *info);

/* The parsers of single tables; bytes is the table's checked length, header included. */
void acpi_parse_madt(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_fadt(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_spcr(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_mcfg(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_dmar(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_srat(const uint8_t *table, size_t bytes, struct acpi_info *info);

/* Where the core with that APIC id takes NMIs: LINT1, active high, if no table says otherwise. */
struct acpi_local_nmi acpi_find_nmi(const struct acpi_info *info, uint32_t apic_id);

/* The node of the core with that APIC id. False if no table tells it. */
bool acpi_find_core_node(const struct acpi_info *info, uint32_t apic_id, uint32_t *node);

/*
 * The proximity domain of the PCI devices below a root bus, as the DMAR tells it: only where the
 * firmware has VT-d on and says where its units are (RHSA). False if it is not told.
 */
bool acpi_find_pci_node(const struct acpi_info *info, uint16_t segment, uint8_t root_bus,
			uint32_t *node);

/* Logs that the firmware has a watchdog (WDAT, WDRT), which may reset a machine that does not feed
 * it. */
void acpi_report_watchdog(const uint8_t *table, size_t bytes);

/* Looks for the package \_S5 in the AML of a DSDT or SSDT. */
void acpi_parse_s5(const uint8_t *table, size_t bytes, struct acpi_info *info);

#endif
