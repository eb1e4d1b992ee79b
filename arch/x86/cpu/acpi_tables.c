// SPDX-License-Identifier: BSD-2-Clause
/* The ACPI tables that matter here: MADT, FADT, MCFG, watchdogs, and \_S5 of the DSDT. */
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/acpi_read.h"
#include "kernel/log.h"
#include "kernel/string.h"

/* MPS INTI flags (5.2.12.5). */
#define INTI_POLARITY   0x3u
#define INTI_ACTIVE_LOW 0x3u

/* MADT (5.2.12): header, local APIC address, flags, then structures of {type, length}. */
#define MADT_STRUCTURES   44
#define MADT_LOCAL_APIC   0
#define MADT_IOAPIC       1
#define MADT_OVERRIDE     2
#define MADT_LOCAL_NMI    4
#define MADT_LOCAL_X2APIC 9
#define MADT_X2APIC_NMI   10
#define MADT_ENABLED      1u

#define XAPIC_ID_ALL  0xff
#define XAPIC_UID_ALL 0xff
#define X2APIC_ID_ALL UINT32_MAX

/* FADT (5.2.9): offsets of the fields. Those that begin with X are generic addresses. */
#define FADT_SMI_COMMAND      48
#define FADT_ACPI_ENABLE      52
#define FADT_PM1A_CONTROL     64
#define FADT_PM1B_CONTROL     68
#define FADT_PM_TIMER         76
#define FADT_PM_TIMER_LEN     91
#define FADT_FLAGS            112
#define FADT_RESET_SUPPORT    (1u << 10)
#define FADT_HARDWARE_REDUCED (1u << 20)
#define FADT_RESET            116
#define FADT_RESET_VALUE      128
#define FADT_RESET_BYTES      129
#define FADT_X_PM1A_CONTROL   172
#define FADT_X_PM1B_CONTROL   184
#define FADT_X_PM_TIMER       208
#define FADT_SLEEP_CONTROL    244

/* Generic address structure (5.2.3.2). */
#define ADDRESS_BYTES    12
#define ADDRESS_SPACE_IO 1
#define ADDRESS_PLACE    4

/* MCFG (PCI Firmware 3.3, 4.1.2): header, 8 reserved bytes, then entries. */
#define MCFG_ENTRIES     44
#define MCFG_ENTRY_BYTES 16

/* WDAT (Microsoft, "Hardware Watchdog Timers Design Specification"). */
#define WDAT_FLAGS   60
#define WDAT_ENABLED 0x01

/* AML opcodes (20.3). */
#define AML_ZERO    0x00
#define AML_ONE     0x01
#define AML_NAME    0x08
#define AML_BYTE    0x0a
#define AML_PACKAGE 0x12

#define TABLE_HEADER 36

static void add_core(struct acpi_info *info, uint32_t apic_id, uint32_t uid, uint32_t flags)
{
	if (!(flags & MADT_ENABLED)) {
		info->cores_disabled++;
		return;
	}
	for (unsigned i = 0; i < info->cores; i++)
		if (info->apic_id[i] == apic_id)
			return;
	if (info->cores == ACPI_CORES_MOST) {
		info->cores_dropped++;
		return;
	}
	info->uid[info->cores] = uid;
	info->apic_id[info->cores++] = apic_id;
}

static void add_nmi(struct acpi_info *info, uint32_t uid, uint8_t flags, uint8_t lint)
{
	if (lint <= 1 && info->local_nmis < ACPI_CORES_MOST)
		info->local_nmi[info->local_nmis++] = (struct acpi_local_nmi){
			uid, lint, (flags & INTI_POLARITY) == INTI_ACTIVE_LOW};
}

struct acpi_local_nmi acpi_find_nmi(const struct acpi_info *info, uint32_t apic_id)
{
	uint32_t uid = ACPI_UID_ALL;

