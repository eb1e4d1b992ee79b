// SPDX-License-Identifier: BSD-2-Clause
// One ring: pushing, pulling, completion order, wrap-around, notifications, coalescing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_guest.h"
#include "machine_host.h"
#include "vio/queue.h"

#define SIZE 64
#define TO   0x060504030202ull
#define FROM 0x0c0b0a090802ull
#define MTU  1500

#define LARGE (VIO_RX_PIECES_MOST * 2048u)

static struct guest guest;
static struct front_ring front;
static struct vio_queue queue;
static struct packet_pool pool;
static uint8_t bytes[70000];

static void start(bool receives, uint32_t features)
{
	guest_init(&guest, 8 << 20);
	front_init(&front, &guest, receives, SIZE, 2048);
	memset(&queue, 0, sizeof(queue));
	queue.ops = &guest_ops;
	queue.guest = &guest;
	queue.function = &guest;
	queue.number = receives ? 0 : 1;
	queue.vector = 3;
	queue.features = features;
	assert_int_equal(vio_queue_start(&queue, front.address, SIZE), 0);
	assert_int_equal(packet_pool_init(&pool, 256, 2048), 0);
}

static int start_rx(void **state)
{
	(void)state;
	start(true, VIO_F_RX_CSUM | VIO_F_RX_HASH | VIO_F_RX_VLAN);
	return 0;
}

static int start_plain_rx(void **state)
{
	(void)state;
	start(true, 0);
	return 0;
}

static int start_tx(void **state)
{
	(void)state;
	start(false, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	vio_queue_stop(&queue);
	packet_pool_destroy(&pool);
	guest_free(&guest);
	assert_int_equal(host_dma_bytes, 0);
	host_ticks = 0;
	return 0;
}

/* Puts both sides at index base, as if the ring had run for long. */
static void jump(uint32_t base)
{
	queue.produced = queue.next = queue.completed = queue.published = base;
	queue.interrupt_from = base;
	front.produced = front.seen = base;
	front.driver->produced = base;
	front.driver->event = vio_event_never(base);
	front.device->completed = base;
	front.device->event = vio_event_never(base);
}

static enum vio_push push_frame(uint32_t length, uint32_t number)
{
	struct packet packet = {.data = bytes, .bytes = (uint16_t)length, .total_bytes = length};

	frame_fill(bytes, length, TO, FROM, number);
	return vio_queue_push(&queue, &packet);
}

/* A frame of 60 bytes, with all that a card can say about one. */
static void push_with_metadata(void)
{
	struct packet packet = {
		.data = bytes,
		.bytes = 60,
		.total_bytes = 60,
		.flags = PACKET_IP_CSUM_GOOD | PACKET_L4_CSUM_GOOD | PACKET_VLAN,
		.hash = 0x12345678,
		.hash_type = PACKET_HASH_TCP_IPV4,
		.vlan_tci = 0x2005,
	};

	frame_fill(bytes, 60, TO, FROM, 9);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_DONE);
}

static void rx_carries_metadata(void **state)
{
	struct vio_completion completion;
	uint8_t got[2048];

	(void)state;
	front_post(&front, 8);
	push_with_metadata();
	assert_int_equal(front_take(&front, NULL, got), 0); /* not yet shown */
	assert_true(vio_queue_publish(&queue));
	assert_int_equal(front_take(&front, &completion, got), 60);
	assert_int_equal(frame_number(got, 60), 9);
	assert_int_equal(completion.flags, VIO_RX_IP_CSUM | VIO_RX_L4_CSUM | VIO_RX_VLAN);
	assert_int_equal(completion.hash, 0x12345678);
	assert_int_equal(completion.hash_type, VIO_HASH_TCP_IPV4);
	assert_int_equal(completion.vlan_tci, 0x2005);
	assert_int_equal(completion.gso_size, 0);
	assert_false(vio_queue_publish(&queue));
}

