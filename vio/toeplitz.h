/* SPDX-License-Identifier: BSD-2-Clause */
/* The Toeplitz hash of receive-side scaling in software, bit for bit what the 82599 computes. */
#ifndef SLUICE_VIO_TOEPLITZ_H
#define SLUICE_VIO_TOEPLITZ_H

#include <stddef.h>
#include <stdint.h>

#include "vio/vio_net.h"

/* The longest input: two IPv6 addresses and two ports. */
#define TOEPLITZ_INPUT_MOST 36

/*
 * A key prepared for fast hashing: the contribution of each value of each input byte. The hash is
 * linear, so those of all bytes are XORed.
 */
struct toeplitz {
	uint32_t table[TOEPLITZ_INPUT_MOST][256];
};

/* Prepares key (byte 0 first, as in the RSS specification). */
void toeplitz_set_key(struct toeplitz *toeplitz, const uint8_t key[VIO_RSS_KEY_BYTES]);

/*
 * Hashes an Ethernet frame of which the first `bytes` are at frame: TCP or UDP over IPv4 or IPv6
 * by addresses and ports, other IP (and fragments, whose ports are not all there) by addresses.
 * One VLAN tag in the data is skipped. types: the VIO_HASH_MASK() of those TCP and UDP types that
 * are; others are taken by addresses. Sets *hash and returns its type; VIO_HASH_NONE and 0 for
 * anything else. (82599 datasheet 7.1.2.8.1; with UDP hashing on.)
 */
enum vio_hash_type toeplitz_hash_frame(const struct toeplitz *toeplitz, uint32_t types,
				       const uint8_t *frame, size_t bytes, uint32_t *hash);

#endif
