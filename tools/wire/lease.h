/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out which address a DHCP server has given away. */
#ifndef SLUICE_TOOLS_WIRE_LEASE_H
#define SLUICE_TOOLS_WIRE_LEASE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the Ethernet frame is a DHCPACK (RFC 2131) to a client that gives it an address; which.
 * IPv4 without a tag or fragments.
 */
bool lease_find(const void *frame, size_t len, struct in_addr *address);

#endif
