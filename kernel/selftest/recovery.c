// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults that the lab injects while traffic runs by interrupts, as the backends do it: the driver
 * must notice each, and traffic must resume on every queue.
 */
#include "kernel/config.h"
#include "kernel/selftest/bench.h"

#define ROUND_US       10000
#define NOTICE_SECONDS 30
#define RESUME_SECONDS 15
#define GOOD_ROUNDS    10
#define REMOVED_ROUNDS 300 /* the link must stay down, and nothing hang */

/* What the driver had counted before the fault. */
struct watch {
	unsigned fault;
	struct netdev_stats before;
};

static void serve_rung_queues(struct bench *bench)
{
	for (unsigned q = 0; q < bench->queues; q++) {
		if (!READ_ONCE(bench->queue[q].rung))
			continue;
		WRITE_ONCE(bench->queue[q].rung, false);
		do {
			while (bench_poll(bench, q))
				;
		} while (bench->dev->ops->interrupt_enable(bench->dev, q));
	}
}

/* A frame on every queue, and time to come back. True if all did. */
static bool run_round(struct bench *bench, const unsigned *flow)
{
	uint64_t end = ticks_now() + ROUND_US * ticks_per_us();
	unsigned before[NETDEV_QUEUES_MOST] = {0};
	bool all = true;

	for (unsigned q = 0; q < bench->queues; q++) {
		before[q] = bench->queue[q].received;
		bench->dev->ops->tx_reclaim(bench->dev, q);
		bench_send(bench, q, flow[q], FRAME_BYTES_LEAST, 1);
	}
	while (ticks_now() < end) {
		serve_rung_queues(bench);
		bench_sleep(bench, ROUND_US / 4);
	}
	for (unsigned q = 0; q < bench->queues; q++)
		all &= bench->queue[q].received > before[q];
	return all;
}

static bool is_noticed(const struct bench *bench, const struct watch *watch)
{
	const struct netdev_stats *now = &bench->dev->stats, *before = &watch->before;

	switch (watch->fault) {
	case FAULT_LINK_DOWN:
	case FAULT_REMOVE:
		return !bench->dev->link.up;
	case FAULT_STALL_TX:
	case FAULT_CORRUPT_TX:
		return now->tx_hangs > before->tx_hangs && now->resets > before->resets;
	case FAULT_STALL_RX:
		return now->rx_hangs > before->rx_hangs && now->resets > before->resets;
	case FAULT_LOSE_INTERRUPT:
		return now->interrupts_resent > before->interrupts_resent;
	case FAULT_CORRUPT_RX:
		return now->rx_errors > before->rx_errors;
	default:
		return now->resets > before->resets;
	}
}

/* Rounds until the driver has noticed. False: it has not. */
static bool wait_for_notice(struct bench *bench, const unsigned *flow, const struct watch *watch)
{
	for (unsigned i = 0; i < NOTICE_SECONDS * 1000000 / ROUND_US && !bench->failed; i++) {
		if (is_noticed(bench, watch))
			return true;
		run_round(bench, flow);
	}
	bench_fail(bench, "the driver noticed nothing in %u s", NOTICE_SECONDS);
	return false;
}

static void wait_for_traffic(struct bench *bench, const unsigned *flow)
{
	uint64_t start = ticks_now(), lost = bench->sent - bench->received;
	unsigned good = 0, rounds;

	for (rounds = 0; good < GOOD_ROUNDS && !bench->failed; rounds++) {
		if (rounds == RESUME_SECONDS * 1000000 / ROUND_US) {
			bench_fail(bench, "no traffic on all queues for %u s", RESUME_SECONDS);
			return;
		}
		good = run_round(bench, flow) ? good + 1 : 0;
	}
	if (bench->sent - bench->received > lost)
		lost = bench->sent - bench->received;
	bench_note(bench, "%lu frames lost, traffic on all queues %lu ms after it was noticed",
		   lost, (ticks_now() - start) / ticks_per_us() / 1000);
}

static void stay_removed(struct bench *bench, const unsigned *flow)
{
	for (unsigned i = 0; i < REMOVED_ROUNDS; i++) {
		run_round(bench, flow);
		if (bench->dev->link.up)
			bench_fail(bench, "the link is up, expected it down without a card");
	}
	bench_note(bench, "%u rounds without the card", REMOVED_ROUNDS);
}

void selftest_recovery(struct bench *bench, unsigned fault)
{
	struct watch watch = {.fault = fault, .before = bench->dev->stats};
	unsigned flow[NETDEV_QUEUES_MOST];

	bench_expect(bench);
	bench->lossy = true;
	for (unsigned q = 0; q < bench->queues; q++) {
		flow[q] = bench_find_flow(bench, q);
		bench->queue[q].rung = true; /* to begin with */
	}
	if (wait_for_notice(bench, flow, &watch)) {
		if (fault == FAULT_REMOVE)
			stay_removed(bench, flow);
		else
			wait_for_traffic(bench, flow);
	}
	for (unsigned q = 0; q < bench->queues; q++)
		bench->dev->ops->interrupt_disable(bench->dev, q);
	bench->lossy = false;
}
