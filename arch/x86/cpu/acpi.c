// SPDX-License-Identifier: BSD-2-Clause
/* Finding and checking ACPI tables: RSDP, RSDT or XSDT, and the tables they list. */
#include "arch/x86/cpu/acpi.h"

#include "arch/x86/cpu/paging.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"

#define EBDA_POINTER     0x40e /* real-mode segment, in the BIOS data area */
#define EBDA_SEARCH      1024
#define BIOS_AREA        0xe0000
#define BIOS_AREA_BYTES  0x20000
#define RSDP_ALIGN       16
#define RSDP_V1_BYTES    20
#define RSDP_V2_BYTES    36
#define HEADER_BYTES     36
#define TABLE_BYTES_MOST (16u << 20)

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct table_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} __attribute__((packed));

struct acpi_info acpi_info;

static bool sum_is_zero(const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + at[i]);
	return sum == 0;
}

static bool rsdp_is_valid(const struct rsdp *rsdp)
{
	return !memcmp(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature)) &&
	       sum_is_zero(rsdp, RSDP_V1_BYTES);
}

static uint64_t search(uint64_t start, uint64_t bytes)
{
	for (uint64_t at = start; at + RSDP_V1_BYTES <= start + bytes; at += RSDP_ALIGN) {
		const struct rsdp *rsdp = firmware_map(at, RSDP_V1_BYTES);

		if (rsdp && rsdp_is_valid(rsdp))
			return at;
	}
	return 0;
}

uint64_t acpi_search_rsdp(void)
{
	const uint8_t *pointer = bios_data(EBDA_POINTER, 2);
	uint64_t ebda = pointer ? (uint64_t)(pointer[0] | pointer[1] << 8) << 4 : 0;
	uint64_t found = 0;

	if (ebda)
		found = search(ebda, EBDA_SEARCH);
	return found ? found : search(BIOS_AREA, BIOS_AREA_BYTES);
}

/* Maps and checks the table at address; NULL after logging what is wrong with it. */
static const struct table_header *get_table(uint64_t address)
{
	const struct table_header *header = firmware_map(address, HEADER_BYTES);

	if (!header) {
		log_warning("ACPI: a table is said to be at %#lx, which cannot be", address);
		return NULL;
	}
	if (header->length < HEADER_BYTES || header->length > TABLE_BYTES_MOST ||
	    !firmware_map(address, header->length)) {
		log_warning("ACPI: table %.4s at %#lx has impossible length %u, ignored",
			    header->signature, address, header->length);
		return NULL;
	}
	if (!sum_is_zero(header, header->length)) {
		log_warning("ACPI: table %.4s at %#lx has a bad checksum, ignored",
			    header->signature, address);
		return NULL;
	}
	return header;
}

static uint64_t read_address(const uint8_t *at, unsigned bytes)
{
	uint64_t address = 0;

	memcpy(&address, at, bytes);
	return address;
}

/* Address of the DSDT: the 64-bit field where the table is long enough and fills it. */
static uint64_t dsdt_address(const struct table_header *fadt)
{
	const uint8_t *table = (const uint8_t *)fadt;
	uint64_t address = 0;

	if (fadt->length >= 148)
		address = read_address(table + 140, 8);
	if (!address && fadt->length >= 44)
		address = read_address(table + 40, 4);
	return address;
}

static void use_table(const struct table_header *table, struct acpi_info *info)
{
	const struct table_header *dsdt;

	if (!memcmp(table->signature, "APIC", 4)) {
		acpi_parse_madt((const uint8_t *)table, table->length, info);
	} else if (!memcmp(table->signature, "MCFG", 4)) {
		acpi_parse_mcfg((const uint8_t *)table, table->length, info);
	} else if (!memcmp(table->signature, "SRAT", 4)) {
		acpi_parse_srat((const uint8_t *)table, table->length, info);
	} else if (!memcmp(table->signature, "DMAR", 4)) {
		acpi_parse_dmar((const uint8_t *)table, table->length, info);
	} else if (!memcmp(table->signature, "WDAT", 4) || !memcmp(table->signature, "WDRT", 4)) {
		acpi_report_watchdog((const uint8_t *)table, table->length);
	} else if (!memcmp(table->signature, "SPCR", 4)) {
		acpi_parse_spcr((const uint8_t *)table, table->length, info);
	} else if (!memcmp(table->signature, "SSDT", 4)) {
		acpi_parse_s5((const uint8_t *)table, table->length, info);
	} else if (!memcmp(table->signature, "FACP", 4)) {
		acpi_parse_fadt((const uint8_t *)table, table->length, info);
		dsdt = get_table(dsdt_address(table));
		if (dsdt)
			acpi_parse_s5((const uint8_t *)dsdt, dsdt->length, info);
	}
}

int acpi_parse(uint64_t rsdp_address, struct acpi_info *info)
{
	const struct rsdp *rsdp = firmware_map(rsdp_address, RSDP_V1_BYTES);
	const struct table_header *list, *table;
	const uint8_t *entry, *end;
	unsigned entry_bytes = 4;
	uint64_t list_address;

	*info = (struct acpi_info){0};
	for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
		info->isa_irq[i].gsi = i;
	if (!rsdp || !rsdp_is_valid(rsdp)) {
		log_warning("ACPI: no valid RSDP, so one core and no power-off; by UEFI, "
			    "boot with multiboot2");
		return -ENOENT;
	}
	list_address = rsdp->rsdt;
	if (rsdp->revision >= 2 && firmware_map(rsdp_address, RSDP_V2_BYTES) &&
	    sum_is_zero(rsdp, RSDP_V2_BYTES) && rsdp->xsdt) {
		list_address = rsdp->xsdt;
		entry_bytes = 8;
	}
	list = get_table(list_address);
	if (!list)
		return -ENOENT;
	end = (const uint8_t *)list + list->length;
	for (entry = (const uint8_t *)(list + 1); end - entry >= (long)entry_bytes;
	     entry += entry_bytes) {
		table = get_table(read_address(entry, entry_bytes));
		if (table)
			use_table(table, info);
	}
	return 0;
}
