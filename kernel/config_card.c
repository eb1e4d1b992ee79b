// SPDX-License-Identifier: BSD-2-Clause
/* The configuration of the network card: which of several. */
#include "kernel/config_parser.h"
#include "kernel/errno.h"

#define DEVICE_LAST   0x1f
#define FUNCTION_LAST 7

/* A number of exactly so many hexadecimal digits. */
static bool parse_hex(struct span span, unsigned digits, unsigned *value)
{
	*value = 0;
	for (unsigned i = 0; i < digits && span.bytes == digits; i++) {
		if (config_hex_digit(span.start[i]) < 0)
			return false;
		*value = *value << 4 | (unsigned)config_hex_digit(span.start[i]);
	}
	return span.bytes == digits;
}

/* [SSSS:]BB:DD.F, as Linux's lspci and Sluice's log write it. */
static bool parse_address(struct span rest, struct pci_address *address)
{
	unsigned segment = 0, bus, device, function;
	struct span word = span_cut(&rest, ':');

	if (word.bytes == 4) {
		if (!parse_hex(word, 4, &segment))
			return false;
		word = span_cut(&rest, ':');
	}
	if (!parse_hex(word, 2, &bus) || !parse_hex(span_cut(&rest, '.'), 2, &device) ||
	    !parse_hex(rest, 1, &function) || device > DEVICE_LAST || function > FUNCTION_LAST)
		return false;
	*address = (struct pci_address){(uint16_t)segment, (uint8_t)bus, (uint8_t)device,
					(uint8_t)function};
	return true;
}

int config_parse_card(struct parser *parser, const struct key *key, struct span value, void *target)
{
	struct config_card *card = target;
	struct span rest = value;

	(void)key;
	if (span_is(span_cut(&rest, '='), "mac")) {
		card->by = CARD_MAC;
		return config_parse_mac(parser, rest, card->mac);
	}
	card->by = CARD_ADDRESS;
	if (parse_address(value, &card->address))
		return 0;
	return config_fail(parser, value,
			   "a PCI address such as 01:00.0 or 0000:01:00.0, or mac=ADDRESS");
}