static void rx_hides_what_was_not_negotiated(void **state)
{
	struct vio_completion completion;
	uint8_t got[2048];

	(void)state;
	front_post(&front, 8);
	push_with_metadata();
	vio_queue_publish(&queue);
	assert_int_equal(front_take(&front, &completion, got), 64);
	assert_int_equal(completion.flags, 0);
	assert_int_equal(completion.hash_type, 0);
	/* The tag is in the frame again. */
	assert_memory_equal(got, bytes, 12);
	assert_memory_equal(got + 12, "\x81\x00\x20\x05", 4);
	assert_memory_equal(got + 16, bytes + 12, 48);
}

static void rx_spreads_large_packets(void **state)
{
	struct packet packet = {.data = bytes, .bytes = 200, .total_bytes = 200};
	struct vio_completion completion;
	static uint8_t got[70000];

	(void)state;
	/* Linear part and fragments of odd sizes; as many buffers as one packet may take. */
	frame_fill(bytes, LARGE, TO, FROM, 77);
	for (uint32_t at = 200; at < LARGE; packet.fragments++) {
		uint32_t part = LARGE - at < 4001 ? LARGE - at : 4001;

		packet.fragment[packet.fragments] = (struct packet_fragment){bytes + at, part};
		at += part;
		packet.total_bytes += part;
	}
	packet.gso_size = 1448;
	packet.header_bytes = 66;
	front_post(&front, VIO_RX_PIECES_MOST - 1);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_FULL);
	assert_false(vio_queue_publish(&queue));
	front_post(&front, 1);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_DONE);
	vio_queue_publish(&queue);
	assert_int_equal(front_take(&front, &completion, got), LARGE);
	assert_memory_equal(got, bytes, LARGE);
	assert_int_equal(completion.gso_size, 1448);
	assert_int_equal(completion.segments, (LARGE - 66 + 1447) / 1448);
	assert_int_equal(front.seen, VIO_RX_PIECES_MOST);
	/* One buffer exactly, and one byte more. */
	front_post(&front, 3);
	assert_int_equal(push_frame(2048, 1), VIO_PUSH_DONE);
	assert_int_equal(push_frame(2049, 2), VIO_PUSH_DONE);
	assert_int_equal(push_frame(60, 3), VIO_PUSH_FULL);
	vio_queue_publish(&queue);
	assert_int_equal(front_take(&front, NULL, got), 2048);
	assert_int_equal(front_take(&front, NULL, got), 2049);
	assert_int_equal(frame_number(got, 2049), 2);
}

/* One byte more than the buffers of one packet hold: with equal ones, and with a short last one. */
static void rx_says_when_a_packet_is_too_large(void **state)
{
	struct packet packet = {
		.data = bytes, .bytes = 60, .total_bytes = LARGE + 1, .fragments = 1};
	uint8_t got[4096];

	(void)state;
	packet.fragment[0] = (struct packet_fragment){bytes + 60, LARGE + 1 - 60};
	front_post(&front, SIZE);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_LARGE);
	packet.total_bytes = LARGE;
	packet.fragment[0].bytes = LARGE - 60;
	front.descriptors[VIO_RX_PIECES_MOST - 1].bytes = 2047;
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_LARGE);
	/* Nothing was taken: the next packet has the first buffer. */
	assert_int_equal(push_frame(60, 5), VIO_PUSH_DONE);
	vio_queue_publish(&queue);
	assert_int_equal(front_take(&front, NULL, got), 60);
	assert_int_equal(frame_number(got, 60), 5);
	assert_int_equal(queue.error, 0);
}

static void rx_fills_the_largest_buffer(void **state)
{
	struct packet packet = {.data = bytes, .bytes = 14, .total_bytes = 65536, .fragments = 1};

	(void)state;
	packet.fragment[0] = (struct packet_fragment){bytes + 14, 65536 - 14};
	front_put(&front, guest_alloc(&guest, 65536, 64), 65536, 0);
	front_show(&front);
	assert_int_equal(vio_queue_push(&queue, &packet), VIO_PUSH_DONE);
	assert_int_equal(front.completions[0].bytes, 0); /* means 65536 */
	assert_int_equal(front.completions[0].flags, 0);
}

