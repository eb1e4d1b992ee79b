// SPDX-License-Identifier: BSD-2-Clause
/* Checks of what the card does with frames, looped back in the card or echoed by the wire. */
#include "kernel/selftest/bench.h"

#include "drivers/net/headers.h"
#include "kernel/string.h"

#define FRAMES_A_QUEUE 256
#define BURST          16
#define TCP_SEQUENCE   4
#define TCP_HEADER     20

/* Sends `bursts` bursts of a flow on a queue, of sizes from least to most, and waits for each. */
static bool exchange(struct bench *bench, unsigned queue, unsigned flow, unsigned bursts,
		     unsigned least, unsigned most)
{
	for (unsigned i = 0; i < bursts; i++) {
		unsigned bytes = least + (bursts > 1 ? (most - least) * i / (bursts - 1) : 0);

		if (!bench_send(bench, queue, flow, bytes, BURST)) {
			bench_fail(bench, "queue %u did not take %u frames", queue, BURST);
			return false;
		}
		if (!bench_collect(bench))
			return false;
	}
	return true;
}

/* On each queue, frames that come back to the same queue. */
static bool exchange_everywhere(struct bench *bench, unsigned bursts, unsigned least, unsigned most)
{
	for (unsigned q = 0; q < bench->queues; q++) {
		unsigned flow = bench_find_flow(bench, q);

		if (bench->failed || !exchange(bench, q, flow, bursts, least, most))
			return false;
		if (bench->queue[q].received != bursts * BURST)
			bench_fail(bench, "queue %u received %u frames, expected %u", q,
				   bench->queue[q].received, bursts * BURST);
	}
	return !bench->failed;
}

void selftest_frames(struct bench *bench)
{
	bench_expect(bench);
	if (exchange_everywhere(bench, FRAMES_A_QUEUE / BURST, FRAME_BYTES_SHORT,
				BENCH_STANDARD + ETHERNET_HEADER))
		bench_note(bench, "%u queues, %lu frames, %lu bytes", bench->queues,
			   bench->received, bench->received_bytes);
}

/* All flows, sent on queues in turn, whatever queue they come back on. */
static bool spread(struct bench *bench, unsigned step, unsigned *least, unsigned *most)
{
	if (!bench_start(bench, BENCH_STANDARD, step))
		return false;
	for (unsigned flow = 0; flow < BENCH_FLOWS; flow++) {
		if (!bench_send(bench, flow % bench->queues, flow, FRAME_BYTES_LEAST, 2))
			bench_fail(bench, "queue %u did not take 2 frames", flow % bench->queues);
		if (flow % BURST == BURST - 1 && !bench_collect(bench))
			return false;
	}
	*least = *most = bench->queue[0].received;
	for (unsigned q = 1; q < bench->queues; q++) {
		unsigned received = bench->queue[q].received;

		*least = received < *least ? received : *least;
		*most = received > *most ? received : *most;
	}
	if (!*least)
		bench_fail(bench, "a queue received none of %u flows", BENCH_FLOWS);
	return !bench->failed;
}

/* With two indirection tables, of which the second has blocks of equal entries. */
void selftest_rss(struct bench *bench)
{
	unsigned least[2], most[2];

	if (spread(bench, NETDEV_RETA_ENTRIES / NETDEV_QUEUES_MOST, &least[0], &most[0]) &&
	    spread(bench, 1, &least[1], &most[1]))
		bench_note(bench, "%u flows, %u to %u frames a queue, other table: %u to %u",
			   BENCH_FLOWS, least[0], most[0], least[1], most[1]);
}

void selftest_jumbo(struct bench *bench)
{
	if (bench_start(bench, BENCH_JUMBO, 1) &&
	    exchange_everywhere(bench, 4, BENCH_STANDARD + ETHERNET_HEADER + 1,
				BENCH_JUMBO + ETHERNET_HEADER))
		bench_note(bench, "%lu frames, %lu bytes", bench->received, bench->received_bytes);
	if (!bench->failed)
		bench_start(bench, BENCH_STANDARD, 1);
}

