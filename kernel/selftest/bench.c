// SPDX-License-Identifier: BSD-2-Clause
/* The self-test's bench: starts the card, sends, and compares what comes back. */
#include "kernel/selftest/bench.h"

#include <stdarg.h>

#include "drivers/net/headers.h"
#include "kernel/format.h"
#include "kernel/interrupt.h"
#include "kernel/processor.h"
#include "kernel/string.h"
#include "kernel/thread.h"
#include "kernel/uplink.h"

#define RING                128
#define POOL                512
#define BUFFER_STANDARD     2048
#define BUFFER_JUMBO        10240
#define SERVICE_INTERVAL_US 20000
#define SETTLE_US           2000
#define TIMEOUT_US          100000
#define VIRTUAL_FACTOR      10

static void fail(struct bench *bench, const char *format, va_list arguments)
{
	if (bench->failed)
		return;
	bench->failed = true;
	format_list(bench->text, sizeof(bench->text), format, arguments);
}

void bench_fail(struct bench *bench, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail(bench, format, arguments);
	va_end(arguments);
}

void bench_blame(struct bench *bench, const char *format, ...)
{
	va_list arguments;

	for (unsigned q = 0; q < bench->queues; q++)
		bench_poll(bench, q);
	if (bench->foreign) {
		bench_note(bench, "%lu frames of others came", bench->foreign);
		bench->skipped = true;
		return;
	}
	va_start(arguments, format);
	fail(bench, format, arguments);
	va_end(arguments);
}

void bench_note(struct bench *bench, const char *format, ...)
{
	va_list arguments;

	if (bench->failed || bench->skipped)
		return;
	va_start(arguments, format);
	format_list(bench->text, sizeof(bench->text), format, arguments);
	va_end(arguments);
}

static void queue_interrupt(void *argument)
{
	struct bench_queue *queue = argument;
	unsigned number = queue->interrupts;

	if (number < BENCH_STAMPS)
		queue->stamp[number] = ticks_now();
	if (core_this() != queue->core)
		queue->misdirected++;
	WRITE_ONCE(queue->interrupts, number + 1);
	WRITE_ONCE(queue->rung, true);
	thread_wake(queue->bench->control);
}

int bench_init(struct bench *bench, struct netdev *dev)
{
	int error;

	bench->dev = dev;
	bench->control = core_this()->current;
	bench->virtual = processor_is_virtual();
	bench->settle_us = SETTLE_US * (bench->virtual ? VIRTUAL_FACTOR : 1);
	bench->timeout_us = TIMEOUT_US * (bench->virtual ? VIRTUAL_FACTOR : 1);
	for (unsigned i = 0; i < core_count && bench->queues < dev->queue_pairs_most; i++) {
		struct bench_queue *queue = &bench->queue[bench->queues];
		struct interrupt_message message;

		if (!cores[i].online || cores[i].role == CORE_VCPU)
			continue;
		queue->bench = bench;
		queue->core = &cores[i];
		error = interrupt_alloc(&cores[i], "selftest", queue_interrupt, queue, &message);
		if (error)
			return error;
		bench->config.queue_msi[bench->queues].address = message.address;
		bench->config.queue_msi[bench->queues++].data = message.data;
	}
	for (unsigned i = 0; i < NETDEV_RSS_KEY_BYTES; i++)
		bench->config.rss_key[i] = (uint8_t)(i * 37 + 11);
	toeplitz_set_key(&bench->toeplitz, bench->config.rss_key);
	bench->config.queue_pairs = bench->queues;
	bench->config.ring_size = RING;
	return uplink_alloc_link(dev, &bench->config.link_msi);
}

static bool make_pools(struct bench *bench, uint32_t buffer_bytes)
{
	for (unsigned q = 0; q < bench->queues; q++) {
		struct packet_pool *pool = &bench->queue[q].pool;

		if (packet_pool_init(pool, POOL, buffer_bytes)) {
			while (q-- > 0)
				packet_pool_destroy(&bench->queue[q].pool);
			return false;
		}
		bench->config.pools[q] = pool;
	}
	return true;
}

bool bench_stop(struct bench *bench)
{
	bool complete = true;

	if (!bench->started)
		return true;
	bench->dev->ops->stop(bench->dev);
	bench->started = false;
	for (unsigned q = 0; q < bench->queues; q++) {
		struct packet_pool *pool = &bench->queue[q].pool;

		if (pool->free_count != pool->size) {
			bench_fail(bench, "queue %u gave back %u packets, expected %u", q,
				   pool->free_count, pool->size);
			complete = false; /* their memory stays where it is */
			continue;
		}
		packet_pool_destroy(pool);
	}
	return complete;
}

static bool wait_for_link(struct bench *bench)
{
	uint64_t end = ticks_now() + BENCH_LINK_US * ticks_per_us();

	while (!bench->dev->link.up && ticks_now() < end)
		bench_sleep(bench, 1000);
	return bench->dev->link.up;
}

