// SPDX-License-Identifier: BSD-2-Clause
// Drivers that break the rules of a ring: every error is found, and nothing else is touched.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_guest.h"
#include "kernel/errno.h"
#include "machine_host.h"
#include "vio/queue.h"

#define SIZE 64
#define TO   0x060504030202ull
#define FROM 0x0c0b0a090802ull
#define MTU  1500

static struct guest guest;
static struct front_ring front;
static struct vio_queue queue;
static struct packet_pool pool;
static uint8_t frame[70000];

static const struct vio_guest_ops *ops = &guest_ops;

static void start(bool receives, uint32_t features)
{
	guest_init(&guest, 1 << 18);
	front_init(&front, &guest, receives, SIZE, 2048);
	memset(&queue, 0, sizeof(queue));
	queue.ops = ops;
	queue.guest = &guest;
	queue.function = &guest;
	queue.number = receives ? 0 : 1;
	queue.features = features;
	assert_int_equal(vio_queue_start(&queue, front.address, SIZE), 0);
	assert_int_equal(packet_pool_init(&pool, 4, 2048), 0);
}

static void stop(void)
{
	vio_queue_stop(&queue);
	packet_pool_destroy(&pool);
	guest_free(&guest);
	assert_int_equal(host_dma_bytes, 0);
}

static void expect_rx_error(enum vio_error error)
{
	struct packet packet = {.data = frame, .bytes = 60, .total_bytes = 60};

	front_show(&front);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_BROKEN);
	assert_int_equal(queue.error, error);
	assert_false(vio_queue_publish(&queue));
	stop();
}

static void expect_tx_error(enum vio_error error)
{
	struct packet *packet = packet_alloc(&pool);

	front_show(&front);
	assert_int_equal(vio_queue_pull(&queue, packet, MTU), -EPROTO);
	assert_int_equal(queue.error, error);
	assert_false(vio_queue_publish(&queue));
	packet_release(packet);
	stop();
}

static void rejects_bad_rings(void **state)
{
	static const uint32_t bad_sizes[] = {0, 1, 32, 63, 65, 100, 4095, 8192, 0x80000000u};

	(void)state;
	start(true, 0);
	vio_queue_stop(&queue);
	for (size_t i = 0; i < sizeof(bad_sizes) / sizeof(bad_sizes[0]); i++)
		assert_int_equal(vio_queue_start(&queue, front.address, bad_sizes[i]),
				 VIO_ERROR_RING_SIZE);
	assert_int_equal(vio_queue_start(&queue, front.address + 64, SIZE), VIO_ERROR_RING_ADDRESS);
	assert_int_equal(vio_queue_start(&queue, 0, SIZE), VIO_ERROR_RING_ADDRESS);
	assert_int_equal(vio_queue_start(&queue, UINT64_MAX & ~0xfffull, SIZE),
			 VIO_ERROR_RING_ADDRESS);
	/* The last page holds the start of the ring, but not its end. */
	assert_int_equal(vio_queue_start(&queue, GUEST_BASE + guest.bytes - 4096, 4096),
			 VIO_ERROR_RING_ADDRESS);
	assert_int_equal(vio_queue_start(&queue, GUEST_BASE + guest.bytes - 4096, 64), 0);
	stop();
}

static void finds_bad_indices(void **state)
{
	static const uint32_t bad[] = {SIZE + 1, SIZE + 1000, 0x80000000u, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start(true, 0);
		front.produced = bad[i];
		expect_rx_error(VIO_ERROR_INDEX);
		start(false, 0);
		front.produced = bad[i];
		expect_tx_error(VIO_ERROR_INDEX);
	}
}

static void finds_an_index_that_goes_back(void **state)
{
	struct packet packet = {.data = frame, .bytes = 60, .total_bytes = 60};

	(void)state;
	start(true, 0);
	front_post(&front, 4);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_DONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_DONE);
	vio_queue_publish(&queue);
	front.produced = 2;
	expect_rx_error(VIO_ERROR_INDEX);
}

/* While packets are out, the index may not go back among them either. */
static void finds_an_index_that_goes_back_a_little(void **state)
{
	struct packet *packets[3];

	(void)state;
	start(false, 0);
	for (uint32_t i = 0; i < 3; i++) {
		packets[i] = packet_alloc(&pool);
		frame_fill(frame, 1000, TO, FROM, i);
		front_put_parts(&front, frame, 1000);
	}
	front_show(&front);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vio_queue_pull(&queue, packets[i], MTU), 1);
	packet_free(packets[0]);
	front.produced = 4;
	front_show(&front);
	packets[0] = packet_alloc(&pool);
	assert_int_equal(vio_queue_pull(&queue, packets[0], MTU), -EPROTO);
	assert_int_equal(queue.error, VIO_ERROR_INDEX);
	packet_release(packets[0]);
	packet_free(packets[1]);
	packet_free(packets[2]);
	stop();
}

