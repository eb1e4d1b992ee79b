// SPDX-License-Identifier: BSD-2-Clause
/* Faults: hung transmission, lost link, lost interrupt, memory error, removal. Traffic resumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <cmocka.h>

#include "kernel/log.h"
#include "machine_host.h"
#include "nic.h"

#define QUEUES 2
#define TDT(q) (0x6018u + 0x40u * (q))
#define SECOND 1000000000ull

static int set_up(void **state)
{
	(void)state;
	nic_set_up(QUEUES, 64, 1500);
	memset(host_log_count, 0, sizeof(host_log_count));
	return 0;
}

static void serve(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		nic_advance(SECOND + 1000000);
		nic.dev->ops->service(nic.dev);
	}
}

static struct packet *make_packet(unsigned queue, uint32_t sequence)
{
	struct frame_spec spec = frame_flow(sequence, 100);
	uint8_t frame[256];

	return nic_packet(queue, frame, frame_build(frame, &spec));
}

static void check_traffic(void)
{
	for (uint32_t i = 0; i < 500; i++) {
		struct frame_spec spec = frame_flow(i, 100);
		uint8_t frame[256];
		struct packet *packet;
		const struct nic_frame *sent;
		unsigned queue;

		packet = nic_receive_one(frame, frame_build(frame, &spec), &queue);
		assert_non_null(packet);
		assert_int_equal(frame_sequence(packet->data), i);
		packet->flags =
			PACKET_CSUM_PARTIAL; /* the card must know this context, reset or not */
		packet->csum_start = 34;
		packet->csum_offset = 6;
		memcpy(packet->data + 40, &(uint16_t){htons(frame_pseudo_sum(frame, 108))}, 2);
		sent = nic_send(queue, packet);
		assert_non_null(sent);
		assert_memory_equal(sent->data, frame, sent->bytes);
		assert_int_equal(frame_sequence(sent->data), i);
	}
}

/* A doorbell that is lost leaves descriptors that are never reported as sent. */
static void hang_queue(unsigned queue, unsigned count)
{
	nic.ignored_register = TDT(queue);
	for (uint32_t i = 0; i < count; i++) {
		struct packet *packet = make_packet(queue, i);

		assert_int_equal(nic.dev->ops->tx_burst(nic.dev, queue, &packet, 1), 1);
	}
	nic.ignored_register = 0;
}

static void test_transmit_hang(void **state)
{
	(void)state;
	check_traffic();
	hang_queue(1, 20);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 1), 0);
	serve(2);
	assert_int_equal(nic.dev->stats.tx_hangs, 1);
	assert_int_equal(nic.dev->stats.resets, 1);
	assert_int_equal(host_log_count[LOG_ERROR], 1);
	nic_link_up();
	/* Every queue's thread was told. */
	for (unsigned q = 0; q < QUEUES; q++)
		assert_true(nic.messages[q] > 0);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 1), 20);
	check_traffic();
	serve(3);
	assert_int_equal(nic.dev->stats.resets, 1);
	assert_int_equal(nic.dev->stats.tx_dropped, 20);
}

/* The queue that gets this frame and those like it. */
static unsigned find_queue(const uint8_t *frame, size_t bytes)
{
	unsigned queue;
	struct packet *packet = nic_receive_one(frame, bytes, &queue);

	assert_non_null(packet);
	packet_free(packet);
	return queue;
}

/* Frames of one flow for a queue that stands still. */
static void stall_receive(unsigned frames)
{
	struct frame_spec spec = frame_flow(3, 100);
	uint8_t frame[256];
	unsigned queue = find_queue(frame, frame_build(frame, &spec));

	serve(1);
	assert_true(i82599_inject(nic.model,
				  &(struct i82599_fault){.kind = I82599_STALL_RX, .index = queue}));
	for (unsigned i = 0; i < frames; i++)
		nic_receive(frame, frame_build(frame, &spec));
	nic_advance(1000000);
}

static void test_receive_hang(void **state)
{
	(void)state;
	stall_receive(5);
	serve(1);
	assert_int_equal(nic.dev->stats.rx_no_descriptor, 5);
	assert_int_equal(nic.dev->stats.rx_hangs, 1);
	assert_int_equal(nic.dev->stats.resets, 1);
	assert_int_equal(host_log_count[LOG_ERROR], 1);
	nic_link_up();
	check_traffic();
	serve(3);
	assert_int_equal(nic.dev->stats.rx_hangs, 1);
}