	for (unsigned i = 0; i < info->cores; i++)
		if (info->apic_id[i] == apic_id)
			uid = info->uid[i];
	for (unsigned i = 0; i < info->local_nmis; i++)
		if (info->local_nmi[i].uid == uid || info->local_nmi[i].uid == ACPI_UID_ALL)
			return info->local_nmi[i];
	return (struct acpi_local_nmi){.uid = uid, .lint = 1};
}

static void add_ioapic(struct acpi_info *info, const uint8_t *structure)
{
	if (info->ioapics < ACPI_IOAPICS_MOST)
		info->ioapic[info->ioapics++] = (struct acpi_ioapic){acpi_read32(structure + 4),
								     acpi_read32(structure + 8)};
}

/* Bus 0 is ISA; flags are 16 bits. */
static void add_override(struct acpi_info *info, const uint8_t *structure)
{
	if (structure[2] == 0 && structure[3] < ACPI_ISA_IRQS)
		info->isa_irq[structure[3]] = (struct acpi_isa_irq){
			acpi_read32(structure + 4), (uint16_t)(structure[8] | structure[9] << 8)};
}

/* Structures shorter than their type asks for are ignored. */
static void use_madt_structure(const uint8_t *structure, struct acpi_info *info)
{
	uint8_t length = structure[1];

	switch (structure[0]) {
	case MADT_LOCAL_APIC:
		if (length >= 8 && structure[3] != XAPIC_ID_ALL)
			add_core(info, structure[3], structure[2], acpi_read32(structure + 4));
		break;
	case MADT_IOAPIC:
		if (length >= 12)
			add_ioapic(info, structure);
		break;
	case MADT_OVERRIDE:
		if (length >= 10)
			add_override(info, structure);
		break;
	case MADT_LOCAL_NMI:
		if (length >= 6)
			add_nmi(info, structure[2] == XAPIC_UID_ALL ? ACPI_UID_ALL : structure[2],
				structure[3], structure[5]);
		break;
	case MADT_LOCAL_X2APIC:
		if (length >= 16 && acpi_read32(structure + 4) != X2APIC_ID_ALL)
			add_core(info, acpi_read32(structure + 4), acpi_read32(structure + 12),
				 acpi_read32(structure + 8));
		break;
	case MADT_X2APIC_NMI:
		if (length >= 12)
			add_nmi(info, acpi_read32(structure + 4), structure[2], structure[8]);
		break;
	}
}

void acpi_parse_madt(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	const uint8_t *structure;
	size_t at = MADT_STRUCTURES;

	while ((structure = acpi_next_structure("MADT", table, bytes, &at)))
		use_madt_structure(structure, info);
}

void acpi_parse_mcfg(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	for (size_t at = MCFG_ENTRIES; at + MCFG_ENTRY_BYTES <= bytes; at += MCFG_ENTRY_BYTES) {
		struct acpi_ecam *ecam = &info->ecam[info->ecams];

		if (info->ecams == ACPI_ECAMS_MOST) {
			log_warning("ACPI: MCFG has more than %u entries", ACPI_ECAMS_MOST);
			return;
		}
		memcpy(&ecam->address, table + at, sizeof(ecam->address));
		memcpy(&ecam->segment, table + at + 8, sizeof(ecam->segment));
		ecam->first_bus = table[at + 10];
		ecam->last_bus = table[at + 11];
		if (ecam->address && ecam->first_bus <= ecam->last_bus)
			info->ecams++;
	}
}

static uint16_t read_port(const uint8_t *table, size_t bytes, size_t at)
{
	return bytes >= at + 4 ? (uint16_t)acpi_read32(table + at) : 0;
}

/* A port from a generic address; 0 without one, or if it is in another space. */
static uint16_t read_generic_port(const uint8_t *table, size_t bytes, size_t at)
{
	if (bytes < at + ADDRESS_BYTES || table[at] != ADDRESS_SPACE_IO)
		return 0;
	return (uint16_t)acpi_read32(table + at + ADDRESS_PLACE);
}