static void rx_wraps_around(void **state)
{
	uint8_t got[4096];
	uint32_t pushed = 0, taken = 0;

	(void)state;
	jump(UINT32_MAX - 150);
	srand(1);
	while (taken < 1000) {
		front_post(&front, (uint32_t)rand() % SIZE);
		while (rand() % 8 &&
		       push_frame(60 + (uint32_t)rand() % 3000, pushed) == VIO_PUSH_DONE)
			pushed++;
		assert_int_equal(queue.error, 0);
		vio_queue_publish(&queue);
		for (uint32_t n; (n = front_take(&front, NULL, got)); taken++)
			assert_int_equal(frame_number(got, n), taken);
		assert_int_equal(taken, pushed);
	}
	assert_true(front.seen < 0x80000000u);
	assert_int_equal(queue.stats.packets, pushed);
}

static void put_frame(uint32_t length, uint32_t number)
{
	frame_fill(bytes, length, TO, FROM, number);
	front_put_data(&front, bytes, length, 0);
	front_show(&front);
}

static void put_parts(uint32_t length, uint32_t number)
{
	frame_fill(bytes, length, TO, FROM, number);
	front_put_parts(&front, bytes, length);
	front_show(&front);
}

static struct packet *pull(void)
{
	struct packet *packet = packet_alloc(&pool);
	int result = vio_queue_pull(&queue, packet, MTU);

	if (result == 1)
		return packet;
	assert_int_equal(result, 0);
	packet_release(packet);
	return NULL;
}

/* Copies a packet's bytes together. */
static uint32_t join(const struct packet *packet, uint8_t *to)
{
	uint32_t at = packet->bytes;

	memcpy(to, packet->data, packet->bytes);
	for (unsigned i = 0; i < packet->fragments; i++) {
		memcpy(to + at, packet->fragment[i].data, packet->fragment[i].bytes);
		at += packet->fragment[i].bytes;
	}
	assert_int_equal(at, packet->total_bytes);
	return at;
}

static void tx_copies_packets_of_one_buffer(void **state)
{
	struct packet *packet;

	(void)state;
	put_frame(MTU + 18, 5);
	packet = pull();
	assert_int_equal(packet->bytes, MTU + 18);
	assert_int_equal(packet->fragments, 0);
	assert_int_equal(frame_number(packet->data, packet->bytes), 5);
	/* The driver's memory is its own at once, while the packet still travels. */
	vio_queue_publish(&queue);
	assert_int_equal(front_completed(&front), 1);
	packet_free(packet);
	assert_null(pull());
}

static void tx_refers_to_the_rest_of_large_packets(void **state)
{
	struct packet *packet;
	uint8_t got[2048];

	(void)state;
	frame_fill(bytes, 1000, TO, FROM, 6);
	front_put_data(&front, bytes, 100, VIO_TX_MORE);
	front_put_data(&front, bytes + 100, 1, VIO_TX_MORE);
	front_put_data(&front, bytes + 101, 500, VIO_TX_MORE);
	front_put_data(&front, bytes + 601, 399, 0);
	front_show(&front);
	packet = pull();
	assert_int_equal(packet->bytes, VIO_TX_COPY_BYTES);
	assert_int_equal(packet->fragments, 2);
	assert_ptr_equal(packet->fragment[1].data, guest_pointer(&guest, front.buffers + 3 * 2048));
	assert_int_equal(join(packet, got), 1000);
	assert_int_equal(frame_number(got, 1000), 6);
	assert_int_equal(vio_queue_outstanding(&queue), 1);
	assert_false(vio_queue_publish(&queue));
	packet_free(packet);
	assert_true(vio_queue_publish(&queue));
	assert_int_equal(front_completed(&front), 4);
	assert_int_equal(vio_queue_outstanding(&queue), 0);
}

