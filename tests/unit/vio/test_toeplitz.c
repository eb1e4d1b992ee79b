// SPDX-License-Identifier: BSD-2-Clause
// Software Toeplitz hash: the 16 published vectors (82599 datasheet 7.1.2.8.3), and frame parsing.
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vio/toeplitz.h"

static const uint8_t published_key[VIO_RSS_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static const struct vector {
	int family;
	const char *to;
	uint16_t to_port;
	const char *from;
	uint16_t from_port;
	uint32_t addresses, ports;
} vectors[] = {
	{AF_INET, "161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178},
	{AF_INET, "65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea},
	{AF_INET, "12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a},
	{AF_INET, "209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f},
	{AF_INET, "202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2},
	{AF_INET6, "3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5,
	 0x40207d3d},
	{AF_INET6, "ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c,
	 0xdde51bbf},
	{AF_INET6, "fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251,
	 0x4b61e985, 0x02d1feef},
};

static struct toeplitz toeplitz;

static int set_key(void **state)
{
	(void)state;
	toeplitz_set_key(&toeplitz, published_key);
	return 0;
}

/* Writes a frame of the vector with this IP protocol; returns its length. */
static size_t make_frame(uint8_t *frame, const struct vector *vector, uint8_t protocol, bool tagged)
{
	uint8_t *ip = frame + 14;
	uint8_t *ports;

	memset(frame, 0, 128);
	if (tagged) {
		memcpy(frame + 12, "\x81\x00\x00\x05", 4);
		ip += 4;
	}
	if (vector->family == AF_INET) {
		memcpy(ip - 2, "\x08\x00\x45", 3);
		ip[9] = protocol;
		inet_pton(AF_INET, vector->from, ip + 12);
		inet_pton(AF_INET, vector->to, ip + 16);
		ports = ip + 20;
	} else {
		memcpy(ip - 2, "\x86\xdd\x60", 3);
		ip[6] = protocol;
		inet_pton(AF_INET6, vector->from, ip + 8);
		inet_pton(AF_INET6, vector->to, ip + 24);
		ports = ip + 40;
	}
	ports[0] = (uint8_t)(vector->from_port >> 8);
	ports[1] = (uint8_t)vector->from_port;
	ports[2] = (uint8_t)(vector->to_port >> 8);
	ports[3] = (uint8_t)vector->to_port;
	return (size_t)(ports - frame) + 20;
}

static void check_frame(const struct vector *vector, uint8_t protocol, bool tagged,
			uint32_t expected, enum vio_hash_type type)
{
	uint8_t frame[128];
	size_t bytes = make_frame(frame, vector, protocol, tagged);
	uint32_t hash = 1;

	assert_int_equal(toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, frame, bytes, &hash),
			 type);
	assert_int_equal(hash, expected);
}

static void hashes_published_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];
		bool v4 = v->family == AF_INET;

		check_frame(v, 6, false, v->ports, v4 ? VIO_HASH_TCP_IPV4 : VIO_HASH_TCP_IPV6);
		check_frame(v, 17, false, v->ports, v4 ? VIO_HASH_UDP_IPV4 : VIO_HASH_UDP_IPV6);
		check_frame(v, 1, false, v->addresses, v4 ? VIO_HASH_IPV4 : VIO_HASH_IPV6);
		check_frame(v, 6, true, v->ports, v4 ? VIO_HASH_TCP_IPV4 : VIO_HASH_TCP_IPV6);
	}
}

/* Every mask of the TCP and UDP types: what is not in it is hashed by addresses. */
static void hashes_the_types_wanted(void **state)
{
	static const uint8_t protocols[] = {6, 17, 1};
	static const enum vio_hash_type types[2][3] = {
		{VIO_HASH_TCP_IPV4, VIO_HASH_UDP_IPV4, VIO_HASH_IPV4},
		{VIO_HASH_TCP_IPV6, VIO_HASH_UDP_IPV6, VIO_HASH_IPV6},
	};
	uint8_t frame[128];
	uint32_t hash;

	(void)state;
	for (uint32_t mask = 0; mask <= VIO_HASH_MASK_ALL; mask++) {
		for (size_t i = 0; i < 3 * sizeof(vectors) / sizeof(vectors[0]); i++) {
			const struct vector *v = &vectors[i / 3];
			const enum vio_hash_type *family = types[v->family != AF_INET];
			enum vio_hash_type wanted = family[i % 3];
			size_t bytes = make_frame(frame, v, protocols[i % 3], false);

			if (!(mask & VIO_HASH_MASK(wanted)))
				wanted = family[2];
			assert_int_equal(toeplitz_hash_frame(&toeplitz, mask, frame, bytes, &hash),
					 wanted);
			assert_int_equal(hash, wanted == family[2] ? v->addresses : v->ports);
		}
	}
}

static void hashes_fragments_by_addresses(void **state)
{
	static const uint16_t fragment_fields[] = {0x2000, 0x0001, 0x3fff};
	uint8_t frame[128];
	uint32_t hash;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t bytes = make_frame(frame, &vectors[0], 6, false);

		frame[20] = (uint8_t)(fragment_fields[i] >> 8);
		frame[21] = (uint8_t)fragment_fields[i];
		assert_int_equal(
			toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, frame, bytes, &hash),
			VIO_HASH_IPV4);
		assert_int_equal(hash, vectors[0].addresses);
	}
	/* "Don't fragment" alone is no fragment. */
	make_frame(frame, &vectors[0], 6, false);
	frame[20] = 0x40;
	assert_int_equal(toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, frame, 54, &hash),
			 VIO_HASH_TCP_IPV4);
	/* An IPv6 fragment header is no TCP header. */
	make_frame(frame, &vectors[5], 44, false);
	assert_int_equal(toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, frame, 80, &hash),
			 VIO_HASH_IPV6);
	assert_int_equal(hash, vectors[5].addresses);
}

