/* SPDX-License-Identifier: BSD-2-Clause */
/* Which serial port is the console: the value of the key `serial` (docs/configuration.md). */
#ifndef SLUICE_KERNEL_SERIAL_SETTING_H
#define SLUICE_KERNEL_SERIAL_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum serial_kind {
	SERIAL_AUTO, /* what ACPI names, else COM1 */
	SERIAL_NONE,
	SERIAL_PORT,
	SERIAL_MMIO
};

struct serial_setting {
	enum serial_kind kind;
	uint64_t address; /* of the first register: a port, or a physical address */
	uint8_t stride;   /* SERIAL_MMIO: bytes from a register to the next, and of an access */
	unsigned baud;    /* 0: not said */
};

#define SERIAL_EXPECTED                                                          \
	"auto, no, com1 to com4, a port such as 0x2f8, mmio:ADDRESS or "         \
	"mmio32:ADDRESS, each but no with or without a comma and a speed of 300" \
	" to 115200 that divides 115200"

/* Parses bytes of text. False, and setting is as it was, if that is none of SERIAL_EXPECTED. */
bool serial_setting_parse(const char *text, size_t bytes, struct serial_setting *setting);

/*
 * Looks for words serial=VALUE of the command line, before it is parsed, and takes the last one
 * that is right. False if there is none.
 */
bool serial_setting_find(const char *command_line, struct serial_setting *setting);

#endif