/* A tag that the card inserts is in the frame that it receives, where it takes it out again. */
void selftest_vlan(struct bench *bench)
{
	static const uint16_t tags[] = {0x0001, 0x6234, 0xEFFE};

	bench_expect(bench);
	for (unsigned i = 0; i < ARRAY_SIZE(tags) && !bench->failed; i++) {
		bench->vlan_tci = tags[i];
		for (unsigned q = 0; q < bench->queues; q++)
			exchange(bench, q, bench_find_flow(bench, q), 2, FRAME_BYTES_LEAST,
				 BENCH_STANDARD + ETHERNET_HEADER);
	}
	bench->vlan_tci = 0;
	bench_note(bench, "%u tags, %lu frames", (unsigned)ARRAY_SIZE(tags), bench->received);
}

void selftest_checksum(struct bench *bench)
{
	uint64_t good;

	bench_expect(bench);
	bench->packet_flags = PACKET_CSUM_PARTIAL;
	for (unsigned q = 0; q < bench->queues; q++)
		for (unsigned flow = 0; flow < 4 && !bench->failed; flow++)
			exchange(bench, q, flow, 3, FRAME_BYTES_LEAST + 1,
				 BENCH_STANDARD + ETHERNET_HEADER);
	bench->packet_flags = 0;
	good = bench->received;
	bench->bad_checksum = true;
	for (unsigned flow = 0; flow < 4 && !bench->failed; flow++)
		exchange(bench, 0, flow, 1, FRAME_BYTES_LEAST, FRAME_BYTES_LEAST);
	bench->bad_checksum = false;
	bench_note(bench, "%lu inserted and verified, %lu wrong ones found", good,
		   bench->received - good);
}

/* --- Segmentation --- */

#define SEGMENT       1400u
#define PAYLOAD_BYTES 20000u
#define SEGMENTS      ((PAYLOAD_BYTES + SEGMENT - 1) / SEGMENT)

static uint8_t payload[PAYLOAD_BYTES];

static uint8_t payload_byte(unsigned at)
{
	return (uint8_t)(at * 11 + (at >> 8));
}

/* The next segment of the one flow that is under way; its sequence number is its place. */
static void inspect_segment(struct bench *bench, const struct packet *packet)
{
	bool ipv6 = packet->bytes > ETHERNET_HEADER && packet->data[12] == 0x86;
	unsigned flow = ipv6 ? 3 : 2, headers = frame_payload_offset(flow);
	uint32_t at = bench->expected[0];
	unsigned bytes = PAYLOAD_BYTES - at < SEGMENT ? PAYLOAD_BYTES - at : SEGMENT;
	const uint8_t *tcp = packet->data + frame_l4_offset(flow);

	if (packet->bytes != headers + bytes) {
		bench_fail(bench, "segment of %u bytes, expected %u", packet->bytes,
			   headers + bytes);
		return;
	}
	if (load_be32(tcp + TCP_SEQUENCE) != at)
		bench_fail(bench, "segment with sequence number %u, expected %u",
			   load_be32(tcp + TCP_SEQUENCE), at);
	if (!(packet->flags & PACKET_L4_CSUM_GOOD) ||
	    !frame_checksum_good(packet->data, flow, packet->bytes))
		bench_fail(bench, "segment %u: wrong TCP checksum", at);
	if (memcmp(packet->data + headers, payload + at, bytes) != 0)
		bench_fail(bench, "segment %u: other payload than was sent", at);
	bench->expected[0] = at + bytes;
}

/* Headers in the packet's own buffer, payload in two fragments. */
static bool send_large(struct bench *bench, unsigned queue, unsigned flow)
{
	struct packet *packet = packet_alloc(&bench->queue[queue].pool);

	if (!packet)
		return false;
	frame_build(packet->data, bench->dev->mac, flow, 0, FRAME_BYTES_LEAST);
	packet->bytes = (uint16_t)frame_payload_offset(flow);
	packet->header_bytes = packet->bytes;
	packet->total_bytes = packet->bytes + PAYLOAD_BYTES;
	packet->fragments = 2;
	packet->fragment[0] = (struct packet_fragment){payload, 777};
	packet->fragment[1] = (struct packet_fragment){payload + 777, PAYLOAD_BYTES - 777};
	packet->csum_start = (uint16_t)frame_l4_offset(flow);
	packet->csum_offset = (uint16_t)frame_checksum_offset(flow);
	packet->gso_size = SEGMENT;
	packet->flags =
		PACKET_CSUM_PARTIAL | (frame_is_ipv6(flow) ? PACKET_GSO_TCPV6 : PACKET_GSO_TCPV4);
	return bench_send_packet(bench, queue, packet);
}

