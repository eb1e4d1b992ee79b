/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of frames: numbers in them, and access to fields, whose first byte is the highest. */
#ifndef SLUICE_DRIVERS_NET_HEADERS_H
#define SLUICE_DRIVERS_NET_HEADERS_H

#include <stdint.h>

#define ETHERNET_HEADER 14 /* bytes, without a tag */

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* Of the checksum in its header. */
#define TCP_CSUM_OFFSET 16
#define UDP_CSUM_OFFSET 6

static inline uint16_t load_be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t load_be32(const uint8_t *at)
{
	return (uint32_t)load_be16(at) << 16 | load_be16(at + 2);
}

/* The low 16 bits of value. */
static inline void store_be16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void store_be32(uint8_t *at, uint32_t value)
{
	store_be16(at, value >> 16);
	store_be16(at + 2, value);
}

#endif
