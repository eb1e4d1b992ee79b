/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum (RFC 1071) of parts of frames. */
#ifndef SLUICE_TOOLS_WIRE_CHECKSUM_H
#define SLUICE_TOOLS_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/net/headers.h"

/* Adds len bytes, an even number, to a sum that is not folded yet. */
static inline uint32_t sum16(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += load_be16(p + i);
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