bool bench_start(struct bench *bench, uint16_t mtu, unsigned step)
{
	int error;

	if (!bench_stop(bench))
		return false;
	bench->config.mtu = mtu;
	for (unsigned i = 0; i < NETDEV_RETA_ENTRIES; i++)
		bench->config.reta[i] = (uint8_t)(i / step % bench->queues);
	if (!make_pools(bench, mtu > BENCH_STANDARD ? BUFFER_JUMBO : BUFFER_STANDARD)) {
		bench_fail(bench, "no memory for packets");
		return false;
	}
	error = bench->dev->ops->start(bench->dev, &bench->config);
	if (error) {
		bench_fail(bench, "the card's start returned %d, expected 0", error);
		for (unsigned q = 0; q < bench->queues; q++)
			packet_pool_destroy(&bench->queue[q].pool);
		return false;
	}
	bench->started = true;
	if (!bench->wire)
		bench->dev->ops->set_loopback(bench->dev, true);
	if (!wait_for_link(bench)) {
		bench_fail(bench, "the link is down, expected it up within %u ms",
			   BENCH_LINK_US / 1000);
		return false;
	}
	bench_expect(bench);
	return true;
}

static void ignore(struct bench *bench, const struct packet *packet)
{
	(void)bench;
	(void)packet;
}

void bench_expect(struct bench *bench)
{
	uint64_t end = ticks_now() + bench->settle_us * ticks_per_us();

	bench->inspect = ignore;
	while (ticks_now() < end)
		for (unsigned q = 0; q < bench->queues; q++)
			bench_poll(bench, q);
	bench->inspect = NULL;
	memset(bench->sequence, 0, sizeof(bench->sequence));
	memset(bench->expected, 0, sizeof(bench->expected));
	bench->sent = bench->received = bench->received_bytes = 0;
	for (unsigned q = 0; q < bench->queues; q++) {
		bench->queue[q].received = 0;
		bench->queue[q].interrupts = 0;
		bench->queue[q].misdirected = 0;
		bench->queue[q].rung = false;
	}
}

static unsigned queue_of(const struct bench *bench, uint32_t hash)
{
	return bench->config.reta[hash % NETDEV_RETA_ENTRIES];
}

unsigned bench_find_flow(struct bench *bench, unsigned queue)
{
	uint8_t frame[FRAME_BYTES_LEAST];
	uint32_t hash;

	for (unsigned flow = 0; flow < BENCH_FLOWS; flow += FRAME_KINDS) {
		frame_build(frame, bench->dev->mac, flow, 0, sizeof(frame));
		toeplitz_hash_frame(&bench->toeplitz, VIO_HASH_MASK_ALL, frame, sizeof(frame),
				    &hash);
		if (queue_of(bench, hash) == queue)
			return flow;
	}
	bench_fail(bench, "no flow of %u belongs on queue %u", BENCH_FLOWS, queue);
	return 0;
}

bool bench_send_packet(struct bench *bench, unsigned queue, struct packet *packet)
{
	if (bench->dev->ops->tx_burst(bench->dev, queue, &packet, 1) == 1)
		return true;
	packet_free(packet);
	return false;
}

static void prepare(const struct bench *bench, struct packet *packet, unsigned flow)
{
	uint8_t *checksum;

	packet->flags = bench->packet_flags;
	packet->csum_start = (uint16_t)frame_l4_offset(flow);
	packet->csum_offset = (uint16_t)frame_checksum_offset(flow);
	checksum = packet->data + packet->csum_start + packet->csum_offset;
	if (packet->flags & PACKET_CSUM_PARTIAL)
		store_be16(checksum, frame_pseudo_sum(packet->data, flow,
						      packet->bytes - packet->csum_start));
	if (bench->bad_checksum)
		checksum[0] ^= 0x55;
	if (bench->vlan_tci) {
		packet->flags |= PACKET_VLAN;
		packet->vlan_tci = bench->vlan_tci;
	}
}

bool bench_send(struct bench *bench, unsigned queue, unsigned flow, unsigned bytes, unsigned count)
{
	struct packet *packets[BENCH_BURST];
	unsigned made, taken;

	for (made = 0; made < count; made++) {
		struct packet *packet = packet_alloc(&bench->queue[queue].pool);

		if (!packet)
			break;
		frame_build(packet->data, bench->dev->mac, flow, bench->sequence[flow] + made,
			    bytes);
		packet->bytes = (uint16_t)bytes;
		packet->total_bytes = bytes;
		prepare(bench, packet, flow);
		packets[made] = packet;
	}
	taken = bench->dev->ops->tx_burst(bench->dev, queue, packets, made);
	bench->sequence[flow] += taken;
	bench->sent += taken;
	for (unsigned i = taken; i < made; i++)
		packet_free(packets[i]);
	return taken == count;
}