/* A queue whose thread is too slow loses packets too, but has received some. */
static void test_slow_receiver_is_no_hang(void **state)
{
	struct frame_spec spec = frame_flow(3, 100);
	struct packet *packets[64];
	uint8_t frame[256];
	unsigned count;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned n = 0; n < 100; n++)
			nic_receive(frame, frame_build(frame, &spec));
		nic_advance(1000000);
		if (i < 4) {
			for (unsigned q = 0; q < QUEUES; q++) {
				count = nic.dev->ops->rx_burst(nic.dev, q, packets, 64);
				for (unsigned p = 0; p < count; p++)
					packet_free(packets[p]);
			}
		}
		serve(1);
	}
	assert_true(nic.dev->stats.rx_no_descriptor > 0);
	assert_int_equal(nic.dev->stats.rx_hangs, 0);
	assert_int_equal(nic.dev->stats.resets, 0);
}

/* Totals do not fall back when a reset clears the card's counters. */
static void test_statistics_across_reset(void **state)
{
	uint64_t bytes;

	(void)state;
	check_traffic();
	hang_queue(0, 1);
	serve(2);
	assert_int_equal(nic.dev->stats.rx_packets, 500);
	nic_link_up();
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 1);
	check_traffic();
	nic.dev->ops->service(nic.dev);
	bytes = 1000 * 142;
	assert_int_equal(nic.dev->stats.rx_packets, 1000);
	assert_int_equal(nic.dev->stats.tx_packets, 1000);
	assert_int_equal(nic.dev->stats.rx_bytes, bytes);
	assert_int_equal(nic.dev->stats.tx_bytes, bytes);
}

/* A queue that waits for its thread, not for the card, is no hang. */
static void test_slow_thread_is_no_hang(void **state)
{
	struct packet *packet = make_packet(0, 1);

	(void)state;
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 0, &packet, 1), 1);
	serve(5);
	assert_int_equal(nic.dev->stats.tx_hangs, 0);
	assert_int_equal(nic.dev->stats.resets, 0);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 1);
}

/* Packets that the link's loss left in the rings come back; those sent meanwhile are dropped. */
static void test_link_lost_with_packets(void **state)
{
	struct packet *packet;

	(void)state;
	hang_queue(0, 10);
	i82599_set_carrier(nic.model, false);
	serve(3);
	assert_false(nic.dev->link.up);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 10);
	packet = make_packet(0, 1);
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 0, &packet, 1), 1);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 1);
	assert_int_equal(nic.dev->stats.tx_hangs, 0);
	i82599_set_carrier(nic.model, true);
	nic_link_up();
	check_traffic();
	nic.dev->ops->service(nic.dev);
	assert_int_equal(nic.dev->stats.tx_dropped, 11);
}

/* Work that waits unseen for a second gets another interrupt. */
static void test_lost_interrupt(void **state)
{
	struct frame_spec spec = frame_flow(1, 100);
	struct packet *packet;
	uint8_t frame[256];
	unsigned queue;

	(void)state;
	queue = find_queue(frame, frame_build(frame, &spec));
	assert_false(nic.dev->ops->interrupt_enable(nic.dev, queue));
	nic_advance(1000000);
	nic.dev->ops->interrupt_disable(nic.dev, queue);
	nic_receive(frame, frame_build(frame, &spec));
	nic_advance(1000000);
	nic.messages[queue] = 0;
	serve(2);
	assert_int_equal(nic.messages[queue], 1);
	assert_int_equal(nic.dev->ops->rx_burst(nic.dev, queue, &packet, 1), 1);
	packet_free(packet);
	serve(3);
	assert_int_equal(nic.messages[queue], 1);
	assert_int_equal(nic.dev->stats.interrupts_resent, 1);
}

/* The same while the queue's thread goes on sending, and giving back what was sent. */
static void test_lost_interrupt_of_a_sender(void **state)
{
	struct frame_spec spec = frame_flow(1, 100);
	struct packet *packet;
	uint8_t frame[256];
	unsigned queue;

	(void)state;
	queue = find_queue(frame, frame_build(frame, &spec));
	nic_receive(frame, frame_build(frame, &spec));
	nic_advance(1000000);
	nic.messages[queue] = 0;
	for (unsigned i = 0; i < 3; i++) {
		assert_non_null(nic_send(queue, make_packet(queue, i)));
		serve(1);
	}
	assert_true(nic.messages[queue] > 0);
	assert_int_equal(nic.dev->ops->rx_burst(nic.dev, queue, &packet, 1), 1);
	packet_free(packet);
}

