// SPDX-License-Identifier: BSD-2-Clause
/* The serial port that the firmware uses: ACPI's SPCR (Microsoft, "Serial Port Console Redirection
 * Table", version 1.10). */
#include "arch/x86/cpu/acpi.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/string.h"

#define SPCR_TYPE           36
#define SPCR_ADDRESS        40 /* generic address structure (ACPI 5.2.3.2) */
#define SPCR_INTERRUPT_TYPE 52
#define SPCR_IRQ            53
#define SPCR_GSI            54
#define SPCR_BAUD           58
#define SPCR_CLOCK          76 /* from revision 3 on */
#define SPCR_PRECISE_BAUD   80 /* from revision 4 on */
#define SPCR_BYTES_LEAST    76
#define TABLE_REVISION      8

/* Types of interface (Debug Port Table 2) that are UARTs of the 8250's family. */
#define TYPE_16550     0x00
#define TYPE_16450     0x01
#define TYPE_16550_GAS 0x12

#define INTERRUPT_8259   0x01
#define INTERRUPT_IOAPIC 0x02

static uint32_t read32(const uint8_t *table, size_t bytes, size_t at)
{
	uint32_t value = 0;

	if (at + sizeof(value) <= bytes)
		memcpy(&value, table + at, sizeof(value));
	return value;
}

/* Registers lie as far apart as they are wide; access sizes are 1: byte, 2: word, 3: dword. */
static void read_layout(const uint8_t *address, struct acpi_serial *serial)
{
	uint8_t bits = address[1], access = address[3];

	serial->stride = bits == 32 ? 4 : bits == 16 ? 2 : 1;
	serial->width = access == 3 ? 4 : access == 2 ? 2 : access == 1 ? 1 : serial->stride;
	if (serial->width > serial->stride)
		serial->width = serial->stride;
}

static uint8_t read_irq(const uint8_t *table)
{
	uint32_t gsi = read32(table, SPCR_BYTES_LEAST, SPCR_GSI);
	uint8_t irq = 0;

	if (table[SPCR_INTERRUPT_TYPE] & INTERRUPT_8259)
		irq = table[SPCR_IRQ];
	else if (table[SPCR_INTERRUPT_TYPE] & INTERRUPT_IOAPIC && gsi < ACPI_ISA_IRQS)
		irq = (uint8_t)gsi;
	return irq < ACPI_ISA_IRQS ? irq : 0;
}

static unsigned read_baud(const uint8_t *table, size_t bytes)
{
	static const unsigned bauds[] = {[3] = 9600, [4] = 19200, [6] = 57600, [7] = 115200};
	uint8_t code = table[SPCR_BAUD];
	uint32_t precise = 0;

	if (table[TABLE_REVISION] >= 4)
		precise = read32(table, bytes, SPCR_PRECISE_BAUD);
	if (precise)
		return precise;
	return code < ARRAY_SIZE(bauds) ? bauds[code] : 0;
}

void acpi_parse_spcr(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
	struct acpi_serial *serial = &info->serial;
	uint8_t type;

	if (bytes < SPCR_BYTES_LEAST) {
		log_warning("ACPI: SPCR of %zu bytes, expected at least %u: ignored", bytes,
			    SPCR_BYTES_LEAST);
		return;
	}
	type = table[SPCR_TYPE];
	memcpy(&serial->address, table + SPCR_ADDRESS + 4, sizeof(serial->address));
	if (!serial->address)
		return; /* the firmware uses none */
	if ((type != TYPE_16550 && type != TYPE_16450 && type != TYPE_16550_GAS) ||
	    table[SPCR_ADDRESS] > 1) {
		log_warning("ACPI: SPCR names a serial port of type %#x in address space %u, "
			    "expected a 16550 in memory or I/O space: ignored",
			    type, table[SPCR_ADDRESS]);
		return;
	}
	serial->memory = table[SPCR_ADDRESS] == 0;
	read_layout(table + SPCR_ADDRESS, serial);
	serial->irq = read_irq(table);
	serial->baud = read_baud(table, bytes);
	serial->clock = table[TABLE_REVISION] >= 3 ? read32(table, bytes, SPCR_CLOCK) : 0;
	serial->there = true;
}