static void tx_completes_in_order(void **state)
{
	struct packet *packets[6];

	(void)state;
	put_frame(60, 0);
	put_parts(1000, 1);
	put_frame(60, 2);
	put_parts(1000, 3);
	put_parts(1000, 4);
	put_frame(1000, 5);
	for (int i = 0; i < 6; i++)
		packets[i] = pull();
	vio_queue_publish(&queue);
	assert_int_equal(front_completed(&front), 1);
	packet_free(packets[4]);
	packet_free(packets[5]);
	packet_free(packets[3]);
	assert_false(vio_queue_publish(&queue));
	packet_free(packets[1]);
	vio_queue_publish(&queue);
	assert_int_equal(front_completed(&front), 9);
	packet_free(packets[0]);
	packet_free(packets[2]);
	assert_int_equal(vio_queue_outstanding(&queue), 0);
}

/* Random lengths, packets freed in random order, across the wrap of the indices. */
static void tx_wraps_around(void **state)
{
	struct packet *out[16] = {0};
	uint32_t put = 0, pulled = 0;
	uint8_t got[2048];

	(void)state;
	jump(UINT32_MAX - 300);
	srand(2);
	while (pulled < 2000) {
		int slot = rand() % 16;

		while (front.produced - front_completed(&front) < SIZE - 1 && rand() % 4) {
			if (rand() % 2)
				put_frame(60 + (uint32_t)rand() % 1400, put++);
			else
				put_parts(301 + (uint32_t)rand() % 1200, put++);
		}
		if (out[slot]) {
			packet_free(out[slot]);
			out[slot] = NULL;
		} else if ((out[slot] = pull())) {
			uint32_t length = join(out[slot], got);

			assert_int_equal(frame_number(got, length), pulled++);
		}
		vio_queue_publish(&queue);
		assert_true(front.produced - front_completed(&front) <= SIZE);
	}
	for (int i = 0; i < 16; i++)
		if (out[i])
			packet_free(out[i]);
	vio_queue_publish(&queue);
	assert_int_equal(front_completed(&front), queue.next);
	assert_int_equal(vio_queue_outstanding(&queue), 0);
}

/* Publishes what was pushed and lets the policy decide; returns interrupts so far. */
static unsigned interrupts(void)
{
	if (vio_queue_publish(&queue))
		vio_queue_interrupt(&queue, host_ticks, host_ticks, 0);
	else if (queue.interrupt_due <= host_ticks)
		vio_queue_interrupt(&queue, host_ticks, host_ticks, 0);
	return guest.interrupts[3];
}

static void interrupts_exactly_when_asked(void **state)
{
	uint8_t got[2048];

	(void)state;
	jump(UINT32_MAX - 5);
	for (uint32_t i = 0; i < 50; i++) {
		uint32_t base = front.seen;

		front_post(&front, SIZE);
		/* Not asked: silence. */
		push_frame(60, i);
		assert_int_equal(interrupts(), i);
		/* Asked for beyond the next but one: the next is silent, then one, then silence. */
		front_want_interrupt(&front, base + 2);
		push_frame(60, i);
		assert_int_equal(interrupts(), i);
		push_frame(60, i);
		push_frame(60, i);
		assert_int_equal(interrupts(), i + 1);
		push_frame(60, i);
		assert_int_equal(interrupts(), i + 1);
		while (front_take(&front, NULL, got))
			;
	}
}

static void going_to_sleep_rechecks(void **state)
{
	uint8_t got[2048];

	(void)state;
	front_post(&front, 4);
	push_frame(60, 1);
	assert_int_equal(interrupts(), 0);
	/* The packet came before the wish: the driver's own re-check finds it. */
	assert_true(front_want_interrupt(&front, 0));
	assert_int_equal(front_take(&front, NULL, got), 60);
	assert_false(front_want_interrupt(&front, 1));
	push_frame(60, 2);
	assert_int_equal(interrupts(), 1);
}

