/* SPDX-License-Identifier: BSD-2-Clause */
/* Text form of a port forward: PROTO:HOSTADDR:PORT-[GUESTADDR]:PORT. */
#ifndef SLUICE_TOOLS_WIRE_HOSTFWD_H
#define SLUICE_TOOLS_WIRE_HOSTFWD_H

#include "tools/wire/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Parses e.g. "tcp:127.0.0.1:8080-10.0.2.15:80" (tcp or udp, IPv4, ports 1 to 65535, the guest in
 * 10.0.2.0/24, or whichever address DHCP gave last if there is none). Returns 0, or -EINVAL with
 * what was wrong and expected in `why`.
 */
int hostfwd_parse(struct wire_hostfwd *fwd, const char *text, char *why, size_t why_len);

#ifdef __cplusplus
}
#endif

#endif