/* The extended field wins where it is filled (5.2.9). */
static uint16_t read_either_port(const uint8_t *table, size_t bytes, size_t extended, size_t at)
{
	uint16_t port = read_generic_port(table, bytes, extended);

	return port ? port : read_port(table, bytes, at);
}

void acpi_parse_fadt(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	uint32_t flags = bytes >= FADT_FLAGS + 4 ? acpi_read32(table + FADT_FLAGS) : 0;

	if (flags & FADT_HARDWARE_REDUCED) {
		info->sleep_control = read_generic_port(table, bytes, FADT_SLEEP_CONTROL);
	} else {
		info->smi_command = read_port(table, bytes, FADT_SMI_COMMAND);
		info->pm1a_control =
			read_either_port(table, bytes, FADT_X_PM1A_CONTROL, FADT_PM1A_CONTROL);
		info->pm1b_control =
			read_either_port(table, bytes, FADT_X_PM1B_CONTROL, FADT_PM1B_CONTROL);
		if (bytes > FADT_ACPI_ENABLE)
			info->acpi_enable = table[FADT_ACPI_ENABLE];
		if (bytes > FADT_PM_TIMER_LEN && table[FADT_PM_TIMER_LEN] == 4)
			info->pm_timer_port =
				read_either_port(table, bytes, FADT_X_PM_TIMER, FADT_PM_TIMER);
	}
	if (bytes < FADT_RESET_BYTES || !(flags & FADT_RESET_SUPPORT))
		return;
	info->has_reset = true;
	info->reset.space = table[FADT_RESET];
	memcpy(&info->reset.address, table + FADT_RESET + 4, sizeof(info->reset.address));
	info->reset_value = table[FADT_RESET_VALUE];
}

void acpi_report_watchdog(const uint8_t *table, size_t bytes)
{
	bool running =
		!memcmp(table, "WDAT", 4) && bytes > WDAT_FLAGS && table[WDAT_FLAGS] & WDAT_ENABLED;

	log_warning(
		"ACPI: the firmware has a watchdog (table %.4s)%s, which is not fed: if the "
		"machine resets after minutes, switch it off in the firmware's setup or the BMC",
		(const char *)table, running ? ", switched on" : "");
}

/* Reads a small integer constant; false if there is none. */
static bool read_integer(const uint8_t *table, size_t bytes, size_t *at, uint8_t *value)
{
	if (*at >= bytes)
		return false;
	if (table[*at] == AML_ZERO || table[*at] == AML_ONE) {
		*value = table[(*at)++];
		return true;
	}
	if (table[*at] != AML_BYTE || *at + 2 > bytes)
		return false;
	*value = table[*at + 1];
	*at += 2;
	return true;
}

/* NameOp, optional root prefix, "_S5_", PackageOp, PkgLength, NumElements, two integers. */
static bool parse_s5_at(const uint8_t *table, size_t bytes, size_t at, struct acpi_info *info)
{
	bool named =
		table[at - 1] == AML_NAME || (table[at - 1] == '\\' && table[at - 2] == AML_NAME);
	uint8_t type_a, type_b;

	at += 4;
	if (!named || at + 3 > bytes || table[at] != AML_PACKAGE)
		return false;
	at++;
	at += 1 + (table[at] >> 6); /* the top bits count the further length bytes */
	at++;                       /* NumElements */
	if (!read_integer(table, bytes, &at, &type_a) || !read_integer(table, bytes, &at, &type_b))
		return false;
	info->has_s5 = true;
	info->s5_type_a = type_a;
	info->s5_type_b = type_b;
	return true;
}

void acpi_parse_s5(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	for (size_t at = TABLE_HEADER + 2; at + 4 <= bytes; at++)
		if (!memcmp(table + at, "_S5_", 4) && parse_s5_at(table, bytes, at, info))
			return;
}
