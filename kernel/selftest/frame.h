/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames known to the byte by flow, sequence number and length. */
#ifndef SLUICE_KERNEL_SELFTEST_FRAME_H
#define SLUICE_KERNEL_SELFTEST_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES_MOST 9014
/* The shortest that all flows can have, and that those of IPv4 and UDP can have. */
#define FRAME_BYTES_LEAST 86
#define FRAME_BYTES_SHORT 60

#define FRAME_KINDS 4

/* Flows by number: bit 0 is IPv6 instead of IPv4, bit 1 TCP instead of UDP. */
static inline bool frame_is_ipv6(unsigned flow)
{
	return flow & 1;
}

static inline bool frame_is_tcp(unsigned flow)
{
	return flow & 2;
}

/* Where the TCP or UDP header is, its checksum (from the header's start), and the payload. */
unsigned frame_l4_offset(unsigned flow);
unsigned frame_checksum_offset(unsigned flow);
unsigned frame_payload_offset(unsigned flow);

/*
 * Writes the frame of a flow, with right checksums, to at: `bytes` from what its kind needs to
 * FRAME_BYTES_MOST (more if the caller has room: up to 65535), from the card's address mac.
 */
void frame_build(uint8_t *at, const uint8_t mac[6], unsigned flow, uint32_t sequence,
		 unsigned bytes);

/* Whether the frame is between the card's address mac and the test's partner, either way. */
bool frame_is_ours(const uint8_t *at, unsigned bytes, const uint8_t mac[6]);

/* Reads flow, sequence number and length from a frame; false if it is none of ours. */
bool frame_identify(const uint8_t *at, unsigned bytes, unsigned *flow, uint32_t *sequence,
		    unsigned *length);

/* Exchanges the frame's MAC addresses. */
void frame_exchange(uint8_t *at);

/*
 * The folded sum over the pseudo-header with a TCP or UDP length of l4_bytes: what stands in the
 * checksum field of a packet with PACKET_CSUM_PARTIAL.
 */
uint16_t frame_pseudo_sum(const uint8_t *at, unsigned flow, unsigned l4_bytes);

/* True if the TCP or UDP checksum of a frame of this many bytes is right. */
bool frame_checksum_good(const uint8_t *at, unsigned flow, unsigned bytes);

#endif
