// SPDX-License-Identifier: BSD-2-Clause
// The Toeplitz hash of receive-side scaling, and the fields of a frame that go into it.
#include "vio/toeplitz.h"

#include <stdbool.h>

#include "drivers/net/headers.h"
#include "kernel/string.h"

/* The 32 bits of key from bit `start` on; bits past its end count as 0. */
static uint32_t key_window(const uint8_t *key, unsigned start)
{
	uint64_t bits = 0;
	unsigned byte = start / 8;

	for (unsigned i = 0; i < 5; i++)
		bits = bits << 8 | (byte + i < VIO_RSS_KEY_BYTES ? key[byte + i] : 0);
	return (uint32_t)(bits >> (8 - start % 8));
}

void toeplitz_set_key(struct toeplitz *toeplitz, const uint8_t key[VIO_RSS_KEY_BYTES])
{
	for (unsigned byte = 0; byte < TOEPLITZ_INPUT_MOST; byte++) {
		for (unsigned value = 0; value < 256; value++) {
			uint32_t hash = 0;

			for (unsigned bit = 0; bit < 8; bit++)
				if (value & (0x80u >> bit))
					hash ^= key_window(key, 8 * byte + bit);
			toeplitz->table[byte][value] = hash;
		}
	}
}

/* Hash of bytes of input, 0 to TOEPLITZ_INPUT_MOST, in network order. */
static uint32_t toeplitz_hash(const struct toeplitz *toeplitz, const uint8_t *input, size_t bytes)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < bytes; i++)
		hash ^= toeplitz->table[i][input[i]];
	return hash;
}

/* The type by whose fields a packet of protocol is hashed, or else, if only TCP or UDP is. */
static enum vio_hash_type port_type(uint32_t types, uint8_t protocol, enum vio_hash_type tcp,
				    enum vio_hash_type udp, enum vio_hash_type otherwise)
{
	if (protocol == PROTOCOL_TCP && types & VIO_HASH_MASK(tcp))
		return tcp;
	if (protocol == PROTOCOL_UDP && types & VIO_HASH_MASK(udp))
		return udp;
	return otherwise;
}

static enum vio_hash_type hash_ipv4(const struct toeplitz *toeplitz, uint32_t types,
				    const uint8_t *ip, size_t bytes, uint32_t *hash)
{
	enum vio_hash_type type;
	uint8_t input[12];
	size_t header;
	bool fragment;

	if (bytes < 20 || ip[0] >> 4 != 4)
		return VIO_HASH_NONE;
	header = (ip[0] & 15u) * 4;
	fragment = load_be16(ip + 6) & 0x3fff; /* more fragments, or not the first */
	memcpy(input, ip + 12, 8);
	type = port_type(types, ip[9], VIO_HASH_TCP_IPV4, VIO_HASH_UDP_IPV4, VIO_HASH_IPV4);
	if (header < 20 || fragment || bytes < header + 4 || type == VIO_HASH_IPV4) {
		*hash = toeplitz_hash(toeplitz, input, 8);
		return VIO_HASH_IPV4;
	}
	memcpy(input + 8, ip + header, 4);
	*hash = toeplitz_hash(toeplitz, input, 12);
	return type;
}

static enum vio_hash_type hash_ipv6(const struct toeplitz *toeplitz, uint32_t types,
				    const uint8_t *ip, size_t bytes, uint32_t *hash)
{
	enum vio_hash_type type;

	if (bytes < 40 || ip[0] >> 4 != 6)
		return VIO_HASH_NONE;
	type = port_type(types, ip[6], VIO_HASH_TCP_IPV6, VIO_HASH_UDP_IPV6, VIO_HASH_IPV6);
	if (bytes < 44 || type == VIO_HASH_IPV6) {
		*hash = toeplitz_hash(toeplitz, ip + 8, 32);
		return VIO_HASH_IPV6;
	}
	/* The ports follow the addresses in the packet as they do in the hash's input. */
	*hash = toeplitz_hash(toeplitz, ip + 8, 36);
	return type;
}

enum vio_hash_type toeplitz_hash_frame(const struct toeplitz *toeplitz, uint32_t types,
				       const uint8_t *frame, size_t bytes, uint32_t *hash)
{
	size_t at = 14;
	uint16_t type;

	*hash = 0;
	if (bytes < at)
		return VIO_HASH_NONE;
	type = load_be16(frame + 12);
	if (type == ETHERTYPE_VLAN && bytes >= 18) {
		type = load_be16(frame + 16);
		at = 18;
	}
	if (type == ETHERTYPE_IPV4)
		return hash_ipv4(toeplitz, types, frame + at, bytes - at, hash);
	if (type == ETHERTYPE_IPV6)
		return hash_ipv6(toeplitz, types, frame + at, bytes - at, hash);
	return VIO_HASH_NONE;
}
