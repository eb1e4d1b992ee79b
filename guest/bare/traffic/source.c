// SPDX-License-Identifier: BSD-2-Clause
/* Makes marked frames: every buffer holds one, of which only what changes is written anew. */
#include "guest/bare/traffic/source.h"

#include "guest/bare/traffic/frame.h"
#include "guest/bare/traffic/traffic.h"

#define BURST      32
#define FIRST_PORT 1024
#define DST_PORT   9
#define TTL        64
#define TCP_ACK    0x5010 /* header of 20 bytes, ACK */

static uint32_t sum16(const uint8_t *bytes, unsigned count)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < count; i += 2)
		sum += load16(bytes + i);
	return sum;
}

static uint32_t fold16(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (~(sum + (sum >> 16))) & 0xffff;
}

static void fill_frame(uint8_t *frame, const uint8_t mac[6])
{
	uint32_t ip_bytes = options.bytes - CRC_BYTES - IPV4_AT;
	uint8_t *ip = frame + IPV4_AT, *l4 = frame + L4_AT;

	for (unsigned i = 0; i < 6; i++) {
		frame[i] = options.dst_mac[i];
		frame[6 + i] = mac[i];
	}
	store16(frame + TYPE_AT, TYPE_IPV4);
	store16(ip, 0x4500);
	store16(ip + 2, ip_bytes);
	ip[8] = TTL;
	ip[9] = options.tcp ? PROTO_TCP : PROTO_UDP;
	store32(ip + 12, options.ip);
	store32(ip + 16, options.dst_ip);
	store16(ip + 10, fold16(sum16(ip, 20)));
	store16(l4 + 2, DST_PORT);
	if (options.tcp) {
		store16(l4 + 12, TCP_ACK);
		store16(l4 + TCP_MARK_MAGIC, MARK_MAGIC);
	} else {
		store16(l4 + 4, ip_bytes - 20);
		store16(l4 + UDP_MARK_MAGIC, MARK_MAGIC);
	}
}

/* The TCP checksum's sum over pseudo-header, header and payload as filled in. */
static uint32_t sum_tcp(const uint8_t *frame)
{
	return sum16(frame + IPV4_AT + 12, 8) + PROTO_TCP + (options.bytes - CRC_BYTES - L4_AT) +
	       sum16(frame + L4_AT, MARK_BYTES);
}

void source_init(struct source *source, struct ring *ring, unsigned queue, unsigned queues,
		 const uint8_t mac[6])
{
	uint32_t end = options.flow_base + options.flows;

	source->ring = ring;
	source->first = options.flow_base + queue;
	source->step = queues;
	source->flows = source->first < end ? (end - source->first - 1) / queues + 1 : 0;
	source->sequence = traffic_alloc(sizeof(uint32_t) * (source->flows + 1));
	for (uint32_t i = 0; i < ring->size; i++)
		fill_frame(ring->buffers + i * BUFFER_BYTES, mac);
	source->partial = sum_tcp(ring->buffers);
}

static void write_mark(struct source *source, uint8_t *l4)
{
	uint32_t flow = source->first + source->at * source->step;
	uint32_t sequence = source->sequence[source->at]++;
	uint32_t sum;

	store16(l4, FIRST_PORT + (flow & 0x7fff));
	if (!options.tcp) {
		store16(l4 + UDP_MARK_FLOW, flow);
		store32(l4 + UDP_MARK_SEQUENCE, sequence);
		store32(l4 + UDP_MARK_ALL, source->sent);
	} else {
		store16(l4 + TCP_MARK_FLOW, flow);
		store32(l4 + TCP_MARK_SEQUENCE, sequence);
		store32(l4 + TCP_MARK_ALL, source->sent);
		sum = source->partial + FIRST_PORT + (flow & 0x7fff) + flow + (sequence >> 16) +
		      (sequence & 0xffff) + (source->sent >> 16) + (source->sent & 0xffff);
		store16(l4 + 16, fold16(sum));
	}
	if (++source->at == source->flows)
		source->at = 0;
}

/* How many packets may be sent by now. */
static uint32_t budget(struct source *source, uint64_t now)
{
	uint64_t due;

	if (!options.pace)
		return BURST;
	if (!source->started)
		source->started = now;
	due = (now - source->started) / options.pace - source->sent;
	return due < BURST ? (uint32_t)due : BURST;
}

unsigned source_push(struct source *source, uint64_t now)
{
	struct ring *ring = source->ring;
	uint32_t room = ring_room(ring);
	uint32_t count = source->flows ? budget(source, now) : 0;

	if (count > room)
		count = room;
	if (!count)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *frame = ring->buffers + (ring->produced & (ring->size - 1)) * BUFFER_BYTES;

		write_mark(source, frame + L4_AT);
		source->sent++;
		ring_put(ring, frame, options.bytes - CRC_BYTES);
	}
	ring_show(ring);
	return count;
}
