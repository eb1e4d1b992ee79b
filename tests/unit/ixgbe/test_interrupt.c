// SPDX-License-Identifier: BSD-2-Clause
/* Interrupts: one vector a queue, masked by its own message; moderation; none is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine_host.h"
#include "nic.h"

#define QUEUES 4

static int set_up(void **state)
{
	(void)state;
	nic_set_up(QUEUES, 64, 1500);
	return 0;
}

/* A frame that RSS puts on the queue. */
static size_t frame_for(unsigned queue, uint8_t *frame)
{
	for (uint32_t i = 0;; i++) {
		struct frame_spec spec = frame_flow(i, 18);
		size_t bytes = frame_build(frame, &spec);
		uint32_t hash = frame_toeplitz(nic.config.rss_key, frame, true);

		if (nic.config.reta[hash % NETDEV_RETA_ENTRIES] == queue)
			return bytes;
	}
}

static void receive_on(unsigned queue)
{
	uint8_t frame[64];
	size_t bytes = frame_for(queue, frame);

	nic_receive(frame, bytes);
	nic_advance(10000);
}

static unsigned drain(unsigned queue)
{
	struct packet *packets[64];
	unsigned total = 0, count;

	while ((count = nic.dev->ops->rx_burst(nic.dev, queue, packets, 64)) > 0) {
		for (unsigned i = 0; i < count; i++)
			packet_free(packets[i]);
		total += count;
	}
	return total;
}

static void test_masked_until_enabled(void **state)
{
	(void)state;
	for (unsigned q = 0; q < QUEUES; q++)
		receive_on(q);
	for (unsigned q = 0; q < QUEUES; q++) {
		assert_int_equal(nic.messages[q], 0);
		assert_true(nic.dev->ops->interrupt_enable(nic.dev, q)); /* it has work */
		assert_int_equal(drain(q), 1);
	}
}

/* Enabled, a queue gives one message, then none until it is enabled again. */
static void test_one_message(void **state)
{
	(void)state;
	for (unsigned q = 0; q < QUEUES; q++) {
		assert_false(nic.dev->ops->interrupt_enable(nic.dev, q));
		nic_advance(1000000);
		assert_int_equal(nic.messages[q], 0);
		receive_on(q);
		assert_int_equal(nic.messages[q], 1);
		for (unsigned i = 0; i < 20; i++)
			receive_on(q);
		assert_int_equal(nic.messages[q], 1);
		assert_int_equal(drain(q), 21);
	}
}

/* What arrives after the last poll and before the unmasking is announced by one or the other. */
static void test_arrival_while_masked(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned q = i % QUEUES, before;
		bool pending;

		drain(q);
		before = nic.messages[q];
		if (i % 3 == 1)
			receive_on(q);
		pending = nic.dev->ops->interrupt_enable(nic.dev, q);
		if (i % 3 == 2)
			receive_on(q);
		nic_advance(2000000);
		if (i % 3)
			assert_true(pending || nic.messages[q] > before);
		assert_int_equal(drain(q), i % 3 ? 1 : 0);
	}
}

static void test_disable(void **state)
{
	(void)state;
	assert_false(nic.dev->ops->interrupt_enable(nic.dev, 1));
	nic.dev->ops->interrupt_disable(nic.dev, 1);
	receive_on(1);
	nic_advance(1000000);
	assert_int_equal(nic.messages[1], 0);
	assert_int_equal(drain(1), 1);
}

static void test_transmit_completion(void **state)
{
	uint8_t frame[64];
	struct packet *packet = nic_packet(2, frame, frame_for(0, frame));

	(void)state;
	assert_false(nic.dev->ops->interrupt_enable(nic.dev, 2));
	assert_int_equal(nic.dev->ops->tx_burst(nic.dev, 2, &packet, 1), 1);
	nic_advance(100000);
	assert_int_equal(nic.messages[2], 1);
	assert_true(nic.dev->ops->interrupt_enable(nic.dev, 2));
	assert_int_equal(nic.dev->ops->tx_reclaim(nic.dev, 2), 1);
}

/* Messages of a busy queue are at least the set interval apart, and not much more. */
static void check_interval(unsigned us)
{
	i82599_time_t last = 0;
	unsigned messages = 0;

	nic.dev->ops->set_itr(nic.dev, 0, us);
	nic_advance(3000000);
	for (unsigned i = 0; i < 3000; i++) {
		unsigned before = nic.messages[0];

		drain(0);
		nic.dev->ops->interrupt_enable(nic.dev, 0);
		receive_on(0);
		if (nic.messages[0] == before)
			continue;
		if (last)
			assert_true(nic.message_time[0] - last >= us * I82599_PS_PER_US);
		last = nic.message_time[0];
		messages++;
	}
	assert_in_range(messages, 30000 / ((us < 10 ? 10 : us) + 25), 3000);
	drain(0);
}

static void test_interval(void **state)
{
	static const unsigned us[] = {0, 10, 50, 200, 1000};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(us); i++)
		check_interval(us[i]);
}

/* With sixteen queues the link's vector is the seventeenth. */
static void test_all_vectors(void **state)
{
	(void)state;
	nic_stop();
	assert_int_equal(nic_start(NETDEV_QUEUES_MOST, 64, 1500), 0);
	nic_link_up();
	for (unsigned q = 0; q < NETDEV_QUEUES_MOST; q++)
		assert_false(nic.dev->ops->interrupt_enable(nic.dev, q));
	for (unsigned q = 0; q < NETDEV_QUEUES_MOST; q++) {
		receive_on(q);
		assert_int_equal(nic.messages[q], 1);
	}
	nic.messages[NIC_LINK_DATA] = 0;
	i82599_set_carrier(nic.model, false);
	nic_advance(100000000);
	assert_int_equal(nic.messages[NIC_LINK_DATA], 1);
	ixgbe_link_interrupt(nic.dev);
	for (unsigned q = 0; q < NETDEV_QUEUES_MOST; q++) {
		assert_int_equal(nic.messages[q], 1);
		assert_int_equal(drain(q), 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, nic_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_masked_until_enabled), TEST(test_one_message),
		TEST(test_arrival_while_masked), TEST(test_disable),
		TEST(test_transmit_completion),  TEST(test_interval),
		TEST(test_all_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