/* With what the ring holds counted from `completed`, not from what was taken. */
static void finds_overfull_transmit_ring(void **state)
{
	struct packet *packet, *other;

	(void)state;
	start(false, 0);
	frame_fill(frame, 1000, TO, FROM, 0);
	front_put_parts(&front, frame, 1000);
	front_show(&front);
	packet = packet_alloc(&pool);
	assert_int_equal(vio_queue_pull(&queue, packet, MTU), 1);
	front.produced = 2 + SIZE; /* but slot 0 is still in use */
	front_show(&front);
	other = packet_alloc(&pool);
	assert_int_equal(vio_queue_pull(&queue, other, MTU), -EPROTO);
	assert_int_equal(queue.error, VIO_ERROR_INDEX);
	packet_release(other);
	packet_free(packet);
	stop();
}

static void finds_bad_receive_buffers(void **state)
{
	(void)state;
	start(true, 0);
	front_put(&front, front.buffers, VIO_RX_BUFFER_LEAST - 1, 0);
	expect_rx_error(VIO_ERROR_BUFFER_BYTES);
	start(true, 0);
	front_put(&front, front.buffers, VIO_BUFFER_MOST + 1, 0);
	expect_rx_error(VIO_ERROR_BUFFER_BYTES);
	start(true, 0);
	front_put(&front, front.buffers, UINT32_MAX, 0);
	expect_rx_error(VIO_ERROR_BUFFER_BYTES);
	start(true, 0);
	front_put(&front, 0, 2048, 0);
	expect_rx_error(VIO_ERROR_BUFFER_ADDRESS);
	start(true, 0);
	front_put(&front, GUEST_BASE + guest.bytes - 2047, 2048, 0);
	expect_rx_error(VIO_ERROR_BUFFER_ADDRESS);
	start(true, 0);
	front_put(&front, UINT64_MAX - 100, 2048, 0);
	expect_rx_error(VIO_ERROR_BUFFER_ADDRESS);
	start(true, 0);
	front_put(&front, front.buffers, 2048, VIO_TX_MORE);
	expect_rx_error(VIO_ERROR_DESCRIPTOR_FLAGS);
	start(true, 0);
	front_put(&front, front.buffers, 2048, 0);
	front.descriptors[0].unused = 1;
	expect_rx_error(VIO_ERROR_DESCRIPTOR_FLAGS);
}

static void finds_bad_transmit_descriptors(void **state)
{
	(void)state;
	start(false, 0);
	front_put(&front, front.buffers, 0, 0);
	expect_tx_error(VIO_ERROR_BUFFER_BYTES);
	start(false, 0);
	front_put(&front, front.buffers, VIO_BUFFER_MOST + 1, 0);
	expect_tx_error(VIO_ERROR_BUFFER_BYTES);
	start(false, 0);
	front_put(&front, GUEST_BASE - 1, 60, 0);
	expect_tx_error(VIO_ERROR_BUFFER_ADDRESS);
	start(false, 0);
	front_put(&front, front.buffers, 60, 4);
	expect_tx_error(VIO_ERROR_DESCRIPTOR_FLAGS);
	start(false, 0);
	front_put(&front, front.buffers, 60, 0);
	front.descriptors[0].unused = 0x8000;
	expect_tx_error(VIO_ERROR_DESCRIPTOR_FLAGS);
	/* An offload descriptor in the middle of a packet. */
	start(false, 0);
	front_put(&front, front.buffers, 60, VIO_TX_MORE);
	front_put(&front, front.buffers, 60, VIO_TX_OFFLOAD);
	expect_tx_error(VIO_ERROR_DESCRIPTOR_FLAGS);
}