/* Loopback: what is sent comes back, with no cable too, until the next reset. */
static void test_loopback(void **state)
{
	struct packet *packet = make_packet(0, 7), *back = NULL;

	(void)state;
	i82599_set_carrier(nic.model, false);
	nic.dev->ops->service(nic.dev);
	assert_false(nic.dev->link.up);
	nic.dev->ops->set_loopback(nic.dev, true);
	assert_true(nic.dev->link.up);
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 0, &packet, 1), 1);
	nic_advance(1000000);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 1);
	for (unsigned q = 0; q < QUEUES && !back; q++)
		nic.dev->ops->rx_burst(nic.dev, q, &back, 1);
	assert_non_null(back);
	assert_int_equal(frame_sequence(back->data), 7);
	packet_free(back);
	assert_int_equal(nic.sent_count, 0);
	nic.dev->ops->set_loopback(nic.dev, false);
	assert_false(nic.dev->link.up);
	i82599_set_carrier(nic.model, true);
	nic_link_up();
	check_traffic();
}

/* A PCIe transaction that failed stops a queue: the card asks for a reset (EICR bit 18). */
static void test_dma_error(void **state)
{
	const struct i82599_fault fault = {.kind = I82599_DMA_ERROR, .count = 1};
	struct packet *packet = make_packet(0, 1);

	(void)state;
	assert_true(i82599_inject(nic.model, &fault));
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 0, &packet, 1), 1);
	nic_advance(1000000);
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 0);
	assert_true(nic.messages[NIC_LINK_DATA] > 0);
	ixgbe_link_interrupt(nic.dev);
	nic.dev->ops->service(nic.dev);
	assert_int_equal(nic.dev->stats.resets, 1);
	nic_link_up();
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 0), 1);
	check_traffic();
}

/* An uncorrectable memory error of the card asks for a reset (EICR.ECC). */
static void test_memory_error(void **state)
{
	(void)state;
	nic_set_register(0x808, 1u << 28);
	nic_advance(1000000);
	assert_true(nic.messages[NIC_LINK_DATA] > 0);
	ixgbe_link_interrupt(nic.dev);
	nic.dev->ops->service(nic.dev);
	assert_int_equal(nic.dev->stats.resets, 1);
	nic_link_up();
	check_traffic();
}

/* A reset that fails leaves the queues shut and is tried again. */
static void test_failed_reset(void **state)
{
	struct packet *packet = make_packet(0, 1);

	(void)state;
	hang_queue(1, 5);
	nic_advance(SECOND + 1000000);
	nic.dev->ops->service(nic.dev);
	nic_advance(SECOND + 1000000);
	nic.ignored_register = 0x1028 + 0x40; /* RXDCTL 1 */
	nic.dev->ops->service(nic.dev);
	assert_false(nic.dev->link.up);
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 0, &packet, 1), 0);
	assert_int_equal(nic.dev->ops->rx_burst(nic.dev, 0, &packet, 1), 0);
	nic.ignored_register = 0;
	packet_free(packet);
	nic.dev->ops->service(nic.dev);
	assert_int_equal(nic.dev->stats.resets, 2);
	nic_link_up();
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 1), 5);
	check_traffic();
}

/* A NIC that stays broken is tried at longer and longer intervals: the log is not flooded. */
static void test_reset_fails_for_long(void **state)
{
	const uint64_t *resets = &nic.dev->stats.resets;

	(void)state;
	nic_set_register(0x808, 1u << 28);
	nic_advance(1000000);
	ixgbe_link_interrupt(nic.dev);
	nic.ignored_register = 0x1028 + 0x40; /* RXDCTL 1 */
	serve(1);
	assert_int_equal(*resets, 1);
	serve(1);
	assert_int_equal(*resets, 2);
	serve(300);
	assert_in_range(*resets, 9, 12);
	assert_in_range(host_log_count[LOG_ERROR], 2 * *resets, 2 * *resets);
	nic.ignored_register = 0;
	serve(64);
	nic_link_up();
	check_traffic();
	/* The next failure is the first again. */
	nic_set_register(0x808, 1u << 28);
	nic_advance(1000000);
	ixgbe_link_interrupt(nic.dev);
	nic.ignored_register = 0x1028 + 0x40;
	serve(1);
	nic.ignored_register = 0;
	serve(1);
	nic_link_up();
}

static unsigned polls_meanwhile;