/* The flags that a right frame, or one with a wrong checksum, must have got. */
static bool check_flags(struct bench *bench, const struct packet *packet, unsigned flow)
{
	unsigned wanted = bench->bad_checksum ? (frame_is_tcp(flow) ? PACKET_CSUM_BAD : 0)
					      : PACKET_L4_CSUM_GOOD;

	if (!frame_is_ipv6(flow))
		wanted |= PACKET_IP_CSUM_GOOD;
	if (bench->vlan_tci)
		wanted |= PACKET_VLAN;
	if (packet->flags == wanted && (!bench->vlan_tci || packet->vlan_tci == bench->vlan_tci))
		return true;
	bench_fail(bench, "flow %u: flags 0x%x, tag 0x%x, expected 0x%x and 0x%x", flow,
		   packet->flags, packet->flags & PACKET_VLAN ? packet->vlan_tci : 0, wanted,
		   bench->vlan_tci);
	return false;
}

static void check_hash(struct bench *bench, unsigned queue, const struct packet *packet,
		       unsigned flow)
{
	uint32_t hash;
	unsigned type = (unsigned)toeplitz_hash_frame(&bench->toeplitz, VIO_HASH_MASK_ALL,
						      packet->data, packet->bytes, &hash);

	if (packet->hash != hash || packet->hash_type != type)
		bench_fail(bench, "flow %u: hash %08x of type %u, expected %08x and %u", flow,
			   packet->hash, packet->hash_type, hash, type);
	else if (queue_of(bench, hash) != queue)
		bench_fail(bench, "flow %u: came on queue %u, expected %u", flow, queue,
			   queue_of(bench, hash));
}

static void check_content(struct bench *bench, const struct packet *packet, unsigned flow,
			  uint32_t sequence, unsigned length)
{
	static uint8_t wanted[FRAME_BYTES_MOST];
	unsigned at = 0;

	if (length != packet->bytes || length > sizeof(wanted)) {
		bench_fail(bench, "flow %u: frame of %u bytes, expected %u", flow, packet->bytes,
			   length);
		return;
	}
	frame_build(wanted, bench->dev->mac, flow, sequence, length);
	if (bench->bad_checksum)
		wanted[frame_l4_offset(flow) + frame_checksum_offset(flow)] ^= 0x55;
	if (bench->wire)
		frame_exchange(wanted);
	if (!memcmp(wanted, packet->data, length))
		return;
	while (wanted[at] == packet->data[at])
		at++;
	bench_fail(bench, "flow %u, frame %u of %u bytes: byte %u is 0x%02x, expected 0x%02x", flow,
		   sequence, length, at, packet->data[at], wanted[at]);
}

static void check_frame(struct bench *bench, unsigned queue, const struct packet *packet)
{
	unsigned flow, length;
	uint32_t sequence;

	if (!frame_identify(packet->data, packet->bytes, &flow, &sequence, &length) ||
	    flow >= BENCH_FLOWS) {
		bench_fail(bench, "queue %u: a frame of %u bytes that was never sent", queue,
			   packet->bytes);
		return;
	}
	if (bench->lossy ? sequence < bench->expected[flow] : sequence != bench->expected[flow])
		bench_fail(bench, "flow %u: frame %u came, expected %u", flow, sequence,
			   bench->expected[flow]);
	bench->expected[flow] = sequence + 1;
	check_content(bench, packet, flow, sequence, length);
	if (check_flags(bench, packet, flow))
		check_hash(bench, queue, packet, flow);
}

static void take(struct bench *bench, struct bench_queue *queue, unsigned index,
		 const struct packet *packet)
{
	if (bench->inspect)
		bench->inspect(bench, packet);
	else
		check_frame(bench, index, packet);
	bench->received_bytes += packet->bytes;
	queue->received++;
	bench->received++;
}

unsigned bench_poll(struct bench *bench, unsigned index)
{
	struct bench_queue *queue = &bench->queue[index];
	struct packet *packets[BENCH_BURST];
	unsigned count;

	bench->dev->ops->tx_reclaim(bench->dev, index);
	count = bench->dev->ops->rx_burst(bench->dev, index, packets, BENCH_BURST);
	for (unsigned i = 0; i < count; i++) {
		if (frame_is_ours(packets[i]->data, packets[i]->bytes, bench->dev->mac))
			take(bench, queue, index, packets[i]);
		else
			bench->foreign++;
		packet_free(packets[i]);
	}
	return count;
}

static void service(struct bench *bench)
{
	if (ticks_now() - bench->serviced < SERVICE_INTERVAL_US * ticks_per_us())
		return;
	bench->serviced = ticks_now();
	bench->dev->ops->service(bench->dev);
}

bool bench_collect(struct bench *bench)
{
	uint64_t end = ticks_now() + bench->timeout_us * ticks_per_us();

	while (bench->received < bench->sent && !bench->failed) {
		for (unsigned q = 0; q < bench->queues; q++)
			bench_poll(bench, q);
		service(bench);
		thread_yield();
		if (ticks_now() < end)
			continue;
		bench_fail(bench, "%lu frames of %lu came back", bench->received, bench->sent);
	}
	return !bench->failed;
}

void bench_sleep(struct bench *bench, uint32_t us)
{
	thread_block(ticks_now() + us * ticks_per_us());
	service(bench);
}
