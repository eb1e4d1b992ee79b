// SPDX-License-Identifier: BSD-2-Clause
/* SRAT: which cores and which memory are near each other (ACPI 5.2.16). */
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/acpi_read.h"
#include "kernel/log.h"
#include "kernel/string.h"

/* Header, 12 reserved bytes, then structures of {type, length}. */
#define SRAT_REVISION   8
#define SRAT_STRUCTURES 48
#define SRAT_CORE       0
#define SRAT_MEMORY     1
#define SRAT_X2APIC     2
#define SRAT_ENABLED    1u
#define CORE_BYTES      16
#define MEMORY_BYTES    40
#define X2APIC_BYTES    24

static void add_core(struct acpi_info *info, uint32_t apic_id, uint32_t node)
{
	if (info->near_cores < ACPI_CORES_MOST)
		info->near_core[info->near_cores++] = (struct acpi_near_core){apic_id, node};
}

static void add_memory(struct acpi_info *info, const uint8_t *structure)
{
	struct acpi_near_memory *memory = &info->near_memory[info->near_memories];
	uint64_t start = acpi_read64(structure + 8);
	uint64_t bytes = acpi_read64(structure + 16);

	if (!bytes || start + bytes < start)
		return;
	if (info->near_memories == ACPI_NEAR_MEMORIES_MOST) {
		log_warning("ACPI: SRAT has more than %u ranges of memory",
			    ACPI_NEAR_MEMORIES_MOST);
		return;
	}
	*memory = (struct acpi_near_memory){start, start + bytes, acpi_read32(structure + 2)};
	info->near_memories++;
}

/* Before revision 2 a domain has 8 bits; those above them are not defined. */
static uint32_t node_of_core(const uint8_t *structure, uint8_t revision)
{
	uint32_t node = structure[2];

	if (revision >= 2)
		node |= (uint32_t)structure[9] << 8 | (uint32_t)structure[10] << 16 |
			(uint32_t)structure[11] << 24;
	return node;
}

static void use_structure(const uint8_t *structure, uint8_t revision, struct acpi_info *info)
{
	uint8_t length = structure[1];

	switch (structure[0]) {
	case SRAT_CORE:
		if (length >= CORE_BYTES && acpi_read32(structure + 4) & SRAT_ENABLED)
			add_core(info, structure[3], node_of_core(structure, revision));
		break;
	case SRAT_MEMORY:
		if (length >= MEMORY_BYTES && acpi_read32(structure + 28) & SRAT_ENABLED)
			add_memory(info, structure);
		break;
	case SRAT_X2APIC:
		if (length >= X2APIC_BYTES && acpi_read32(structure + 12) & SRAT_ENABLED)
			add_core(info, acpi_read32(structure + 8), acpi_read32(structure + 4));
		break;
	}
}

void acpi_parse_srat(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	const uint8_t *structure;
	size_t at = SRAT_STRUCTURES;

	while ((structure = acpi_next_structure("SRAT", table, bytes, &at)))
		use_structure(structure, table[SRAT_REVISION], info);
}

bool acpi_find_core_node(const struct acpi_info *info, uint32_t apic_id, uint32_t *node)
{
	for (unsigned i = 0; i < info->near_cores; i++) {
		if (info->near_core[i].apic_id == apic_id) {
			*node = info->near_core[i].node;
			return true;
		}
	}
	return false;
}
