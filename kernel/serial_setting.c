// SPDX-License-Identifier: BSD-2-Clause
/* The value of the key `serial`. */
#include "kernel/serial_setting.h"

#include "kernel/string.h"

#define BAUD_LEAST    300
#define BAUD_MOST     115200
#define PORT_MOST     0xfff8
#define REGISTERS     8
#define ADDRESS_BITS  47
#define MMIO32_STRIDE 4

static const uint16_t com_ports[] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};

/* What is left of a value. */
struct rest {
	const char *start;
	size_t bytes;
};

static bool take(struct rest *rest, const char *prefix)
{
	size_t bytes = strlen(prefix);

	if (rest->bytes < bytes || memcmp(rest->start, prefix, bytes) != 0)
		return false;
	rest->start += bytes;
	rest->bytes -= bytes;
	return true;
}

/* The value of a digit, or 16. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 16;
}

/* Takes the number that rest begins with, up to most. */
static bool take_number(struct rest *rest, unsigned base, uint64_t most, uint64_t *value)
{
	size_t bytes = rest->bytes;

	*value = 0;
	while (rest->bytes && digit(*rest->start) < base) {
		*value = *value * base + digit(*rest->start);
		if (*value > most)
			return false;
		rest->start++;
		rest->bytes--;
	}
	return rest->bytes < bytes;
}

static bool take_hexadecimal(struct rest *rest, uint64_t most, uint64_t *value)
{
	return take(rest, "0x") && take_number(rest, 16, most, value);
}

static bool take_com(struct rest *rest, uint64_t *port)
{
	uint64_t number;

	if (!take(rest, "com") || !take_number(rest, 10, 4, &number) || !number)
		return false;
	*port = com_ports[number - 1];
	return true;
}

static bool take_mmio(struct rest *rest, struct serial_setting *setting)
{
	uint64_t most = (1ull << ADDRESS_BITS) - 1;

	setting->kind = SERIAL_MMIO;
	setting->stride = 1;
	if (take(rest, "mmio32:"))
		setting->stride = MMIO32_STRIDE;
	else if (!take(rest, "mmio:"))
		return false;
	most -= (uint64_t)REGISTERS * setting->stride;
	return take_hexadecimal(rest, most, &setting->address) &&
	       setting->address % setting->stride == 0 && setting->address;
}

static bool take_place(struct rest *rest, struct serial_setting *setting)
{
	if (take(rest, "auto")) {
		setting->kind = SERIAL_AUTO;
		return true;
	}
	if (rest->bytes && rest->start[0] == 'm')
		return take_mmio(rest, setting);
	setting->kind = SERIAL_PORT;
	setting->stride = 1;
	if (rest->bytes && rest->start[0] == 'c')
		return take_com(rest, &setting->address);
	return take_hexadecimal(rest, PORT_MOST, &setting->address) && setting->address;
}

static bool take_baud(struct rest *rest, unsigned *baud)
{
	uint64_t number;

	if (!take_number(rest, 10, BAUD_MOST, &number) || number < BAUD_LEAST || BAUD_MOST % number)
		return false;
	*baud = (unsigned)number;
	return true;
}

bool serial_setting_parse(const char *text, size_t bytes, struct serial_setting *setting)
{
	struct serial_setting found = {.kind = SERIAL_NONE};
	struct rest rest = {text, bytes};

	if (!take(&rest, "no") && !take_place(&rest, &found))
		return false;
	if (found.kind != SERIAL_NONE && take(&rest, ",") && !take_baud(&rest, &found.baud))
		return false;
	if (rest.bytes)
		return false;
	*setting = found;
	return true;
}

bool serial_setting_find(const char *command_line, struct serial_setting *setting)
{
	bool found = false;

	while (*command_line) {
		struct rest word = {command_line, 0};

		while (word.start[word.bytes] && word.start[word.bytes] != ' ')
			word.bytes++;
		command_line += word.bytes + (command_line[word.bytes] == ' ');
		if (take(&word, "serial="))
			found |= serial_setting_parse(word.start, word.bytes, setting);
	}
	return found;
}
