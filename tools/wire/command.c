/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands to the generator from the machine it loads: UDP datagrams of settings. */
#include "tools/wire/command.h"

#include <string.h>

#include "tools/wire/bytes.h"

#define IP_AT     14u
#define UDP_AT    34u
#define TEXT_AT   42u
#define PROTO_UDP 17

bool command_find(const uint8_t *frame, size_t len, char text[COMMAND_MAX])
{
	const uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT;
	size_t bytes;

	if (len < TEXT_AT || load16(frame + 12) != 0x0800 || ip[0] != 0x45 ||
	    (load16(ip + 6) & 0x3fff) || ip[9] != PROTO_UDP || load16(udp + 2) != COMMAND_PORT)
		return false;
	bytes = load16(udp + 4);
	if (bytes <= TEXT_AT - UDP_AT || UDP_AT + bytes > len)
		return false;
	bytes -= TEXT_AT - UDP_AT;
	if (bytes >= COMMAND_MAX)
		return false;
	memcpy(text, frame + TEXT_AT, bytes);
	text[bytes] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return true;
}
