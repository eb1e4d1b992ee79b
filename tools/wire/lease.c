/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out which address a DHCP server has given away. */
#include "tools/wire/lease.h"

#include <stdint.h>
#include <string.h>

#define IP           14 /* behind the Ethernet header */
#define UDP          17
#define SERVER_PORT  67
#define CLIENT_PORT  68
#define YIADDR       16 /* within the message: the client's address */
#define OPTIONS      236
#define PAD          0
#define END          255
#define MESSAGE_TYPE 53
#define DHCPACK      5

static unsigned load16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* The message's type by its options (RFC 2132), which begin with a cookie; 0: it has none. */
static unsigned find_type(const uint8_t *options, size_t len)
{
	static const uint8_t cookie[4] = {99, 130, 83, 99};

	if (len < 4 || memcmp(options, cookie, 4))
		return 0;
	for (size_t at = 4; at < len && options[at] != END;) {
		if (options[at] == PAD) {
			at++;
			continue;
		}
		if (at + 2 >= len)
			return 0;
		if (options[at] == MESSAGE_TYPE)
			return options[at + 2];
		at += 2u + options[at + 1];
	}
	return 0;
}

bool lease_find(const void *frame, size_t len, struct in_addr *address)
{
	const uint8_t *p = frame, *udp, *message;
	size_t header;

	if (len < IP + 20 || load16(p + 12) != 0x0800 || p[IP + 9] != UDP)
		return false;
	header = IP + (p[IP] & 15u) * 4;
	if (len < header + 8 + OPTIONS)
		return false;
	udp = p + header;
	message = udp + 8;
	if (load16(udp) != SERVER_PORT || load16(udp + 2) != CLIENT_PORT)
		return false;
	if (find_type(message + OPTIONS, len - header - 8 - OPTIONS) != DHCPACK)
		return false;
	memcpy(address, message + YIADDR, sizeof(*address));
	return address->s_addr != 0;
}
