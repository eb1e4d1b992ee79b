// SPDX-License-Identifier: BSD-2-Clause
/* DMAR: the machine's DMA remapping units (VT-d specification 4.1, chapter 8). */
#include "arch/x86/cpu/acpi.h"
#include "kernel/log.h"
#include "kernel/string.h"

/* Header, address width, flags, 10 reserved bytes, then structures of {type, length}. */
#define DMAR_FLAGS         37
#define DMAR_FLAGS_OPT_OUT 0x02 /* X2APIC_OPT_OUT */
#define DMAR_STRUCTURES    48
#define STRUCTURE_BYTES    4

/* Structures. The hardware units come first. */
#define DMAR_DRHD      0
#define DRHD_REST      0x01 /* INCLUDE_PCI_ALL: devices that no other unit names */
#define DRHD_BYTES     16
#define DMAR_RHSA      3
#define RHSA_BYTES     20
#define SCOPE_BYTES    6
#define SCOPE_ENDPOINT 1
#define SCOPE_BRIDGE   2

static uint16_t read16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The root buses of the devices that a unit names: its device scopes, from at to end. */
static void add_buses(struct acpi_drhd *drhd, const uint8_t *at, const uint8_t *end)
{
	while (end - at >= SCOPE_BYTES && at[1] >= SCOPE_BYTES && at[1] <= end - at) {
		if (at[0] == SCOPE_ENDPOINT || at[0] == SCOPE_BRIDGE)
			drhd->buses[at[5] / 8] |= (uint8_t)(1u << at[5] % 8);
		at += at[1];
	}
}

static void add_unit(struct acpi_info *info, const uint8_t *structure, uint16_t length)
{
	struct acpi_drhd *drhd = &info->drhd[info->drhds];

	if (info->drhds == ACPI_DRHDS_MOST) {
		log_warning("ACPI: DMAR has more than %u units", ACPI_DRHDS_MOST);
		return;
	}
	*drhd = (struct acpi_drhd){.segment = read16(structure + 6),
				   .rest = structure[4] & DRHD_REST};
	memcpy(&drhd->address, structure + 8, sizeof(drhd->address));
	add_buses(drhd, structure + DRHD_BYTES, structure + length);
	if (drhd->address)
		info->drhds++;
}

static void set_node(struct acpi_info *info, const uint8_t *structure)
{
	uint64_t address;

	memcpy(&address, structure + 8, sizeof(address));
	for (unsigned i = 0; i < info->drhds; i++) {
		if (info->drhd[i].address != address)
			continue;
		info->drhd[i].has_node = true;
		memcpy(&info->drhd[i].node, structure + 16, sizeof(info->drhd[i].node));
	}
}

void acpi_parse_dmar(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	uint16_t length;

	info->has_dmar = true;
	info->x2apic_opt_out = bytes > DMAR_FLAGS && table[DMAR_FLAGS] & DMAR_FLAGS_OPT_OUT;
	for (size_t at = DMAR_STRUCTURES; at + STRUCTURE_BYTES <= bytes; at += length) {
		uint16_t type = read16(table + at);

		length = read16(table + at + 2);
		if (length < STRUCTURE_BYTES || length > bytes - at) {
			log_warning("ACPI: DMAR structure at %zu has impossible length %u", at,
				    length);
			return;
		}
		if (type == DMAR_DRHD && length >= DRHD_BYTES)
			add_unit(info, table + at, length);
		else if (type == DMAR_RHSA && length >= RHSA_BYTES)
			set_node(info, table + at);
	}
}

bool acpi_find_pci_node(const struct acpi_info *info, uint16_t segment, uint8_t root_bus,
			uint32_t *node)
{
	const struct acpi_drhd *unit = NULL;

	for (unsigned i = 0; i < info->drhds; i++) {
		const struct acpi_drhd *drhd = &info->drhd[i];

		if (drhd->segment != segment)
			continue;
		if (drhd->buses[root_bus / 8] >> root_bus % 8 & 1) {
			unit = drhd;
			break;
		}
		if (drhd->rest)
			unit = drhd;
	}
	if (!unit || !unit->has_node)
		return false;
	*node = unit->node;
	return true;
}