static void finds_bad_packets(void **state)
{
	(void)state;
	start(false, 0);
	front_put(&front, front.buffers, 13, 0);
	expect_tx_error(VIO_ERROR_PACKET_BYTES);
	start(false, 0);
	front_put(&front, front.buffers, MTU + 19, 0);
	expect_tx_error(VIO_ERROR_PACKET_BYTES);
	/* 18 pieces are well, 19 are not; nor is a packet without end. */
	start(false, 0);
	for (int i = 0; i < VIO_TX_FRAGMENTS_MOST; i++)
		front_put(&front, front.buffers, 20, VIO_TX_MORE);
	front_put(&front, front.buffers, 20, 0);
	expect_tx_error(VIO_ERROR_PACKET_FRAGMENTS);
	start(false, 0);
	front_put(&front, front.buffers, 60, VIO_TX_MORE);
	expect_tx_error(VIO_ERROR_PACKET_FRAGMENTS);
	start(false, VIO_F_TX_CSUM);
	front_put_offload(&front, &(struct vio_tx_offload){.flags = VIO_TX_MORE | VIO_TX_OFFLOAD});
	expect_tx_error(VIO_ERROR_PACKET_FRAGMENTS);
}

static void accepts_the_limits(void **state)
{
	struct packet *packet;

	(void)state;
	start(false, 0);
	packet = packet_alloc(&pool);
	front_put(&front, front.buffers, MTU + 18, 0);
	front_put(&front, front.buffers, 14, 0);
	for (int i = 1; i < VIO_TX_FRAGMENTS_MOST; i++)
		front_put(&front, front.buffers, 20, VIO_TX_MORE);
	front_put(&front, front.buffers, 1, 0);
	front_show(&front);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(vio_queue_pull(&queue, packet, MTU), 1);
		packet_free(packet);
		packet = packet_alloc(&pool);
	}
	packet_release(packet);
	vio_queue_publish(&queue);
	assert_int_equal(front_completed(&front), front.produced);
	stop();
}

static void offload_error(uint32_t features, struct vio_tx_offload offload, enum vio_error error)
{
	start(false, features);
	offload.flags |= VIO_TX_OFFLOAD;
	front_put_offload(&front, &offload);
	frame_fill(frame, 60, TO, FROM, 0);
	front_put_data(&front, frame, 60, 0);
	expect_tx_error(error);
}

static void finds_bad_offload_descriptors(void **state)
{
	const uint32_t all = VIO_F_TX_CSUM | VIO_F_TSO4 | VIO_F_TSO6 | VIO_F_TX_VLAN;
	const uint16_t more = VIO_TX_MORE;
	static const uint16_t kinds[] = {VIO_OFFLOAD_CSUM, VIO_OFFLOAD_TSO4, VIO_OFFLOAD_TSO6,
					 VIO_OFFLOAD_VLAN};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct vio_tx_offload offload = {.flags = more, .offload = kinds[i]};

		offload_error(0, offload, VIO_ERROR_DESCRIPTOR_FLAGS);
		offload_error(all & ~(i == 3 ? VIO_F_TX_VLAN : VIO_F_TX_CSUM << (i ? i + 1 : 0)),
			      offload, VIO_ERROR_DESCRIPTOR_FLAGS);
	}
	offload_error(all, (struct vio_tx_offload){.flags = more, .offload = 0x10},
		      VIO_ERROR_DESCRIPTOR_FLAGS);
	offload_error(all, (struct vio_tx_offload){.flags = 0}, VIO_ERROR_DESCRIPTOR_FLAGS);
	offload_error(all, (struct vio_tx_offload){.flags = more | 8}, VIO_ERROR_DESCRIPTOR_FLAGS);
	offload_error(all, (struct vio_tx_offload){.flags = more, .unused0 = 1}, VIO_ERROR_OFFLOAD);
	/* The checksum field beyond the packet, or in the Ethernet header. */
	offload_error(all,
		      (struct vio_tx_offload){.flags = more,
					      .offload = VIO_OFFLOAD_CSUM,
					      .csum_start = 45,
					      .csum_offset = 14},
		      VIO_ERROR_OFFLOAD);
	offload_error(all,
		      (struct vio_tx_offload){.flags = more,
					      .offload = VIO_OFFLOAD_CSUM,
					      .csum_start = 13,
					      .csum_offset = 0},
		      VIO_ERROR_OFFLOAD);
	offload_error(all,
		      (struct vio_tx_offload){.flags = more,
					      .offload = VIO_OFFLOAD_CSUM,
					      .csum_start = 0xffff,
					      .csum_offset = 0xffff},
		      VIO_ERROR_OFFLOAD);
	/* Segment offload without checksum, and of what is not TCP. */
	offload_error(all, (struct vio_tx_offload){.flags = more, .offload = VIO_OFFLOAD_TSO4},
		      VIO_ERROR_OFFLOAD);
	offload_error(all,
		      (struct vio_tx_offload){.flags = more,
					      .offload = VIO_OFFLOAD_TSO4 | VIO_OFFLOAD_CSUM,
					      .csum_start = 34,
					      .csum_offset = 16,
					      .gso_size = 1000,
					      .header_bytes = 54},
		      VIO_ERROR_OFFLOAD);
}