/* A backend on the core of the thread of control: the queues are shut to it. */
static void poll_meanwhile(void)
{
	struct packet *packet;

	nic.meanwhile = NULL;
	for (unsigned q = 0; q < QUEUES; q++) {
		packet = make_packet(q, 1);
		assert_int_equal(nic.dev->ops->tx_burst(nic.dev, q, &packet, 1), 0);
		packet_free(packet);
		assert_int_equal(nic.dev->ops->rx_burst(nic.dev, q, &packet, 1), 0);
		assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, q), 0);
		assert_false(nic.dev->ops->interrupt_enable(nic.dev, q));
		nic.dev->ops->interrupt_disable(nic.dev, q);
		nic.dev->ops->set_itr(nic.dev, q, 20);
	}
	polls_meanwhile++;
	nic.meanwhile = poll_meanwhile;
}

/* The core's other threads run while a reset is under way: no wait of the driver's is a busy one.
 */
static void test_other_threads_run_during_reset(void **state)
{
	(void)state;
	polls_meanwhile = 0;
	nic_set_register(0x808, 1u << 28);
	nic_advance(1000000);
	ixgbe_link_interrupt(nic.dev);
	nic.meanwhile = poll_meanwhile;
	nic.dev->ops->service(nic.dev);
	nic.meanwhile = NULL;
	assert_int_equal(nic.dev->stats.resets, 1);
	assert_in_range(polls_meanwhile, 20, 1000000);
	nic_link_up();
	check_traffic();
}

/* Spoils what the card has written back, as a faulty card or bus would. */
static void spoil_descriptors(unsigned queue, unsigned *seed)
{
	uint64_t base = nic_register(0x1000 + 0x40 * queue) |
			(uint64_t)nic_register(0x1004 + 0x40 * queue) << 32;
	uint64_t *ring = (uint64_t *)(uintptr_t)base;

	for (unsigned i = 0; i < 64; i++) {
		if (!(ring[2 * i + 1] & 1) || rand_r(seed) % 3)
			continue;
		ring[2 * i] = (uint64_t)rand_r(seed) << 32 | (unsigned)rand_r(seed);
		ring[2 * i + 1] = (uint64_t)rand_r(seed) << 34 | (unsigned)rand_r(seed) << 1 | 1;
	}
}

/* Nonsense in descriptors costs packets, nothing else. */
static void test_corrupted_write_back(void **state)
{
	unsigned received = 0, seed = 1;
	const struct netdev_stats *stats = &nic.dev->stats;
	struct packet *packets[32];
	uint8_t frame[256];

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct frame_spec spec = frame_flow(i, 100);

		nic_receive(frame, frame_build(frame, &spec));
		if (i % 16 != 15)
			continue;
		nic_advance(20000);
		for (unsigned q = 0; q < QUEUES; q++) {
			unsigned count;

			spoil_descriptors(q, &seed);
			count = nic.dev->ops->rx_burst(nic.dev, q, packets, 32);
			received += count;
			for (unsigned k = 0; k < count; k++) {
				assert_in_range(packets[k]->bytes, 14, PACKET_BUFFER_BYTES);
				packet_free(packets[k]);
			}
		}
	}
	nic.dev->ops->service(nic.dev);
	assert_in_range(received, 5000, 19999);
	assert_true(stats->rx_errors > 0 && stats->rx_oversize > 0);
	assert_int_equal(stats->rx_packets, 20000);
}

static void test_removal(void **state)
{
	struct packet *packet = make_packet(0, 1);

	(void)state;
	check_traffic();
	nic.removed = true;
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 0, &packet, 1), 1);
	serve(4);
	assert_false(nic.dev->link.up);
	assert_int_equal(host_log_count[LOG_ERROR], 1);
	nic.dev->ops->dump(nic.dev);
	ixgbe_link_interrupt(nic.dev);
	nic_stop();
	assert_int_equal(nic_start(QUEUES, 64, 1500), -19);
	nic.removed = false;
	i82599_reset(nic.model);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, nic_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_transmit_hang),
		TEST(test_receive_hang),
		TEST(test_slow_receiver_is_no_hang),
		TEST(test_statistics_across_reset),
		TEST(test_slow_thread_is_no_hang),
		TEST(test_link_lost_with_packets),
		TEST(test_lost_interrupt),
		TEST(test_lost_interrupt_of_a_sender),
		TEST(test_loopback),
		TEST(test_dma_error),
		TEST(test_memory_error),
		TEST(test_failed_reset),
		TEST(test_reset_fails_for_long),
		TEST(test_other_threads_run_during_reset),
		TEST(test_corrupted_write_back),
		TEST(test_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
