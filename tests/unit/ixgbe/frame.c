// SPDX-License-Identifier: BSD-2-Clause
/* Frames for tests of the driver, and an independent reckoning of checksums and hashes. */
#include <string.h>

#include "nic.h"

#define ETHERNET 14

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint64_t sum_bytes(uint64_t sum, const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		sum += i & 1 ? data[i] : (uint64_t)data[i] << 8;
	return sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)sum;
}

static bool is_ipv6(const uint8_t *frame)
{
	return get16(frame + 12) == 0x86DD;
}

static uint8_t protocol_of(const uint8_t *frame)
{
	return frame[ETHERNET + (is_ipv6(frame) ? 6 : 9)];
}

unsigned frame_l4_offset(const uint8_t *frame)
{
	return is_ipv6(frame) ? ETHERNET + 40 : ETHERNET + (frame[ETHERNET] & 15) * 4;
}

static uint64_t pseudo_sum(const uint8_t *frame, uint32_t l4_bytes)
{
	uint64_t sum = protocol_of(frame) + (uint64_t)l4_bytes;

	return is_ipv6(frame) ? sum_bytes(sum, frame + ETHERNET + 8, 32)
			      : sum_bytes(sum, frame + ETHERNET + 12, 8);
}

uint16_t frame_pseudo_sum(const uint8_t *frame, uint32_t l4_bytes)
{
	return fold(pseudo_sum(frame, l4_bytes));
}

static size_t l4_header_bytes(uint8_t protocol)
{
	return protocol == 6 ? 20 : protocol == 17 ? 8 : 0;
}

static void build_ip(uint8_t *ip, const struct frame_spec *spec, size_t l4_bytes)
{
	if (spec->ipv6) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned)l4_bytes);
		ip[6] = spec->protocol;
		ip[7] = 64;
		memcpy(ip + 8, spec->source, 16);
		memcpy(ip + 24, spec->target, 16);
		return;
	}
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(20 + l4_bytes));
	put16(ip + 4, 0x1234);
	put16(ip + 6, spec->fragment);
	ip[8] = 64;
	ip[9] = spec->protocol;
	memcpy(ip + 12, spec->source, 4);
	memcpy(ip + 16, spec->target, 4);
	put16(ip + 10, (uint16_t)~fold(sum_bytes(0, ip, 20)));
}

static void build_l4(uint8_t *frame, const struct frame_spec *spec, size_t l4_bytes)
{
	uint8_t *l4 = frame + frame_l4_offset(frame);
	uint16_t checksum;

	if (!l4_header_bytes(spec->protocol))
		return;
	put16(l4, spec->source_port);
	put16(l4 + 2, spec->target_port);
	if (spec->protocol == 6) {
		memcpy(l4 + 4, "\x00\x10\x00\x00\x00\x20\x00\x00\x50\x19\xff\xff", 12);
	} else {
		put16(l4 + 4, (unsigned)l4_bytes);
	}
	checksum = (uint16_t)~fold(sum_bytes(pseudo_sum(frame, (uint32_t)l4_bytes), l4, l4_bytes));
	if (checksum == 0)
		checksum = 0xFFFF; /* the same to TCP, and no checksum to UDP */
	if (spec->protocol == 6 || !spec->no_udp_checksum)
		put16(l4 + (spec->protocol == 6 ? 16 : 6), checksum);
}

size_t frame_build(uint8_t *frame, const struct frame_spec *spec)
{
	size_t header = l4_header_bytes(spec->protocol);
	size_t l4_bytes = header + spec->payload;
	size_t bytes = ETHERNET + (spec->ipv6 ? 40 : 20) + l4_bytes;
	uint8_t *payload;

	memset(frame, 0, bytes - spec->payload);
	memcpy(frame, nic_mac, 6);
	memcpy(frame + 6, "\x02\x00\x00\x00\x00\x01", 6);
	put16(frame + 12, spec->ipv6 ? 0x86DD : 0x0800);
	build_ip(frame + ETHERNET, spec, l4_bytes);
	payload = frame + bytes - spec->payload;
	for (size_t i = 0; i < spec->payload; i++)
		payload[i] = (uint8_t)(i * 7 + spec->sequence);
	if (spec->payload >= 4)
		memcpy(payload, &spec->sequence, 4);
	build_l4(frame, spec, l4_bytes);
	return bytes;
}

struct frame_spec frame_flow(uint32_t index, size_t payload)
{
	struct frame_spec spec = {
		.protocol = 17,
		.source = {10, 0, (uint8_t)(index >> 8), (uint8_t)index},
		.target = {10, 1, 0, 1},
		.source_port = (uint16_t)(1000 + index % 5000),
		.target_port = 53,
		.payload = payload,
		.sequence = index,
	};

	return spec;
}

uint32_t frame_sequence(const uint8_t *frame)
{
	uint32_t sequence;

	memcpy(&sequence, frame + frame_l4_offset(frame) + l4_header_bytes(protocol_of(frame)), 4);
	return sequence;
}

bool frame_checksums_good(const uint8_t *frame, size_t bytes)
{
	unsigned l4 = frame_l4_offset(frame);
	size_t l4_bytes = is_ipv6(frame) ? get16(frame + ETHERNET + 4)
					 : get16(frame + ETHERNET + 2) - (l4 - ETHERNET);

	if (l4 + l4_bytes > bytes)
		return false;
	if (!is_ipv6(frame) && fold(sum_bytes(0, frame + ETHERNET, l4 - ETHERNET)) != 0xFFFF)
		return false;
	return fold(sum_bytes(pseudo_sum(frame, (uint32_t)l4_bytes), frame + l4, l4_bytes)) ==
	       0xFFFF;
}

uint32_t frame_toeplitz(const uint8_t *key, const uint8_t *frame, bool with_ports)
{
	const uint8_t *addresses = frame + ETHERNET + (is_ipv6(frame) ? 8 : 12);
	size_t address_bytes = is_ipv6(frame) ? 32 : 8, bytes = address_bytes;
	uint8_t input[36];
	uint32_t hash = 0;

	memcpy(input, addresses, address_bytes);
	if (with_ports) {
		memcpy(input + address_bytes, frame + frame_l4_offset(frame), 4);
		bytes += 4;
	}
	for (size_t bit = 0; bit < bytes * 8; bit++) {
		uint32_t window = 0;

		if (!(input[bit / 8] >> (7 - bit % 8) & 1))
			continue;
		for (size_t k = bit; k < bit + 32; k++)
			window = window << 1 | (key[k / 8] >> (7 - k % 8) & 1);
		hash ^= window;
	}
	return hash;
}
