/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark in every generated frame, ours or Linux's pktgen's, which the sink looks for. */
#ifndef SLUICE_TOOLS_WIRE_MARK_H
#define SLUICE_TOOLS_WIRE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_MAGIC     0x534cu
#define MARK_TIME_BITS 48 /* times wrap after 281 s */
#define MARK_FLOWS     65536u
#define MARK_NO_TIME   UINT64_MAX

struct mark {
	uint16_t flow;
	uint32_t flow_sequence; /* within the flow, from 0 */
	uint32_t sequence;      /* of all frames, from 0 */
	uint64_t time;          /* when the frame's first bit went, ps; 48 bits; or MARK_NO_TIME */
};

/*
 * Bytes behind the first of the UDP or TCP header that a marked frame needs. With UDP the payload
 * begins with magic (2 bytes), flow (2), flow sequence (4), sequence (4), time (6), big-endian.
 * With TCP these are, so that a 64-byte frame has room, the urgent pointer, the window, the
 * sequence number, the acknowledgment number, and the first 6 bytes of payload.
 */
#define MARK_L4_BYTES 26u

void mark_put(uint8_t *l4, bool tcp, const struct mark *mark);

/*
 * Finds the mark in an Ethernet frame (tags, IPv4 or IPv6, UDP or TCP). False: it has none. Linux's
 * pktgen (UDP only) numbers the frames of a device, from 1: here they are the flow of their source
 * port, from 0. Its time is the guest's, and not ours.
 */
bool mark_find(const uint8_t *frame, size_t len, struct mark *mark);

#endif
