/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and notes to the generator from the machine it loads: UDP datagrams. */
#include "tools/wire/command.h"

#include <string.h>

#include "drivers/net/headers.h"

#define IP_AT   14u
#define UDP_AT  34u
#define TEXT_AT 42u

/* The payload of a UDP datagram to a port, or NULL. */
static const uint8_t *find_payload(const uint8_t *frame, size_t len, uint16_t port, size_t *bytes)
{
	const uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;

	if (len < TEXT_AT || load_be16(frame + 12) != 0x0800 || ip[0] != 0x45 ||
	    (load_be16(ip + 6) & 0x3fff) || ip[9] != PROTOCOL_UDP || load_be16(udp + 2) != port)
		return NULL;
	*bytes = load_be16(udp + 4);
	if (*bytes <= TEXT_AT - UDP_AT || UDP_AT + *bytes > len)
		return NULL;
	*bytes -= TEXT_AT - UDP_AT;
	return frame + TEXT_AT;
}

bool command_find(const uint8_t *frame, size_t len, char text[COMMAND_MAX])
{
	size_t bytes;
	const uint8_t *payload = find_payload(frame, len, COMMAND_PORT, &bytes);

	if (!payload || bytes >= COMMAND_MAX)
		return false;
	memcpy(text, payload, bytes);
	text[bytes] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return true;
}

const uint8_t *note_find(const uint8_t *frame, size_t len, size_t *bytes)
{
	return find_payload(frame, len, NOTE_PORT, bytes);
}