/* A guest that rewrites a descriptor or index whenever the device has looked at it. */
static unsigned looks;

static bool changing_region(void *context, uint64_t address, struct vio_region *region)
{
	/* Called after the descriptor was read: what is there now must not matter. */
	if (looks++) {
		front.descriptors[0] = (struct vio_descriptor){0, UINT32_MAX, 0xffff, 0xffff};
		front.driver->produced = 0x40000000;
	}
	if (!guest_ops.region(context, address, region))
		return false;
	/* So small that every buffer is looked for. */
	region->memory += address - region->start;
	region->start = address;
	region->bytes = looks == 1 ? VIO_RX_RING_BYTES(SIZE) : 2048;
	return true;
}

static void reads_everything_once(void **state)
{
	struct vio_guest_ops changing = guest_ops;
	struct packet packet = {.data = frame, .bytes = 60, .total_bytes = 60};
	struct packet *pulled;

	(void)state;
	changing.region = changing_region;
	ops = &changing;
	looks = 0;
	start(true, 0);
	front_post(&front, 1);
	frame_fill(frame, 60, TO, FROM, 1);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_DONE);
	vio_queue_publish(&queue);
	assert_int_equal(front_completed(&front), 1);
	stop();

	looks = 0;
	start(false, 0);
	frame_fill(frame, 1000, TO, FROM, 2);
	front_put_data(&front, frame, 1000, 0);
	front_show(&front);
	pulled = packet_alloc(&pool);
	assert_int_equal(vio_queue_pull(&queue, pulled, MTU), 1);
	assert_int_equal(pulled->total_bytes, 1000);
	/* What was checked is what is sent, though the driver changes its memory. */
	memset(guest_pointer(&guest, front.buffers), 0xff, 2048);
	assert_memory_equal(pulled->data, frame, VIO_TX_COPY_BYTES);
	packet_free(pulled);
	stop();
	ops = &guest_ops;
}

/* Random rings: whatever is in them, no access leaves guest memory (the sanitizer looks on). */
static void survives_random_rings(void **state)
{
	(void)state;
	srand(3);
	for (int round = 0; round < 1000; round++) {
		bool receives = round & 1;

		start(receives, (uint32_t)rand() & 0x7ff);
		for (uint32_t i = 0; i < SIZE; i++) {
			front.descriptors[i] = (struct vio_descriptor){
				.address = rand() % 4 ? front.buffers + (uint32_t)rand() % 100000
						      : (uint64_t)rand() << (rand() % 33),
				.bytes = rand() % 4 ? (uint32_t)rand() % 3000
						    : (uint32_t)rand() % 70000,
				.flags = (uint16_t)(rand() % 4 ? rand() & 3 : rand() & 7),
				.unused = rand() % 16 == 0,
			};
			if (rand() % 4 == 0)
				memset(&front.descriptors[i].bytes, rand(), 2);
		}
		front.produced = (uint32_t)rand() % (SIZE + 2);
		front_show(&front);
		for (int i = 0; i < 20 && !queue.error; i++) {
			struct packet packet = {.data = frame, .bytes = 1514, .total_bytes = 1514};
			struct packet *pulled = packet_alloc(&pool);

			if (receives)
				vio_queue_push(&queue, &packet);
			else if (vio_queue_pull(&queue, pulled, MTU) == 1)
				pulled->buffer[0] ^= pulled->total_bytes ? 1 : 0;
			packet_free(pulled);
			vio_queue_publish(&queue);
		}
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_bad_rings),
		cmocka_unit_test(finds_bad_indices),
		cmocka_unit_test(finds_an_index_that_goes_back),
		cmocka_unit_test(finds_an_index_that_goes_back_a_little),
		cmocka_unit_test(finds_overfull_transmit_ring),
		cmocka_unit_test(finds_bad_receive_buffers),
		cmocka_unit_test(finds_bad_transmit_descriptors),
		cmocka_unit_test(finds_bad_packets),
		cmocka_unit_test(accepts_the_limits),
		cmocka_unit_test(finds_bad_offload_descriptors),
		cmocka_unit_test(reads_everything_once),
		cmocka_unit_test(survives_random_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
