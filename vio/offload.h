/* SPDX-License-Identifier: BSD-2-Clause */
/* Checksums and segmentation in software, where neither the card nor the receiver does them. */
#ifndef SLUICE_VIO_OFFLOAD_H
#define SLUICE_VIO_OFFLOAD_H

#include <stdbool.h>

#include "drivers/net/packet.h"
#include "vio/vio_net.h"

/*
 * The Internet checksum's sum (RFC 1071, not inverted, folded to 16 bits, in network order) of
 * the packet's bytes from offset start (at most packet->bytes) to its end.
 */
uint16_t vio_packet_sum(const struct packet *packet, uint32_t start);

/*
 * Stores the TCP or UDP checksum of a packet with PACKET_CSUM_PARTIAL into its linear part, where
 * csum_start + csum_offset + 2 bytes are, and clears the flag.
 */
void vio_finish_checksum(struct packet *packet);

/*
 * Checks a driver's offload wish against the headers in the packet's linear part and translates it
 * into the packet's fields. A checksum the card would not understand (anything but TCP or UDP
 * directly after IPv4 or IPv6) is computed here. longest: the longest frame on the wire. Returns
 * VIO_ERROR_NONE or VIO_ERROR_OFFLOAD.
 */
enum vio_error vio_apply_offload(struct packet *packet, const struct vio_tx_offload *offload,
				 uint32_t longest);

/* Number of segments of a segment-offload packet. */
unsigned vio_segments(const struct packet *packet);

/*
 * Makes segment `index` of packet (which has PACKET_GSO_*) in segment, whose buffer holds
 * VIO_TX_HEADERS_MOST bytes: headers there, payload as fragments referring to packet's memory,
 * PACKET_CSUM_PARTIAL set. Returns false if its payload has too many pieces.
 */
bool vio_make_segment(const struct packet *packet, unsigned index, struct packet *segment);

#endif