static void skips_ip_options(void **state)
{
	uint8_t frame[128], with_options[128];
	uint32_t hash;

	(void)state;
	make_frame(frame, &vectors[1], 17, false);
	memcpy(with_options, frame, 34);
	memset(with_options + 34, 1, 8);
	memcpy(with_options + 42, frame + 34, 20);
	with_options[14] = 0x47;
	assert_int_equal(toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, with_options, 62, &hash),
			 VIO_HASH_UDP_IPV4);
	assert_int_equal(hash, vectors[1].ports);
}

/* Every length of every kind of frame: nothing is read beyond it (the sanitizer looks on). */
static void survives_short_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t frame[128];
		size_t bytes = make_frame(frame, &vectors[i], 6, i & 1);

		for (size_t cut = 0; cut <= bytes; cut++) {
			uint8_t *exact = test_malloc(cut + !cut);
			uint32_t hash = 1;

			memcpy(exact, frame, cut);
			if (toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, exact, cut, &hash) ==
			    VIO_HASH_NONE)
				assert_int_equal(hash, 0);
			test_free(exact);
		}
	}
}

static void leaves_other_frames_alone(void **state)
{
	uint8_t frame[64] = {0};
	uint32_t hash = 1;

	(void)state;
	frame[12] = 0x08;
	frame[13] = 0x06;
	assert_int_equal(toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, frame, 60, &hash),
			 VIO_HASH_NONE);
	assert_int_equal(hash, 0);
	frame[13] = 0x00;
	frame[14] = 0x65; /* version 6 under IPv4's ethertype */
	assert_int_equal(toeplitz_hash_frame(&toeplitz, VIO_HASH_MASK_ALL, frame, 60, &hash),
			 VIO_HASH_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_published_vectors),
		cmocka_unit_test(hashes_the_types_wanted),
		cmocka_unit_test(hashes_fragments_by_addresses),
		cmocka_unit_test(skips_ip_options),
		cmocka_unit_test(survives_short_frames),
		cmocka_unit_test(leaves_other_frames_alone),
	};

	return cmocka_run_group_tests(tests, set_key, NULL);
}