static void doorbell_exactly_when_asked(void **state)
{
	(void)state;
	jump(UINT32_MAX - 1);
	for (uint32_t i = 0; i < 10; i++) {
		struct packet *packet;

		frame_fill(bytes, 60, TO, FROM, i);
		/* Awake: no doorbell. */
		vio_queue_silence_doorbell(&queue);
		front_put_data(&front, bytes, 60, 0);
		assert_false(front_show(&front));
		/* About to sleep: the re-check sees it. */
		assert_true(vio_queue_want_doorbell(&queue));
		packet = pull();
		packet_free(packet);
		assert_null(pull());
		assert_false(vio_queue_want_doorbell(&queue));
		/* Asleep: the first rings, the second does not. */
		front_put_data(&front, bytes, 60, 0);
		assert_true(front_show(&front));
		front_put_data(&front, bytes, 60, 0);
		assert_false(front_show(&front));
		while ((packet = pull()))
			packet_free(packet);
		vio_queue_publish(&queue);
	}
}

static void coalesces_by_time_and_frames(void **state)
{
	(void)state;
	front_post(&front, SIZE);
	queue.coalesce.delay_ticks = 1000;
	queue.coalesce.frames = 3;
	host_ticks = 5000;
	front_want_interrupt(&front, 0);
	push_frame(60, 1);
	assert_int_equal(interrupts(), 0);
	assert_int_equal(queue.interrupt_due, 6000);
	host_ticks = 5500;
	push_frame(60, 2);
	assert_int_equal(interrupts(), 0);
	assert_int_equal(queue.interrupt_due, 6000);
	/* Time. */
	host_ticks = 6000;
	assert_int_equal(interrupts(), 1);
	assert_true(queue.interrupt_due == VIO_COALESCE_NEVER);
	/* Frames. */
	front_want_interrupt(&front, 2);
	push_frame(60, 3);
	push_frame(60, 4);
	assert_int_equal(interrupts(), 1);
	push_frame(60, 5);
	assert_int_equal(interrupts(), 2);
}

static void polling_driver_cancels_a_delayed_interrupt(void **state)
{
	uint8_t got[2048];

	(void)state;
	front_post(&front, SIZE);
	queue.coalesce.delay_ticks = 1000;
	host_ticks = 5000;
	front_want_interrupt(&front, 0);
	push_frame(60, 1);
	assert_int_equal(interrupts(), 0);
	/* It polls, then sleeps again: the old wish is void, the new one counts. */
	assert_int_equal(front_take(&front, NULL, got), 60);
	assert_false(front_want_interrupt(&front, 1));
	host_ticks = 6000;
	assert_int_equal(interrupts(), 0);
	push_frame(60, 2);
	assert_int_equal(interrupts(), 0);
	host_ticks = 7000;
	assert_int_equal(interrupts(), 1);
}

#define RX(f) cmocka_unit_test_setup_teardown(f, start_rx, stop)
#define TX(f) cmocka_unit_test_setup_teardown(f, start_tx, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RX(rx_carries_metadata),
		cmocka_unit_test_setup_teardown(rx_hides_what_was_not_negotiated, start_plain_rx,
						stop),
		RX(rx_spreads_large_packets),
		RX(rx_says_when_a_packet_is_too_large),
		RX(rx_fills_the_largest_buffer),
		RX(rx_wraps_around),
		TX(tx_copies_packets_of_one_buffer),
		TX(tx_refers_to_the_rest_of_large_packets),
		TX(tx_completes_in_order),
		TX(tx_wraps_around),
		RX(interrupts_exactly_when_asked),
		RX(going_to_sleep_rechecks),
		TX(doorbell_exactly_when_asked),
		RX(coalesces_by_time_and_frames),
		RX(polling_driver_cancels_a_delayed_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
