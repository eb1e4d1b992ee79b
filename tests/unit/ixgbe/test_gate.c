// SPDX-License-Identifier: BSD-2-Clause
/* The gate between a queue's thread and the thread of control, with both running. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/net/ixgbe/device.h"
#include "machine_host.h"

#define ROUNDS 5000

static struct ixgbe dev;
static bool resetting, finished;
static unsigned long entered, violations;

static void *serve_queue(void *argument)
{
	struct ixgbe_queue *queue = argument;

	while (!READ_ONCE(finished)) {
		if (!ixgbe_enter(&dev, queue)) {
			sched_yield();
			continue;
		}
		entered++;
		if (READ_ONCE(resetting))
			violations++;
		ixgbe_leave(queue);
	}
	return NULL;
}

static void yield_processor(uint32_t us)
{
	(void)us;
	sched_yield();
}

static void test_nobody_inside_while_shut(void **state)
{
	pthread_t thread;
	unsigned shut = 0;

	(void)state;
	host_delay = yield_processor;
	dev.config.queue_pairs = 1;
	ixgbe_open_gate(&dev);
	assert_int_equal(pthread_create(&thread, NULL, serve_queue, &dev.queues[0]), 0);
	while (shut < ROUNDS || READ_ONCE(entered) < ROUNDS) {
		if (!ixgbe_shut_gate(&dev)) {
			sched_yield();
			continue;
		}
		shut++;
		WRITE_ONCE(resetting, true);
		sched_yield();
		WRITE_ONCE(resetting, false);
		ixgbe_open_gate(&dev);
		sched_yield();
	}
	WRITE_ONCE(finished, true);
	pthread_join(thread, NULL);
	assert_int_equal(violations, 0);
}

/* A thread that stays inside is not run over: the gate stays open. */
static void test_thread_that_stays(void **state)
{
	(void)state;
	host_delay = NULL;
	dev.config.queue_pairs = 1;
	ixgbe_open_gate(&dev);
	assert_true(ixgbe_enter(&dev, &dev.queues[0]));
	assert_false(ixgbe_shut_gate(&dev));
	ixgbe_leave(&dev.queues[0]);
	assert_true(ixgbe_enter(&dev, &dev.queues[0]));
	ixgbe_leave(&dev.queues[0]);
	assert_true(ixgbe_shut_gate(&dev));
	assert_false(ixgbe_enter(&dev, &dev.queues[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_inside_while_shut),
		cmocka_unit_test(test_thread_that_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
