// SPDX-License-Identifier: BSD-2-Clause
// Software checksums and segmentation, against straightforward computations of the test's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vio/offload.h"
#include "vio/queue.h"

#define LONGEST 1518

static uint8_t flat[66000];
static uint8_t buffer[2048];

/* RFC 1071, byte by byte. */
static uint16_t plain_sum(const uint8_t *bytes, size_t count, uint32_t sum)
{
	for (size_t i = 0; i < count; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint16_t pseudo_sum(const uint8_t *ip, bool ipv4, uint8_t protocol, unsigned length)
{
	return plain_sum(ipv4 ? ip + 12 : ip + 8, ipv4 ? 8 : 32, protocol + length);
}

/* A frame of total bytes in flat: TCP or UDP, the checksum field as a driver leaves it. */
static unsigned make_frame(bool ipv4, bool tagged, uint8_t protocol, unsigned total)
{
	unsigned l3 = tagged ? 18 : 14, l4 = l3 + (ipv4 ? 20 : 40);
	uint8_t *ip = flat + l3, *tcp = flat + l4;

	for (unsigned i = 0; i < total; i++)
		flat[i] = (uint8_t)rand();
	if (tagged)
		put16(flat + 12, 0x8100);
	put16(flat + l3 - 2, ipv4 ? 0x0800 : 0x86dd);
	if (ipv4) {
		ip[0] = 0x45;
		put16(ip + 2, total - l3);
		put16(ip + 6, 0x4000);
		ip[9] = protocol;
	} else {
		ip[0] = 0x60;
		put16(ip + 4, total - l4);
		ip[6] = protocol;
	}
	if (protocol == 6) {
		tcp[12] = 0x80; /* 32 bytes of header */
		tcp[13] = 0x99; /* CWR, ACK, PSH, FIN */
	}
	put16(tcp + (protocol == 6 ? 16 : 6), pseudo_sum(ip, ipv4, protocol, total - l4));
	return l4;
}

/* A transmit packet as vio_queue_pull() makes it, with fragments of odd sizes. */
static struct packet make_packet(unsigned total)
{
	struct packet packet = {.data = buffer, .buffer = buffer, .total_bytes = total};
	unsigned at = total < VIO_TX_COPY_BYTES ? total : VIO_TX_COPY_BYTES;

	memcpy(buffer, flat, at);
	packet.bytes = (uint16_t)at;
	while (at < total) {
		unsigned part = 1 + (unsigned)rand() % 8000;

		if (part > total - at || packet.fragments == PACKET_FRAGMENTS_MOST - 1)
			part = total - at;
		packet.fragment[packet.fragments++] = (struct packet_fragment){flat + at, part};
		at += part;
	}
	return packet;
}

static void sums_any_pieces(void **state)
{
	(void)state;
	srand(4);
	for (int i = 0; i < 300; i++) {
		unsigned total = 60 + (unsigned)rand() % 60000;
		unsigned start = (unsigned)rand() % 60;
		struct packet packet;

		for (unsigned j = 0; j < total; j++)
			flat[j] = (uint8_t)rand();
		packet = make_packet(total);
		assert_int_equal(vio_packet_sum(&packet, start),
				 plain_sum(flat + start, total - start, 0));
	}
}

static void leaves_plain_checksums_to_the_card(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		bool ipv4 = i & 1, tagged = i & 2, tcp = i & 4;
		unsigned l4 = make_frame(ipv4, tagged, tcp ? 6 : 17, 700);
		struct packet packet = make_packet(700);
		struct vio_tx_offload offload = {
			.csum_start = (uint16_t)l4,
			.csum_offset = tcp ? 16 : 6,
			.offload = VIO_OFFLOAD_CSUM,
		};

		assert_int_equal(vio_apply_offload(&packet, &offload, LONGEST), VIO_ERROR_NONE);
		assert_int_equal(packet.flags, PACKET_CSUM_PARTIAL);
		assert_int_equal(packet.csum_start, l4);
		assert_memory_equal(packet.data, flat, 256);
		/* Finished in software, the sum over pseudo-header and data is all ones. */
		vio_finish_checksum(&packet);
		assert_int_equal(packet.flags, 0);
		assert_int_equal(plain_sum((uint8_t[]){(uint8_t)(vio_packet_sum(&packet, l4) >> 8),
						       (uint8_t)vio_packet_sum(&packet, l4)},
					   2,
					   pseudo_sum(flat + l4 - (ipv4 ? 20 : 40), ipv4,
						      tcp ? 6 : 17, 700 - l4)),
				 0xffff);
	}
}

static void finishes_unusual_checksums(void **state)
{
	struct vio_tx_offload offload = {.offload = VIO_OFFLOAD_CSUM};
	struct packet packet;
	unsigned l4 = make_frame(true, false, 6, 300);

	(void)state;
	/* Inside a tunnel: the card would not find it. */
	offload.csum_start = (uint16_t)(l4 + 50);
	offload.csum_offset = 16;
	packet = make_packet(300);
	put16(packet.data + l4 + 66, 0x1234);
	assert_int_equal(vio_apply_offload(&packet, &offload, LONGEST), VIO_ERROR_NONE);
	assert_int_equal(packet.flags, 0);
	put16(flat + l4 + 66, 0x1234);
	assert_int_equal(get16(packet.data + l4 + 66),
			 (uint16_t)~plain_sum(flat + l4 + 50, 300 - l4 - 50, 0));
	/* A fragment; another ethertype. */
	make_frame(true, false, 17, 300);
	put16(flat + 20, 0x2000);
	offload.csum_start = (uint16_t)l4;
	offload.csum_offset = 6;
	packet = make_packet(300);
	assert_int_equal(vio_apply_offload(&packet, &offload, LONGEST), VIO_ERROR_NONE);
	assert_int_equal(packet.flags, 0);
	put16(flat + 12, 0x88b5);
	packet = make_packet(300);
	assert_int_equal(vio_apply_offload(&packet, &offload, LONGEST), VIO_ERROR_NONE);
	assert_int_equal(packet.flags, 0);
}

/* UDP never sends 0, which would mean "no checksum". */
static void sends_no_zero_udp_checksum(void **state)
{
	unsigned l4 = make_frame(true, false, 17, 60);
	struct packet packet;
	unsigned sum;

	(void)state;
	put16(flat + l4 + 6, 0);
	put16(flat + 50, 0);
	sum = plain_sum(flat + l4, 60 - l4, 0);
	put16(flat + 50, 0xffff - sum);
	packet = make_packet(60);
	packet.csum_start = (uint16_t)l4;
	packet.csum_offset = 6;
	packet.flags = PACKET_CSUM_PARTIAL;
	vio_finish_checksum(&packet);
	assert_int_equal(get16(packet.data + l4 + 6), 0xffff);
}

static struct vio_tx_offload tso(bool ipv4, unsigned l4, uint16_t gso_size)
{
	return (struct vio_tx_offload){
		.csum_start = (uint16_t)l4,
		.csum_offset = 16,
		.gso_size = gso_size,
		.header_bytes = (uint16_t)(l4 + 32),
		.offload = VIO_OFFLOAD_CSUM | (ipv4 ? VIO_OFFLOAD_TSO4 : VIO_OFFLOAD_TSO6),
	};
}

static void check_segment(struct packet *segment, unsigned index, bool last, bool ipv4, unsigned l4,
			  unsigned offset)
{
	static uint8_t got[2048];
	unsigned l3 = l4 - (ipv4 ? 20 : 40), header = l4 + 32, at = segment->bytes;
	const uint8_t *ip = got + l3, *tcp = got + l4;

	vio_finish_checksum(segment);
	memcpy(got, segment->data, segment->bytes);
	for (unsigned i = 0; i < segment->fragments; i++) {
		memcpy(got + at, segment->fragment[i].data, segment->fragment[i].bytes);
		at += segment->fragment[i].bytes;
	}
	assert_int_equal(at, segment->total_bytes);
	assert_memory_equal(got + header, flat + header + offset, at - header);
	if (ipv4) {
		assert_int_equal(get16(ip + 2), at - l3);
		assert_int_equal(plain_sum(ip, 20, 0), 0xffff);
		assert_int_equal((uint16_t)(get16(ip + 4) - get16(flat + l3 + 4)), index);
	} else {
		assert_int_equal(get16(ip + 4), at - l4);
	}
	assert_int_equal(plain_sum(tcp, at - l4, pseudo_sum(ip, ipv4, 6, at - l4)), 0xffff);
	assert_int_equal(get32(tcp + 4), get32(flat + l4 + 4) + offset);
	assert_int_equal(tcp[13], 0x10 | (index ? 0 : 0x80) | (last ? 0x09 : 0));
}

static void cuts_segments(void **state)
{
	uint8_t headers[VIO_TX_COPY_BYTES];

	(void)state;
	for (int i = 0; i < 40; i++) {
		bool ipv4 = i & 1, tagged = i & 2;
		unsigned total = 2000 + (unsigned)rand() % 60000;
		unsigned l4 = make_frame(ipv4, tagged, 6, total);
		struct vio_tx_offload offload = tso(ipv4, l4, 1000);
		struct packet packet = make_packet(total);
		struct packet segment = {.buffer = headers};
		unsigned payload = total - offload.header_bytes, offset = 0;

		assert_int_equal(vio_apply_offload(&packet, &offload, LONGEST), VIO_ERROR_NONE);
		assert_int_equal(vio_segments(&packet), (payload + 999) / 1000);
		for (unsigned n = 0; n < vio_segments(&packet); n++) {
			bool last = n == vio_segments(&packet) - 1;

			assert_true(vio_make_segment(&packet, n, &segment));
			check_segment(&segment, n, last, ipv4, l4, offset);
			offset += segment.total_bytes - segment.bytes;
		}
		assert_int_equal(offset, payload);
	}
}

static void refuses_wrong_segmentation(void **state)
{
	unsigned l4 = make_frame(true, false, 6, 5000);
	struct packet packet;
	struct vio_tx_offload good = tso(true, l4, 1400), bad;

	(void)state;
#define REFUSED(change)                                                                         \
	do {                                                                                    \
		bad = good;                                                                     \
		packet = make_packet(5000);                                                     \
		change;                                                                         \
		assert_int_equal(vio_apply_offload(&packet, &bad, LONGEST), VIO_ERROR_OFFLOAD); \
	} while (0)
	REFUSED(bad.gso_size = 63);
	REFUSED(bad.gso_size = 0);
	REFUSED(bad.gso_size = LONGEST - 66 + 1);
	REFUSED(bad.gso_size = 0xffff);
	REFUSED(bad.header_bytes++);
	REFUSED(bad.header_bytes = 0);
	REFUSED(bad.header_bytes = 0xffff);
	REFUSED(bad.csum_start += 2);
	REFUSED(bad.csum_offset = 6);
	REFUSED(bad.offload |= VIO_OFFLOAD_TSO6);
	REFUSED(bad.offload ^= VIO_OFFLOAD_TSO6 | VIO_OFFLOAD_TSO4);
	REFUSED(bad.offload &= (uint16_t)~VIO_OFFLOAD_CSUM);
	REFUSED(packet.data[23] = 17);
	REFUSED(packet.data[14] = 0x46);
	REFUSED(packet.data[20] = 0x20);
	REFUSED(packet.data[l4 + 12] = 0x40);
	REFUSED(packet.data[12] = 0x81);
	REFUSED(packet.total_bytes = good.header_bytes);
	packet = make_packet(5000);
	good.gso_size = LONGEST - 66;
	assert_int_equal(vio_apply_offload(&packet, &good, LONGEST), VIO_ERROR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_any_pieces),
		cmocka_unit_test(leaves_plain_checksums_to_the_card),
		cmocka_unit_test(finishes_unusual_checksums),
		cmocka_unit_test(sends_no_zero_udp_checksum),
		cmocka_unit_test(cuts_segments),
		cmocka_unit_test(refuses_wrong_segmentation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
