/* SPDX-License-Identifier: BSD-2-Clause */
/* Text form of a port forward: PROTO:HOSTADDR:PORT-[GUESTADDR]:PORT. */
#include "tools/wire/hostfwd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "A.B.C.D:PORT" in exactly len characters; ":PORT" if `any`, and the address stays. */
static bool parse_end(struct in_addr *addr, uint16_t *port, bool any, const char *text, size_t len)
{
	char buf[INET_ADDRSTRLEN + sizeof(":65535")];
	unsigned long value = 0;
	char *colon, *p;

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	colon = strchr(buf, ':');
	if (!colon || !colon[1])
		return false;
	*colon = '\0';
	for (p = colon + 1; *p; p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = 10 * value + (unsigned long)(*p - '0');
		if (value > 65535)
			return false;
	}
	*port = (uint16_t)value;
	return value && ((any && !buf[0]) || inet_pton(AF_INET, buf, addr) == 1);
}

static int refuse(const char *text, const char *expected, char *why, size_t why_len)
{
	snprintf(why, why_len, "hostfwd=%s: expected %s", text, expected);
	return -EINVAL;
}

int hostfwd_parse(struct wire_hostfwd *fwd, const char *text, char *why, size_t why_len)
{
	const char *host = text + 4, *dash;

	*fwd = (struct wire_hostfwd){0};
	if (!strncmp(text, "udp:", 4))
		fwd->udp = true;
	else if (strncmp(text, "tcp:", 4) != 0)
		return refuse(text, "tcp: or udp: first", why, why_len);
	dash = strchr(host, '-');
	if (!dash)
		return refuse(text, "HOSTADDR:PORT-GUESTADDR:PORT", why, why_len);
	if (!parse_end(&fwd->host_addr, &fwd->host_port, false, host, (size_t)(dash - host)))
		return refuse(text, "a host end like 127.0.0.1:8080", why, why_len);
	if (!parse_end(&fwd->guest_addr, &fwd->guest_port, true, dash + 1, strlen(dash + 1)))
		return refuse(text, "a guest end like 10.0.2.15:80 or :80", why, why_len);
	if (fwd->guest_addr.s_addr && (ntohl(fwd->guest_addr.s_addr) & 0xffffff00) != 0x0a000200)
		return refuse(text, "a guest address in 10.0.2.0/24", why, why_len);
	return 0;
}
