/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading ACPI tables: fields at any alignment, and structures of {type, length} of a byte each. */
#ifndef SLUICE_ARCH_X86_CPU_ACPI_READ_H
#define SLUICE_ARCH_X86_CPU_ACPI_READ_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/log.h"
#include "kernel/string.h"

static inline uint32_t acpi_read32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t acpi_read64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/*
 * The structure at *at of the table (bytes: its length), and *at moved behind it; NULL at the end,
 * or where the length cannot be, which is logged. name: the table's.
 */
static inline const uint8_t *acpi_next_structure(const char *name, const uint8_t *table,
						 size_t bytes, size_t *at)
{
	const uint8_t *structure = table + *at;
	uint8_t length;

	if (*at + 2 > bytes)
		return NULL;
	length = structure[1];
	if (length < 2 || length > bytes - *at) {
		log_warning("ACPI: %s structure at %zu has impossible length %u", name, *at,
			    length);
		return NULL;
	}
	*at += length;
	return structure;
}

#endif
