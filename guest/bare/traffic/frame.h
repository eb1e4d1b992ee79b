/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames as the traffic guest reads and writes them: fields, big-endian, by offset. */
#ifndef SLUICE_GUEST_BARE_TRAFFIC_FRAME_H
#define SLUICE_GUEST_BARE_TRAFFIC_FRAME_H

#include <stdint.h>

#define TYPE_AT   12
#define IPV4_AT   14
#define L4_AT     34 /* no IPv4 options */
#define L4_AT_IP6 54
#define CRC_BYTES 4u

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_ARP  0x0806
#define TYPE_GO   0x88b5 /* IEEE 802, local experimental: tells meters that traffic has begun */

#define PROTO_TCP 6
#define PROTO_UDP 17

/* The mark, from the UDP or TCP header on (docs/wire.md). */
#define MARK_MAGIC        0x534c
#define MARK_BYTES        26u
#define UDP_MARK_MAGIC    8
#define UDP_MARK_FLOW     10
#define UDP_MARK_SEQUENCE 12
#define UDP_MARK_ALL      16
#define TCP_MARK_MAGIC    18
#define TCP_MARK_FLOW     14
#define TCP_MARK_SEQUENCE 4
#define TCP_MARK_ALL      8

typedef uint16_t __attribute__((may_alias, aligned(1))) frame_u16;
typedef uint32_t __attribute__((may_alias, aligned(1))) frame_u32;

static inline uint16_t load16(const uint8_t *p)
{
	return __builtin_bswap16(*(const frame_u16 *)p);
}

static inline uint32_t load32(const uint8_t *p)
{
	return __builtin_bswap32(*(const frame_u32 *)p);
}

static inline void store16(uint8_t *p, uint32_t value)
{
	*(frame_u16 *)p = __builtin_bswap16((uint16_t)value);
}

static inline void store32(uint8_t *p, uint32_t value)
{
	*(frame_u32 *)p = __builtin_bswap32(value);
}

#endif