void selftest_segmentation(struct bench *bench)
{
	bench_expect(bench);
	for (unsigned i = 0; i < PAYLOAD_BYTES; i++)
		payload[i] = payload_byte(i);
	bench->inspect = inspect_segment;
	for (unsigned q = 0; q < bench->queues; q++) {
		for (unsigned flow = 2; flow < 4 && !bench->failed; flow++) {
			bench->expected[0] = 0;
			if (!send_large(bench, q, flow))
				bench_fail(bench, "queue %u did not take a packet of %u bytes", q,
					   PAYLOAD_BYTES);
			bench->sent += SEGMENTS;
			bench_collect(bench);
		}
	}
	bench->inspect = NULL;
	bench_note(bench, "%u packets of %u bytes, %lu segments", 2 * bench->queues, PAYLOAD_BYTES,
		   bench->received);
}

/* --- Accounts --- */

static void expect_count(struct bench *bench, const char *name, uint64_t found, uint64_t expected)
{
	if (found != expected)
		bench_fail(bench, "%s is %lu, expected %lu", name, found, expected);
}

/* The card counts frames of others, too. */
static void expect_received(struct bench *bench, const char *name, uint64_t found,
			    uint64_t expected)
{
	if (found < expected)
		bench_fail(bench, "%s is %lu, expected %lu", name, found, expected);
	else if (found > expected)
		bench_blame(bench, "%s is %lu, expected %lu", name, found, expected);
}

/* What has been counted since `before`, which frames from before the loopback may be in. */
static void check_statistics(struct bench *bench, const struct netdev_stats *before)
{
	const struct netdev_stats *now = &bench->dev->stats;

	bench->dev->ops->service(bench->dev);
	expect_count(bench, "tx_packets", now->tx_packets - before->tx_packets, bench->sent);
	expect_count(bench, "tx_bytes", now->tx_bytes - before->tx_bytes, bench->received_bytes);
	expect_count(bench, "tx_dropped", now->tx_dropped, 0);
	expect_count(bench, "resets", now->resets, 0);
	expect_received(bench, "rx_packets", now->rx_packets - before->rx_packets, bench->sent);
	expect_received(bench, "rx_bytes", now->rx_bytes - before->rx_bytes, bench->received_bytes);
	expect_received(bench, "rx_missed", now->rx_missed - before->rx_missed, 0);
	expect_received(bench, "rx_no_descriptor", now->rx_no_descriptor - before->rx_no_descriptor,
			0);
	expect_received(bench, "rx_errors", now->rx_errors - before->rx_errors, 0);
	bench_note(bench, "%lu frames, %lu bytes each way", bench->received, bench->received_bytes);
}

void selftest_statistics(struct bench *bench)
{
	struct netdev_stats before;

	if (!bench_start(bench, BENCH_STANDARD, 1))
		return;
	bench->dev->ops->service(bench->dev);
	before = bench->dev->stats;
	bench->foreign = 0;
	if (exchange_everywhere(bench, 4, FRAME_BYTES_LEAST, BENCH_STANDARD + ETHERNET_HEADER))
		check_statistics(bench, &before);
}

void selftest_restart(struct bench *bench)
{
	for (unsigned i = 0; i < 3 && !bench->failed; i++) {
		if (bench_start(bench, BENCH_STANDARD, 1))
			exchange_everywhere(bench, 2, FRAME_BYTES_LEAST,
					    BENCH_STANDARD + ETHERNET_HEADER);
	}
	bench_note(bench, "3 times, all packets back each time");
}
