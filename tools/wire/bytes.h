/* SPDX-License-Identifier: BSD-2-Clause */
/* Big-endian numbers in frames, and the Internet checksum (RFC 1071). */
#ifndef SLUICE_TOOLS_WIRE_BYTES_H
#define SLUICE_TOOLS_WIRE_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t load16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load32(const uint8_t *p)
{
	return (uint32_t)load16(p) << 16 | load16(p + 2);
}

static inline void store16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void store32(uint8_t *p, uint32_t value)
{
	store16(p, value >> 16);
	store16(p + 2, value);
}

/* Adds len bytes, an even number, to a sum that is not folded yet. */
static inline uint32_t sum16(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += load16(p + i);
	return sum;
}

/* The checksum to be stored. */
static inline uint16_t fold16(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

#endif
